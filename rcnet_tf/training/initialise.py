"""Start from weights that another run has learnt."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import keras

from rcnet_tf.errors import UserError


def load_model(path: str) -> keras.Model:
    """Load a `.keras` file in safe mode.

    Raises:
        UserError: no such file, not a Keras model, or one that wants to run code of its own.
    """
    if not Path(path).is_file():
        raise UserError(f"no such file: {path}; expected a .keras model, as rcnet_tf.train writes it")
    if not zipfile.is_zipfile(path):
        raise UserError(f"{path} is not a .keras file; expected a model as rcnet_tf.train writes it")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError) as error:
        first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise UserError(f"cannot load {path} as a Keras model: {first}") from None


def initialise(network: keras.Model, path: str) -> None:
    """Copy the weights of a `.keras` model into the layers of the same name and shapes.

    Layers that differ, such as the classifier for other classes, keep their random weights; a line on
    stderr says which.

    Raises:
        UserError: the file cannot be read, or none of its layers fits.
    """
    source = {layer.name: layer for layer in load_model(path).layers if layer.weights}
    fresh, copied = [], 0
    for layer in network.layers:
        if not layer.weights:
            continue
        other = source.get(layer.name)
        if other and [w.shape for w in other.weights] == [w.shape for w in layer.weights]:
            layer.set_weights(other.get_weights())
            copied += 1
        else:
            fresh.append(layer.name)
    if not copied:
        raise UserError(f"{path}: none of its layers fits {network.name}; expected a similar network")
    rest = f"; new: {', '.join(fresh)}" if fresh else ""
    print(f"{path}: {copied} layers taken over{rest}", file=sys.stderr)
