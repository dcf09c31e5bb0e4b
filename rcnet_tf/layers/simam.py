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


def simam_attention(x, lambda_, rounded=lambda tensor, operation: tensor):
    """How much each activation stands out: sigmoid(e_inv), (B, H, W, C) -> the same, in [0.62, 1).

    The one definition of SimAM here: the float layer, its int8 lowering and its simulation are this
    function.

    Args:
        x: activations, at least 32 bits.
        lambda_: regularisation of the variance.
        rounded: called with every intermediate tensor and the name of the int8 operation that makes
            it, for a simulation that rounds them.

    Example:
        >>> flat = ops.ones((1, 7, 7, 1))  # nothing stands out: sigmoid(1/2)
        >>> round(float(simam_attention(flat, lambda_=1e-4)[0, 0, 0, 0]), 4)
        0.6225
    """
    height, width = ops.shape(x)[1], ops.shape(x)[2]
    positions = height * width
    bessel = (
        positions / max(positions - 1, 1)
        if isinstance(positions, int)
        else ops.cast(positions, x.dtype) / ops.cast(ops.maximum(positions - 1, 1), x.dtype)
    )
    mean = rounded(ops.mean(x, axis=(1, 2), keepdims=True), "mean")  # (B, 1, 1, C)
    centred = rounded(x - mean, "sub")  # (B, H, W, C)
    # c * c and not square(c): TFLite has an int8 MUL but no int8 SQUARE.
    squares = rounded(centred * centred, "mul")  # (B, H, W, C)
    variance = rounded(ops.mean(squares, axis=(1, 2), keepdims=True), "mean_2")  # (B, 1, 1, C)
    scaled = rounded(variance * (4.0 * bessel), "mul_2")  # (B, 1, 1, C)
    regular = rounded(scaled + 4.0 * lambda_, "add")  # (B, 1, 1, C)
    inverse = rounded(ops.rsqrt(regular), "rsqrt")  # (B, 1, 1, C)
    z = rounded(centred * inverse, "mul_3")  # (B, H, W, C), |z| <= sqrt(n) / 2
    energy = rounded(rounded(z * z, "mul_4") + 0.5, "add_2")  # (B, H, W, C)
    return rounded(ops.sigmoid(energy), "logistic")  # (B, H, W, C)


@keras.saving.register_keras_serializable(package="rcnet_tf")
class SimAM(keras.layers.Layer):
    """Weigh each activation by how far it stands out from its channel: (B, H, W, C) -> the same.

    A constant channel is scaled by sigmoid(1/2), and so is a map of one position, whose variance is
    taken as 0. The moments of 16-bit inputs are formed in float32.

    Args:
        lambda_: regularisation of the variance, 1e-4 in the paper; above 0.
        **kwargs: of `keras.layers.Layer`.

    Raises:
        ValueError: lambda_ is 0 or below.

    Example:
        >>> SimAM()(keras.Input((7, 7, 384))).shape
        (None, 7, 7, 384)
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
        return x * ops.cast(simam_attention(wide, self.lambda_), dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "lambda_": self.lambda_}
