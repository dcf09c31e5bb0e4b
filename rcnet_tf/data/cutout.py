"""Cutout: a rectangle of black, so that no single part of a thing decides what it is."""

from __future__ import annotations

import keras
from keras import ops


class RandomCutout(keras.layers.Layer):
    """Fill a random rectangle of some pictures with zeros: (B, H, W, C) -> the same shape.

    Has the two methods of Keras' image layers that `augment.Augment` calls. Keras' `RandomErasing`
    does the same with masks of the size of the batch, at several times the cost on a CPU.

    Args:
        share: of the pictures that are cut.
        scale: (low, high) bounds of the square of each side, as a fraction of the picture's.

    Source: DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with
    Cutout", 2017; sides drawn as in Keras.
    """

    def __init__(self, share=0.25, scale=(0.02, 0.15), **kwargs):
        super().__init__(**kwargs)
        self.share, self.scale = share, scale

    def get_random_transformation(self, images, training=True, seed=None):
        """Draw what is cut along each axis: 0 or 1, (B, H, 1, 1) and (B, 1, W, 1)."""
        batch, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]

        def draw(low, high):
            return keras.random.uniform((batch, 1), low, high, seed=seed)

        def inside(side):
            # An edge may lie outside, so that rectangles are cut off there.
            half = 0.5 * ops.sqrt(draw(*self.scale))
            place = (ops.arange(side, dtype="float32") + 0.5) / side  # (side,)
            return ops.cast(ops.abs(place - draw(0.0, 1.0)) < half, "float32")  # (B, side)

        cut = ops.cast(draw(0.0, 1.0) < self.share, "float32")  # (B, 1)
        rows, columns = cut * inside(height), inside(width)
        return rows[:, :, None, None], columns[:, None, :, None]

    def transform_images(self, images, transformation, training=True):
        rows, columns = transformation
        return images * (1.0 - rows * columns)
