"""Start from weights that another run has learnt."""

from __future__ import annotations

import sys

import keras

from rcnet_tf.errors import UserError
from rcnet_tf.keras_files import load_model


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
