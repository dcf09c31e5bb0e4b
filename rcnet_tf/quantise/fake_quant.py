"""Fake quantisation: rounding to int8 inside a float network, as an int8 kernel would."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras
import numpy as np
from keras import ops

_NARROWEST = 1e-6  # the converter widens what is narrower
SUFFIX = ".q"  # of the layer's name: that of the int8 tensor, and this


@keras.saving.register_keras_serializable(package="rcnet_tf")
class FakeQuant(keras.layers.Layer):
    """Round activations to the 256 values of an int8 tensor: any shape -> the same.

    The range is moved a little so that 0 is one of the values, as TensorFlow Lite demands. What
    lies outside is clipped, and receives no gradient; inside, the gradient passes unchanged
    (straight-through; Jacob et al., CVPR 2018, Sec. 3). The TFLite converter recognises the
    operation and takes scale and zero point from it.

    The range is a weight that no optimizer touches, so that it can follow the network (`set_range`)
    and travels with it.

    Attributes:
        silu: name of the tensor that a SiLU makes of this one and nothing else reads, or None.

    Args:
        tensor: name of the int8 tensor, such as "stage1_simam/rsqrt".
        low: lower end of the range, at most 0.
        high: upper end, at least 0.
        fixed: the range belongs to the operator (a sigmoid's is [0, 255/256]) and never changes.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, tensor, low=-1.0, high=1.0, fixed=False, **kwargs):
        super().__init__(**{"name": tensor.replace("/", ".") + SUFFIX, **kwargs})
        self.tensor = tensor
        self.enabled = True
        self.silu: str | None = None
        self.fixed = fixed
        self.start = (float(low), float(high))

    def build(self, input_shape):
        self.range = self.add_weight(
            name="range",
            shape=(2,),
            initializer=keras.initializers.Constant(self.start),
            trainable=False,
        )

    def set_range(self, low: float, high: float) -> None:
        """Learn another range; 0 is made part of it."""
        low, high = min(float(low), 0.0), max(float(high), 0.0)
        if high - low < _NARROWEST:  # of a network that says the same to everything
            low, high = -_NARROWEST, _NARROWEST * 127 / 128
        self.range.assign([low, high])

    def quantisation(self) -> tuple[float, int]:
        """Scale and zero point of the int8 tensor: real = scale * (stored - zero point)."""
        low, high = np.asarray(keras.ops.convert_to_numpy(self.range), np.float64)
        scale = (high - low) / 255.0
        return scale, int(np.floor(-low / scale + 0.5)) - 128

    def call(self, x):
        if not self.enabled:
            return x
        return keras.quantizers.fake_quant_with_min_max_vars(x, self.range[0], self.range[1])

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        low, high = self.start
        own = {"tensor": self.tensor, "low": low, "high": high, "fixed": self.fixed}
        return {**super().get_config(), **own}


@contextlib.contextmanager
def disabled(model: keras.Model) -> Iterator[None]:
    """Let the float values of a lowered model pass; for calls of the model, not for compiled
    functions, which remember what they were compiled with."""
    layers = [layer for layer in model.layers if isinstance(layer, FakeQuant)]
    before = [layer.enabled for layer in layers]
    for layer in layers:
        layer.enabled = False
    try:
        yield
    finally:
        for layer, enabled in zip(layers, before, strict=True):
            layer.enabled = enabled


def per_channel(kernel, axis: int):
    """Round a kernel to 8 bits, symmetric, each output channel with its own scale.

    Args:
        kernel: weights of a convolution or dense layer.
        axis: of the output channels.

    Returns:
        The same shape; -127 to 127 times a channel's scale, with a straight-through gradient.
    """
    others = [index for index in range(len(kernel.shape)) if index != axis % len(kernel.shape)]
    largest = ops.stop_gradient(ops.max(ops.abs(kernel), axis=others, keepdims=True))
    scale = ops.maximum(largest, 1e-12) / 127.0
    rounded = ops.round(kernel / scale) * scale
    return kernel + ops.stop_gradient(rounded - kernel)
