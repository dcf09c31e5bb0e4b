"""SimAM: attention without parameters.

Source: Yang et al., "SimAM: A Simple, Parameter-Free Attention Module", ICML 2021, Eq. 1 and its
closed-form minimum; used by Zheng et al. 2023 after each stage. For every image and channel, over
its n = H * W positions:

    mu = mean(x);  v = sum((x - mu)^2) / (n - 1)
    e_inv = (x - mu)^2 / (4 (v + lambda)) + 1/2;  y = x * sigmoid(e_inv)

Computed as e_inv = z^2 + 1/2 with z = (x - mu) / sqrt(4 (v + lambda)): the same number, but no
quotient of tensors and no sum, for which int8 kernels are missing or broken on microcontrollers.
"""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="rcnet_tf")
class SimAM(keras.layers.Layer):
    """Weigh each activation by how far it stands out from its channel: (B, H, W, C) -> the same.

    Args:
        lambda_: regularisation of the variance, 1e-4 in the paper; above 0.
        **kwargs: of `keras.layers.Layer`.

    A constant channel is scaled by sigmoid(1/2), and so is a map of one position, whose variance is
    taken as 0. The moments of 16-bit inputs are formed in float32.

    Example:
        >>> SimAM()(keras.ops.ones((1, 7, 7, 384))).shape
        (1, 7, 7, 384)
    """

    def __init__(self, lambda_=1e-4, **kwargs):
        super().__init__(**kwargs)
        if not lambda_ > 0:
            raise ValueError(f"lambda_ must be above 0, got {lambda_}")
        self.lambda_ = lambda_

    def call(self, x):
        dtype = keras.backend.standardize_dtype(x.dtype)
        # 16 bits cannot hold a sum over 10,000 squares, and would round lambda away beside it.
        wide = ops.cast(x, "float32") if dtype in ("float16", "bfloat16") else x
        height, width = ops.shape(x)[1], ops.shape(x)[2]
        positions = height * width
        bessel = (
            positions / max(positions - 1, 1)
            if isinstance(positions, int)
            else (
                ops.cast(positions, wide.dtype)
                / ops.cast(ops.maximum(positions - 1, 1), wide.dtype)
            )
        )
        centred = wide - ops.mean(wide, axis=(1, 2), keepdims=True)  # (B, H, W, C)
        variance = ops.mean(ops.square(centred), axis=(1, 2), keepdims=True)  # (B, 1, 1, C)
        inverse = ops.rsqrt(variance * (4.0 * bessel) + 4.0 * self.lambda_)  # (B, 1, 1, C)
        z = centred * inverse  # (B, H, W, C), |z| <= sqrt(n) / 2
        # z * z and not square(z): TFLite has an int8 MUL but no int8 SQUARE.
        attention = ops.sigmoid(z * z + 0.5)  # (B, H, W, C), in [0.62, 1)
        return x * ops.cast(attention, dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "lambda_": self.lambda_}
