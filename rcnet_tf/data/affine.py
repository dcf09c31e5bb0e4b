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
        if keras.config.backend() == "tensorflow":  # one kernel
            return ops.image.affine_transform(
                images, transformation, interpolation="bilinear", fill_mode="reflect"
            )
        return warp(images, transformation)


def warp(images, transformation):
    """The same as `ops.image.affine_transform` does, bilinear and reflecting, in four gathers.

    On other backends Keras gives every channel of every pixel three coordinates of its own and
    interpolates between channels, too: many times the work of what is asked for.

    Args:
        images: float32 (B, H, W, C).
        transformation: (B, 8), output position -> input position, in pixels; the last two are 0.

    Returns:
        Tensor (B, H, W, C).
    """
    batch, height, width, channels = ops.shape(images)
    a0, a1, a2, b0, b1, b2 = (transformation[:, i, None, None] for i in range(6))  # (B, 1, 1)
    column = ops.arange(width, dtype="float32")[None, None, :]
    row = ops.arange(height, dtype="float32")[None, :, None]
    x, y = a0 * column + a1 * row + a2, b0 * column + b1 * row + b2  # (B, H, W)
    left, top = ops.floor(x), ops.floor(y)
    right, below = (x - left)[..., None], (y - top)[..., None]  # shares, (B, H, W, 1)
    columns = [_reflected(left + step, width) for step in (0, 1)]
    rows = [_reflected(top + step, height) for step in (0, 1)]
    first = ops.arange(batch, dtype="int32")[:, None, None] * (height * width)
    pixels = ops.reshape(images, (-1, channels))

    def gathered(row, column):
        return ops.take(pixels, first + row * width + column, axis=0)  # (B, H, W, C)

    above, under = (
        gathered(row, columns[0]) * (1.0 - right) + gathered(row, columns[1]) * right
        for row in rows
    )
    return above * (1.0 - below) + under * below


def _reflected(place, side: int):
    """Whole positions, mirrored at the edges: -1 -> 0, side -> side - 1; int32."""
    place = ops.mod(ops.cast(place, "int32"), 2 * side)
    return ops.minimum(place, 2 * side - 1 - place)
