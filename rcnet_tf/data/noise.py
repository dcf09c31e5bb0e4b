"""Sensor noise: what a real camera adds to every picture, and a curated data set lacks."""

from __future__ import annotations

import keras
from keras import ops


class RandomNoise(keras.layers.Layer):
    """Add Gaussian noise of a random strength to each picture: (B, H, W, C) -> the same shape.

    Has the two methods of Keras' image layers that `augment.Augment` calls.

    Args:
        deviation: largest standard deviation, in steps of 255. Half of the pictures have none,
            the others a deviation drawn uniformly up to this.
    """

    def __init__(self, deviation=6.0, **kwargs):
        super().__init__(**kwargs)
        self.deviation = deviation

    def get_random_transformation(self, images, training=True, seed=None):
        """Draw the noise, (B, H, W, C)."""
        strength = keras.random.uniform(
            (ops.shape(images)[0], 1, 1, 1), -self.deviation, self.deviation, seed=seed
        )
        noise = keras.random.normal(ops.shape(images), seed=seed)
        return noise * ops.maximum(strength, 0.0)

    def transform_images(self, images, transformation, training=True):
        return ops.clip(images + transformation, 0.0, 255.0)
