"""A Keras model -> the bytes of a `.tflite` file: strict int8, float32, or dynamic range.

    content = int8(model, pictures)  # uint8 (N, S, S, 3), from the training part

The same model and pictures give the same bytes, in any process. Needs Keras on TensorFlow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import keras
import numpy as np

from rcnet_tf import keras_files
from rcnet_tf.errors import UserError
from rcnet_tf.export.check import check_int8
from rcnet_tf.export.naming import by_path, by_range
from rcnet_tf.export.slim import slim
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise import calibration
from rcnet_tf.quantise.lower import Unsupported
from rcnet_tf.quantise.prepare import prepare
from rcnet_tf.rebuild import rebuild
from rcnet_tf.tflite_file import chatter, flatbuffer


def int8(
    model: keras.Model, pictures: np.ndarray, progress: Callable[[int], None] | None = None
) -> bytes:
    """Quantise in full: int8 weights, activations, input and output; int32 biases; nothing else.

    Args:
        model: (None, S, S, 3), pixel / 128 - 1, -> (None, classes) probabilities.
        pictures: representative uint8 (N, S, S, 3); see `calibration.check`. Order matters not.
        progress: called with 1 after each picture.

    Returns:
        A `.tflite` with a batch of 1 whose int8 input is exactly `pixel - 128` and whose int8
        output is probability * 256 - 128, with the class names in it (`flatbuffer.labels`).

    Raises:
        UserError: the model or the pictures do not allow it; the message says which operator.
    """
    keras_files.check_contract(model, model.name)
    calibration.check(pictures, model.input_shape[1])
    try:
        lowered = prepare(model, pictures, progress)
    except Unsupported:
        return plain_int8(model, pictures, progress)
    try:
        return from_lowered(lowered, keras_files.class_names(model))
    except Unsupported:  # only now is it known what the converter makes of it
        return plain_int8(model, pictures)


def from_lowered(lowered: keras.Model, labels: tuple[str, ...]) -> bytes:
    """Convert a lowered network; every tensor gets the range that its FakeQuant has.

    Args:
        lowered: of `quantise.prepare.prepare`, or trained from one.
        labels: names of the outputs.

    Raises:
        Unsupported: the converter did not keep to the ranges.
    """
    content = _convert(lowered, _strict, labels, lambda made: by_range(made, lowered))
    check_int8(flatbuffer.parse(content), lowered.name)
    return content


def plain_int8(
    model: keras.Model, pictures: np.ndarray, progress: Callable[[int], None] | None = None
) -> bytes:
    """Strict int8 of any network, with ranges from extreme to extreme, as the converter finds them.

    What `int8` falls back to for networks that `quantise.lower` does not know, and what it is to be
    compared with. Arguments, result and errors are those of `int8`.
    """
    pictures = calibration.with_extremes(pictures)

    def representative() -> Iterator[list[np.ndarray]]:
        for picture in pictures:
            yield [preprocess_input(picture[None])]
            if progress:
                progress(1)

    def calibrated(converter, tf) -> None:
        _strict(converter, tf)
        converter.representative_dataset = representative
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]

    content = _convert(model, calibrated)
    check_int8(flatbuffer.parse(content), model.name)
    return content


def float32(model: keras.Model) -> bytes:
    """The network as it is, in float32: for comparison, and for phones.

    Example:
        >>> from rcnet_tf import FocusRCNet
        >>> small = FocusRCNet(weights=None, input_shape=(64, 64, 3), width=0.25)
        >>> float32(small)[4:8]
        b'TFL3'
    """
    return _convert(model, lambda converter, tf: None)


def dynamic(model: keras.Model) -> bytes:
    """int8 weights, activations quantised on the fly, float32 in and out: for comparison."""

    def weights_only(converter, tf) -> None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]

    return _convert(model, weights_only)


def _strict(converter, tf) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.int8


def _convert(
    model: keras.Model,
    configure: Callable,
    labels: tuple[str, ...] | None = None,
    names: Callable | None = None,
) -> bytes:
    if keras.config.backend() != "tensorflow":
        raise UserError(
            f"conversion needs Keras on TensorFlow, not on {keras.config.backend()}: "
            "run again with KERAS_BACKEND=tensorflow"
        )
    size = keras_files.check_contract(model, model.name)
    labels = labels or keras_files.class_names(model)
    names = names or (lambda made: by_path(made, _layers(model)))
    with chatter.held_back():
        import tensorflow as tf

        fixed = rebuild(model, size, batch=1)
        trace = tf.function(lambda image: fixed(image, training=False))
        graph = trace.get_concrete_function(tf.TensorSpec((1, size, size, 3), name="image"))
        # From the traced function, with its variables frozen: `from_keras_model` gives the same
        # graph by way of a SavedModel, in ten times the time. (Given the model as a second
        # argument, this call would keep the variables, and fold nothing.)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([graph])
        configure(converter, tf)
        try:
            content = converter.convert()
        except Exception as error:
            # The converter's exceptions are many and undocumented; its own text says what failed:
            # "<path>:1: error: 'tf.Erf' op is ...", out of pages.
            found = re.search(r"error: (.+)", str(error))
            if not found:
                raise RuntimeError(f"TensorFlow cannot convert {model.name}: {error}") from error
            raise UserError(
                f"TensorFlow cannot convert {model.name}: {found[1][:200]}; replace the layer by "
                "one that TensorFlow Lite has an operator for, and convert again"
            ) from error
    return slim(content, names, labels, model.name)


def _layers(model: keras.Model) -> list[str]:
    """Names of all layers in the order of execution, those of models inside included."""
    names: list[str] = []
    for layer in model.layers:
        names += _layers(layer) if isinstance(layer, keras.Model) else [layer.name]
    return names
