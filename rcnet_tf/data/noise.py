"""Sensor noise: what a real camera adds to every picture, and a curated data set lacks."""

from __future__ import annotations

import math

import keras
from keras import ops


class RandomNoise(keras.layers.Layer):
    """Add Gaussian noise of a random strength to each picture: (B, H, W, C) -> the same shape.

    Has the two methods of Keras' image layers that `augment.Augment` calls. A batch shares two
    fields of noise, from which each picture gets a sum of its own, at a random angle: drawing as
    many normal numbers as there are values would take several times as long on a CPU.

    Args:
        deviation: largest standard deviation, in steps of 255. Half of the pictures have none,
            the others a deviation drawn uniformly up to this.
    """

    def __init__(self, deviation=6.0, **kwargs):
        super().__init__(**kwargs)
        self.deviation = deviation

    def get_random_transformation(self, images, training=True, seed=None):
        """Draw the fields, (2, H * W * C), and how much of both a picture gets, (B, 2)."""
        batch = ops.shape(images)[0]
        strength = keras.random.uniform((batch, 1), -self.deviation, self.deviation, seed=seed)
        angle = keras.random.uniform((batch, 1), 0.0, 2 * math.pi, seed=seed)
        fields = keras.random.normal((2, math.prod(images.shape[1:])), seed=seed)
        mixture = ops.concatenate([ops.cos(angle), ops.sin(angle)], axis=1)
        return fields, mixture * ops.maximum(strength, 0.0)

    def transform_images(self, images, transformation, training=True):
        fields, mixture = transformation
        noise = ops.reshape(ops.matmul(mixture, fields), (-1, *images.shape[1:]))  # (B, H, W, C)
        return ops.clip(images + noise, 0.0, 255.0)
