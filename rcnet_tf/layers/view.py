"""One network's view of a picture: its size and its scale."""

from __future__ import annotations

import keras
from keras import ops

from rcnet_tf.preprocess import area_weights, preprocess_input


@keras.saving.register_keras_serializable(package="rcnet_tf")
class View(keras.layers.Layer):
    """Pixels of any size to one network's input: (B, H, W, 3), [0, 255] -> (B, size, size, 3).

    The size changes by the contract's area average (`rcnet_tf.preprocess`), without its rounding;
    the values become `pixel / 128 - 1`. Teacher and student look at one augmented picture, each
    through a view of its own.

    Args:
        size: side of the result.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, pixels):
        rows, columns = pixels.shape[1:3]
        if rows != self.size:
            pixels = ops.einsum("hH,bHWc->bhWc", self._mean(rows), pixels)  # (B, size, W, 3)
        if columns != self.size:
            pixels = ops.einsum("wW,bhWc->bhwc", self._mean(columns), pixels)  # (B, size, size, 3)
        return preprocess_input(pixels)

    def _mean(self, source):
        weights = area_weights(source, self.size) / source  # (size, source), rows sum to 1
        return ops.cast(weights, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.size, self.size, input_shape[3])

    def get_config(self):
        return {**super().get_config(), "size": self.size}
