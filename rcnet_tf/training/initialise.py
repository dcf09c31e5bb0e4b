"""Start from weights that another run has learnt."""

from __future__ import annotations

import os
import sys

import keras
import numpy as np

from rcnet_tf.errors import UserError
from rcnet_tf.keras_files import load_model
from rcnet_tf.model import FocusRCNet
from rcnet_tf.networks import starts_from_backbone
from rcnet_tf.training import distribute
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.weights import PRETRAINED, load_pretrained, trained_size


def initialise(network: keras.Model, config: TrainConfig) -> None:
    """Give a network the weights that `config.init_from` names, where it names any.

    Raises:
        UserError: the weights cannot be read, or do not fit.
    """
    check_source(config)
    source = config.init_from
    if not source or starts_from_backbone(config):
        return  # `networks.build` has loaded a backbone's
    try:
        if source.endswith(".weights.h5"):
            load_pretrained(network, source)
            return
        with distribute.alone():
            if source in PRETRAINED:
                trained = FocusRCNet(weights=source, input_shape=network.input_shape[1:])
                say_sizes(source, trained_size(source, config.input_size), config.input_size)
            else:
                trained = load_model(source)
                say_sizes(source, _side(trained) or config.input_size, config.input_size)
    except ValueError as error:
        raise UserError(f"--init-from {config.init_from}: {error}") from None
    take_over(network, trained, source)


def check_source(config: TrainConfig) -> None:
    """See, before hours of work, that there is something of the right kind to start from.

    Raises:
        UserError: no such file, or one of another kind.
    """
    source, shipped = config.init_from, ", ".join(PRETRAINED)
    backbone = starts_from_backbone(config)
    if not source or source in PRETRAINED or (backbone and source == "imagenet"):
        return
    if not backbone and not source.endswith((".keras", ".weights.h5")):
        raise UserError(
            f"--init-from {source}: expected a .keras file of rcnet_tf.train, the .weights.h5 "
            f"of the very same network, or the shipped weights: {shipped}"
        )
    if not os.path.isfile(source):
        raise UserError(
            f"--init-from {source}: no such file; expected one, or the shipped weights: {shipped}"
        )


def take_over(network: keras.Model, trained: keras.Model, name: str) -> None:
    """Copy the weights of a model into the layers of the same name and shapes.

    Layers that differ, such as the classifier for other classes, keep their random weights; a line
    on stderr says which.

    Args:
        network: whose weights are set.
        trained: whose weights are copied.
        name: of these, for messages.

    Raises:
        UserError: none of the layers fits.
    """
    source = {_role(layer): layer for layer in trained.layers if layer.weights}
    fresh, copied = [], 0
    for layer in network.layers:
        if not layer.weights:
            continue
        other = source.get(_role(layer))
        if other and _alike(layer, other):
            values = zip(layer.weights, other.get_weights(), strict=True)
            distribute.assign(layer.weights, [_constrained(*pair) for pair in values])
            copied += 1
        else:
            fresh.append(layer.name)
    if not copied:
        raise UserError(
            f"{name}: none of its layers fits {network.name}; expected a network of the same kind, "
            "--model, and --width"
        )
    rest = f"; new: {', '.join(fresh)}" if fresh else ""
    print(f"{name}: {copied} layers taken over{rest}", file=sys.stderr)


def say_sizes(name: str, theirs: int, size: int) -> None:
    """Say on stderr where a network is trained on for another input size than its own."""
    if theirs != size:
        print(
            f"{name} takes {theirs} x {theirs} pixels, and is trained on for {size} x {size}; "
            f"--input-size {theirs} would keep its size",
            file=sys.stderr,
        )


def _side(model: keras.Model) -> int | None:
    """Of the one square picture that a network takes, where it takes one."""
    shape = model.input_shape
    return shape[1] if isinstance(shape, tuple) and len(shape) == 4 else None


def _constrained(variable, value: np.ndarray) -> np.ndarray:
    # As an optimizer would leave it: a moving average must not start from what is not allowed.
    return np.asarray(variable.constraint(value)) if variable.constraint else value


def _role(layer: keras.Layer) -> str:
    # keras.applications write the input size into the backbone's name.
    return "backbone" if isinstance(layer, keras.Model) else layer.name


def _alike(layer: keras.Layer, other: keras.Layer) -> bool:
    # The same number of other classes is no reason to start from their weights.
    if getattr(layer, "class_names", None) != getattr(other, "class_names", None):
        return False
    return [w.shape for w in other.weights] == [w.shape for w in layer.weights]
