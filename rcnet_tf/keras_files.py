"""Read `.keras` files: ours, and others' that keep to the input contract."""

from __future__ import annotations

import os
import zipfile

import keras

import rcnet_tf.layers  # registers the layers that the files name
from rcnet_tf.errors import DAMAGED, UserError


def load_model(path: str | os.PathLike) -> keras.Model:
    """Load a `.keras` file in safe mode; a Sequential becomes the functional model that it is.

    Raises:
        UserError: no such file, not a Keras model, one that has no input shape, or one that wants
            to run code of its own.
    """
    if not os.path.isfile(path):  # Path's own raises where a folder above is not readable
        raise UserError(f"no such file: {path}; expected a .keras model of rcnet_tf.train")
    try:
        with open(path, "rb") as file:
            zipped = zipfile.is_zipfile(file)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    if not zipped:
        raise UserError(f"{path} is not a .keras file; expected a model of rcnet_tf.train")
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except DAMAGED as error:
        # Keras nests its reasons, the innermost last, each after a page of configuration.
        reason = str(error).rpartition("Exception encountered: ")[2].strip()
        first = reason.splitlines()[0][:200] if reason else type(error).__name__
        raise UserError(f"cannot load {path} as a Keras model: {first}") from None
    return _functional(model, path) if type(model) is keras.Sequential else model


def _functional(model: keras.Sequential, path: str | os.PathLike) -> keras.Model:
    """The same layers as a functional model, which everything here can take apart."""
    try:
        inputs, outputs = model.inputs, model.outputs
    except AttributeError:  # not built, or on something that is no single tensor
        raise UserError(
            f"{path} is a Sequential of no known input shape; expected one that begins with "
            "keras.Input, or was trained"
        ) from None
    if len(inputs) != 1 or len(outputs) != 1:
        return model
    return keras.Model(inputs[0], outputs[0], name=model.name)


def class_names(model: keras.Model) -> tuple[str, ...]:
    """Names of the outputs: those its `Classifier` carries, else class_0, class_1, ..."""
    for layer in reversed(model.layers):
        if isinstance(layer, rcnet_tf.layers.Classifier):
            return layer.class_names
    return tuple(f"class_{index}" for index in range(model.output_shape[-1]))


def check_contract(model: keras.Model, name: str) -> int:
    """Return the input size of a model that maps one (B, S, S, 3) picture to (B, classes).

    Raises:
        UserError: it maps something else.
    """
    source, result = model.input_shape, model.output_shape
    fits = (
        isinstance(source, tuple)
        and isinstance(result, tuple)
        and len(source) == 4
        and source[3] == 3
        and source[1] is not None
        and source[1] == source[2]
        and len(result) == 2
        and result[1] is not None
    )
    if not fits:
        raise UserError(
            f"{name} maps {source} to {result}; expected a classifier, (None, S, S, 3) to "
            "(None, classes), as rcnet_tf.train writes it"
        )
    return source[1]
