"""A network trained with rounding (`quantised`) -> a strict int8 `.tflite` with its trained ranges.

Importing this module switches `tf.keras` for the whole process.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
import tf_keras

from rcnet_tf.export import calibration, chatter, flatbuffer
from rcnet_tf.export.check import check_int8
from rcnet_tf.export.slim import slim
from rcnet_tf.preprocess import preprocess_input


def convert(
    model: tf_keras.Model, pictures: np.ndarray, layers: list[str], labels: tuple[str, ...]
) -> bytes:
    """Convert to int8 weights, activations, input and output.

    Args:
        model: of `quantised.quantise`, (None, S, S, 3) -> (None, classes) logits.
        pictures: representative uint8 (N, S, S, 3), for what carries no trained range.
        layers: names of the network's layers in order, "predictions" last.
        labels: names of the outputs.

    Raises:
        UserError: the pictures cannot be used, or something is not int8.
    """
    size = model.input_shape[1]
    calibration.check(pictures, size)
    pictures = calibration.with_extremes(pictures)

    def representative() -> Iterator[list[np.ndarray]]:
        for picture in pictures:
            yield [preprocess_input(picture[None])]

    @tf.function
    def inference(image):
        logits = model(image, training=False)
        with tf.name_scope(layers[-1]):
            return tf.nn.softmax(logits)

    with chatter.held_back():
        graph = inference.get_concrete_function(tf.TensorSpec((1, size, size, 3), name="image"))
        converter = tf.lite.TFLiteConverter.from_concrete_functions([graph])
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
        content = slim(converter.convert(), layers, labels)
    check_int8(flatbuffer.parse(content), model.name)
    return content
