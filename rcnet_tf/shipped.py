"""The model of a command: the file that `--model` names, or the shipped weights."""

from __future__ import annotations

from pathlib import Path

from rcnet_tf.errors import UserError
from rcnet_tf.preprocess import DEFAULT_SIZE
from rcnet_tf.runtime import Classifier, KerasClassifier, load
from rcnet_tf.weights import PRETRAINED, pretrained_path, trained_size

NAME = "trashnet"
AUTHOR, LICENSE = "The rcnet_tf authors", "Apache-2.0"


def open_model(path: Path | None, size: int | None = None) -> Classifier:
    """Open a `.keras` or `.tflite` file; without one, the shipped weights.

    Args:
        path: of the file, or None.
        size: the input size that is wanted, pixels; shipped are weights for several.

    Raises:
        UserError: the file cannot be used, or no weights are shipped with this version.
    """
    return ShippedClassifier(size or DEFAULT_SIZE) if path is None else load(path)


def open_keras(path: Path | None, size: int | None = None) -> KerasClassifier:
    """The same where a `.tflite` will not do.

    Raises:
        UserError: as `open_model`, and of a `.tflite`.
    """
    model = open_model(path, size)
    if not isinstance(model, KerasClassifier):
        raise UserError(f"{path} is a .tflite; expected the .keras file it is from")
    return model


def open_named(name: str, size: int | None = None) -> Classifier:
    """Open a model by its file's name, or the shipped weights by theirs, `NAME`."""
    return open_model(None if name == NAME else Path(name), size)


class ShippedClassifier(KerasClassifier):
    """Focus-RCNet with shipped weights, at the input size they were trained at.

    Attributes:
        path: of their file.

    Args:
        size: the input size that is wanted, pixels; the weights nearest to it are taken.
    """

    def __init__(self, size: int = DEFAULT_SIZE):
        if NAME not in PRETRAINED:
            raise UserError(
                "this version comes without weights; give --model FILE, a .keras of rcnet_tf.train "
                "or a .tflite of rcnet_tf.convert"
            )
        try:
            path = pretrained_path(NAME, size)
        except ValueError as error:
            raise UserError(str(error)) from None

        from rcnet_tf import keras_files
        from rcnet_tf.model import FocusRCNet

        side = trained_size(NAME, size)
        self.model = FocusRCNet(weights=NAME, input_shape=(side, side, 3))
        names = keras_files.class_names(self.model)
        Classifier.__init__(self, path, self.model.input_shape[1], names)
