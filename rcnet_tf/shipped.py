"""The model of a command: the file that `--model` names, or the shipped weights."""

from __future__ import annotations

from pathlib import Path

from rcnet_tf.errors import UserError
from rcnet_tf.runtime import Classifier, KerasClassifier, load
from rcnet_tf.weights import PRETRAINED, pretrained_path

NAME = "trashnet"
AUTHOR, LICENSE = "The rcnet_tf authors", "Apache-2.0"


def open_model(path: Path | None) -> Classifier:
    """Open a `.keras` or `.tflite` file; without one, the shipped weights.

    Raises:
        UserError: the file cannot be used, or no weights are shipped with this version.
    """
    return ShippedClassifier() if path is None else load(path)


def open_named(name: str) -> Classifier:
    """Open a model by its file's name, or the shipped weights by theirs, `NAME`."""
    return open_model(None if name == NAME else Path(name))


class ShippedClassifier(KerasClassifier):
    """Focus-RCNet with the shipped weights; `path` is their file."""

    def __init__(self):
        if NAME not in PRETRAINED:
            raise UserError(
                "this version comes without weights; give --model FILE, a .keras of rcnet_tf.train "
                "or a .tflite of rcnet_tf.convert"
            )
        try:
            path = pretrained_path(NAME)
        except ValueError as error:
            raise UserError(str(error)) from None

        from rcnet_tf import keras_files
        from rcnet_tf.model import FocusRCNet

        self.model = FocusRCNet(weights=NAME)
        names = keras_files.class_names(self.model)
        Classifier.__init__(self, path, self.model.input_shape[1], names)
