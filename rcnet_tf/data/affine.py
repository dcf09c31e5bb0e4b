"""Flip, rotation, zoom and shift in one warp.

Keras has a layer for each; in a row they interpolate the picture three times, which blurs it and
costs more than a third of a training step on a CPU. The product of the four matrices is one warp.
"""

from __future__ import annotations

import math

import keras
from keras import ops


class RandomAffine(keras.layers.Layer):
    """Random affine warp of a batch, mirrored at the edges: (B, H, W, C) -> the same shape.

    Has the two methods of Keras' image layers that `augment.Augment` calls.

    Args:
        rotation: largest angle, degrees, either direction.
        zoom: (low, high) factors of the visible width and height, drawn for both sides separately:
            0.7 shows 70 % of the side, enlarged.
        shift: largest shift, as a fraction of the side.
        flip: which sides are mirrored, each with probability 1/2: "both", "horizontal" (left and
            right change places) or "none".
    """

    def __init__(self, rotation=0.0, zoom=(1.0, 1.0), shift=0.0, flip="both", **kwargs):
        super().__init__(**kwargs)
        self.rotation, self.zoom, self.shift, self.flip = rotation, zoom, shift, flip

    def get_random_transformation(self, images, training=True, seed=None):
        """Draw a matrix a picture: (B, 8), output position -> input position, in pixels."""
        batch, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]

        def draw(low, high, columns=1):
            return keras.random.uniform((batch, columns), low, high, seed=seed)

        angle = draw(-self.rotation, self.rotation)[:, 0] * (math.pi / 180)
        scale = draw(*self.zoom, columns=2)
        shift = draw(-self.shift, self.shift, columns=2)
        signs = ops.where(draw(-1.0, 1.0, columns=2) < 0, -1.0, 1.0)
        mirrored = ops.convert_to_tensor([self.flip != "none", self.flip == "both"])
        scale = scale * ops.where(mirrored, signs, 1.0)
        sine, cosine = ops.sin(angle), ops.cos(angle)
        x_scale, y_scale = scale[:, 0], scale[:, 1]
        a0, a1 = cosine * x_scale, -sine * y_scale
        b0, b1 = sine * x_scale, cosine * y_scale
        x_middle, y_middle = (width - 1) / 2, (height - 1) / 2
        # The middle stays in the middle, but for the shift.
        a2 = x_middle - a0 * x_middle - a1 * y_middle + shift[:, 0] * width
        b2 = y_middle - b0 * x_middle - b1 * y_middle + shift[:, 1] * height
        zero = ops.zeros_like(a0)
        return ops.stack([a0, a1, a2, b0, b1, b2, zero, zero], axis=-1)

    def transform_images(self, images, transformation, training=True):
        return ops.image.affine_transform(
            images, transformation, interpolation="bilinear", fill_mode="reflect"
        )
