"""The same trained network for another input size, in float32 throughout."""

from __future__ import annotations

import copy

import keras

from rcnet_tf.errors import UserError
from rcnet_tf.preprocess import check_size


def rebuild(model: keras.Model, size: int, batch: int | None = None) -> keras.Model:
    """Build a functional model again from its configuration, with the same weights.

    Works for every network whose weights do not depend on the size of the picture: convolutions,
    normalisations, global pooling. Layers that were trained in mixed precision become float32.

    Args:
        model: a functional model (None, T, T, 3) -> (None, classes), possibly with models inside.
        size: side of the new input, even, 64 to 448.
        batch: fixed batch size of the new input; None for any.

    Raises:
        UserError: a size outside the range, or a network that does not work at this size.
    """
    try:
        check_size(size)
    except ValueError as error:
        raise UserError(str(error)) from None
    old = model.input_shape[1]
    if not hasattr(model, "operations"):
        raise UserError(
            f"{model.name} is a {type(model).__name__}; expected a functional Keras model, "
            "as rcnet_tf.train writes it"
        )
    config = _adapted(copy.deepcopy(model.get_config()), old, size, batch)
    try:
        twin = type(model).from_config(config)
        twin.set_weights(model.get_weights())
    except (ValueError, TypeError) as error:
        first = str(error).strip().splitlines()[0][:200]
        raise UserError(
            f"{model.name} takes {old} x {old} pixels and cannot be rebuilt for {size} x {size} "
            f"({first}); leave out --input-size or train it at that size"
        ) from None
    return twin


def _adapted(config, old: int, size: int, batch: int | None):
    """A model's configuration with other input shapes and no reduced precision."""
    if isinstance(config, list | tuple):
        return type(config)(_adapted(item, old, size, batch) for item in config)
    if not isinstance(config, dict):
        return config
    if config.get("class_name") in ("DTypePolicy", "Policy"):
        return "float32"
    if config.get("class_name") == "InputLayer":
        shape = tuple(config["config"]["batch_shape"])
        if shape[1:] == (old, old, 3):
            config["config"]["batch_shape"] = (batch, size, size, 3)
        config["config"]["dtype"] = "float32"
        return config
    return {key: _adapted(value, old, size, batch) for key, value in config.items()}
