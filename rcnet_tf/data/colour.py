"""Other light: saturation, white balance, brightness and contrast in one pass.

Keras has a layer for each but the second; each reads and writes all pixels several times. Their
product is one weighted sum, which takes half of the time.
"""

from __future__ import annotations

import keras
from keras import ops

# ITU-R BT.601, as in Keras' `rgb_to_grayscale`.
_LUMA = (0.299, 0.587, 0.114)


class RandomColour(keras.layers.Layer):
    """Random saturation, white balance, brightness and contrast: (B, H, W, 3) -> the same shape.

    Has the two methods of Keras' image layers that `augment.Augment` calls. Values are in [0, 255]
    and clipped to it once, at the end.

    Args:
        fade: largest share of grey that is mixed in, 0 to 1.
        balance: largest change of one channel's gain.
        brightness: largest shift, as a fraction of 255.
        contrast: largest change of the distances from the picture's mean.
    """

    def __init__(self, fade=0.5, balance=0.1, brightness=0.25, contrast=0.25, **kwargs):
        super().__init__(**kwargs)
        self.fade, self.balance = fade, balance
        self.brightness, self.contrast = brightness, contrast

    def get_random_transformation(self, images, training=True, seed=None):
        """Draw fade, gains, shift and contrast: (B, 1, 1, 1), the gains (B, 1, 1, 3)."""

        def draw(low, high, columns=1):
            shape = (ops.shape(images)[0], 1, 1, columns)
            return keras.random.uniform(shape, low, high, seed=seed)

        return (
            draw(0.0, self.fade),
            draw(1.0 - self.balance, 1.0 + self.balance, 3),
            255.0 * draw(-self.brightness, self.brightness),
            draw(1.0 - self.contrast, 1.0 + self.contrast),
        )

    def transform_images(self, images, transformation, training=True):
        fade, gains, shift, contrast = transformation
        grey = ops.matmul(images, ops.reshape(ops.convert_to_tensor(_LUMA), (3, 1)))  # (B, H, W, 1)
        mean = ops.mean(grey, axis=(1, 2), keepdims=True)
        # contrast * (gains * (x + fade * (grey - x)) - mean) + mean + shift, factored out
        own, shared = contrast * gains * (1.0 - fade), contrast * gains * fade
        constant = (1.0 - contrast) * mean + shift
        return ops.clip(images * own + (grey * shared + constant), 0.0, 255.0)
