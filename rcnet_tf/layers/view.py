"""One network's view of a picture: its size and its scale."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from rcnet_tf.preprocess import area_weights, preprocess_input


@keras.saving.register_keras_serializable(package="rcnet_tf")
class View(keras.layers.Layer):
    """Pixels of any size to one network's input: (B, H, W, C), [0, 255] -> (B, size, size, C).

    The size changes by the contract's area average (`rcnet_tf.preprocess`), without its rounding;
    the values become `pixel / 128 - 1`. Teacher and student look at one augmented picture, each
    through a view of its own.

    Means are formed in float32 whatever the dtype policy: 16-bit weights would not sum to 1, and
    the whole picture would be too bright or too dark. Only the result has the policy's dtype.

    Args:
        size: side of the result, at least 1.
        **kwargs: of `keras.layers.Layer`.

    Raises:
        ValueError: size is below 1, or height and width of the input are not known.

    Example:
        >>> View(224)(keras.Input((384, 512, 3))).shape
        (None, 224, 224, 3)
    """

    def __init__(self, size, **kwargs):
        super().__init__(**{"autocast": False, **kwargs})
        if size < 1:
            raise ValueError(f"size {size}: expected at least 1")
        self.size = size

    def build(self, input_shape):
        if None in tuple(input_shape[1:3]):
            raise ValueError(f"View needs to know height and width, got {input_shape}")

    def call(self, pixels):
        pixels = ops.cast(pixels, "float32")  # (B, H, W, C)
        rows, columns = pixels.shape[1:3]
        if rows != self.size:
            pixels = ops.einsum("hH,bHWc->bhWc", self._mean(rows), pixels)  # (B, size, W, C)
        if columns != self.size:
            pixels = ops.einsum("wW,bhWc->bhwc", self._mean(columns), pixels)  # (B, size, size, C)
        return ops.cast(preprocess_input(pixels), self.compute_dtype)

    def _mean(self, source):
        """The area average along one axis as a matrix (size, source) whose rows sum to 1."""
        cells, weights = area_weights(source, self.size)
        matrix = np.zeros((self.size, source))
        # Cells beyond the edge carry weight 0 and repeat the last one: add, do not assign.
        np.add.at(matrix, (np.arange(self.size)[:, None], cells), weights)
        return ops.cast(matrix / weights.sum(axis=1, keepdims=True), "float32")

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.size, self.size, input_shape[3])

    def get_config(self):
        return {**super().get_config(), "size": self.size}
