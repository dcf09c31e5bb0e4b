"""A convolution or dense layer as int8 kernels see it: BatchNorm folded, kernel rounded."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from rcnet_tf.layers import Focus
from rcnet_tf.quantise.fake_quant import per_channel

_LEAST_GAIN = 1e-4

KINDS = ("conv", "depthwise", "dense")


@keras.saving.register_keras_serializable(package="rcnet_tf")
class Folded(keras.layers.Layer):
    """Convolution with a bias, whose kernel is rounded to 8 bits whenever it is used.

    The weights that an optimizer moves keep their full precision ("shadow weights").

    Attributes:
        norm: name of the BatchNorm that was folded in, or None.

    Args:
        kind: "conv", "depthwise" or "dense".
        shape: of the kernel, as Keras' layer of this kind has it.
        strides: of both axes.
        padding: "same" or "valid".
        rounding: whether to round; without it the layer is the float network's.
        **kwargs: of `keras.layers.Layer`.
    """

    def __init__(self, kind, shape, strides=1, padding="same", rounding=True, **kwargs):
        super().__init__(**kwargs)
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r}: expected one of {', '.join(KINDS)}")
        self.kind, self.shape = kind, tuple(shape)
        self.strides, self.padding, self.rounding = strides, padding, rounding
        self.norm: str | None = None
        # Of a depthwise kernel (h, w, C, 1) the channels are the last axis but one.
        self.channel_axis = len(self.shape) - (2 if kind == "depthwise" else 1)

    @staticmethod
    def options(layer: keras.Layer) -> dict | None:
        """What makes a layer of Keras one of these, or None where that is not possible."""
        if isinstance(layer, Focus):
            side = layer.kernel.shape[0] // 4
            shape = (2, 2, side, layer.filters)
            return {"kind": "conv", "shape": shape, "strides": 2, "padding": "valid"}
        if layer.activation is not keras.activations.linear:
            return None
        if isinstance(layer, layers.Dense):
            return {"kind": "dense", "shape": layer.kernel.shape}
        kind = "depthwise" if isinstance(layer, layers.DepthwiseConv2D) else "conv"
        strides = layer.strides
        plain = layer.dilation_rate == (1, 1) and strides[0] == strides[1]
        plain = plain and getattr(layer, "groups", 1) == 1
        if not plain or layer.data_format != "channels_last":
            return None
        shape = layer.kernel.shape
        if kind == "depthwise" and shape[-1] != 1:
            return None
        return {"kind": kind, "shape": shape, "strides": strides[0], "padding": layer.padding}

    def build(self, input_shape):
        channels = (self.shape[self.channel_axis],)
        self.kernel = self.add_weight(name="kernel", shape=self.shape, initializer="zeros")
        self.bias = self.add_weight(name="bias", shape=channels, initializer="zeros")

    def call(self, x):
        kernel = ops.convert_to_tensor(self.kernel)
        if self.rounding:
            kernel = per_channel(kernel, self.channel_axis)
        if self.kind == "dense":
            return ops.matmul(x, kernel) + self.bias
        convolve = ops.depthwise_conv if self.kind == "depthwise" else ops.conv
        return convolve(x, kernel, strides=self.strides, padding=self.padding) + self.bias

    def compute_output_shape(self, input_shape):
        if self.kind == "dense":
            return (*input_shape[:-1], self.shape[-1])
        sides = [
            -(-(side - (size - 1 if self.padding == "valid" else 0)) // self.strides)
            for side, size in zip(input_shape[1:3], self.shape[:2], strict=True)
        ]
        return (input_shape[0], *sides, self.shape[self.channel_axis])

    def get_config(self):
        return {
            **super().get_config(),
            "kind": self.kind,
            "shape": self.shape,
            "strides": self.strides,
            "padding": self.padding,
            "rounding": self.rounding,
        }


def fold(layer: keras.Layer, norm: keras.Layer | None) -> list[np.ndarray]:
    """Kernel and bias of a convolution or dense layer with a BatchNorm folded in.

    Source: Jacob et al., CVPR 2018, Eq. 14: w gamma / sqrt(v + epsilon), and the bias likewise.
    """
    kernel = layer.convolution_kernel() if isinstance(layer, Focus) else layer.kernel
    kernel = np.asarray(keras.ops.convert_to_numpy(kernel), np.float64)
    depthwise = isinstance(layer, layers.DepthwiseConv2D)
    has_bias = getattr(layer, "use_bias", False)
    bias = _array(layer.bias) if has_bias else np.zeros(kernel.shape[2 if depthwise else -1])
    if norm is not None:
        gain = 1.0 / np.sqrt(_array(norm.moving_variance) + norm.epsilon)
        gain = gain * _array(norm.gamma) if norm.scale else gain
        kernel = kernel * (gain[:, None] if depthwise else gain)
        bias = (bias - _array(norm.moving_mean)) * gain
        bias = bias + _array(norm.beta) if norm.center else bias
    return [kernel.astype(np.float32), bias.astype(np.float32)]


def unfold(
    kernel: np.ndarray, bias: np.ndarray, layer: keras.Layer, norm: keras.Layer | None
) -> None:
    """Write a folded kernel and bias back, the inverse of `fold`.

    The BatchNorm keeps its statistics and its gain, so that training can go on from there.

    Args:
        kernel, bias: as `fold` returns them.
        layer: convolution or dense layer, changed in place.
        norm: the BatchNorm that follows, changed in place, or None.
    """
    old_bias = _array(layer.bias) if getattr(layer, "use_bias", False) else 0.0
    if norm is not None:
        deviation = np.sqrt(_array(norm.moving_variance) + norm.epsilon)
        gain = (_array(norm.gamma) if norm.scale else 1.0) / deviation
        if norm.scale:
            # A channel that was switched off has no inverse; its kernel is free to come back.
            gain = np.where(np.abs(gain) < _LEAST_GAIN, _LEAST_GAIN, gain)
            norm.gamma.assign(gain * deviation)
        depthwise = isinstance(layer, layers.DepthwiseConv2D)
        kernel = kernel / (gain[:, None] if depthwise else gain)
        norm.beta.assign(bias - (old_bias - _array(norm.moving_mean)) * gain)
    elif getattr(layer, "use_bias", False):
        layer.bias.assign(bias)
    if isinstance(layer, Focus):
        # (row, column, C, filters) -> phase-major (4 C, filters)
        kernel = kernel.transpose(1, 0, 2, 3).reshape(layer.kernel.shape)
    layer.kernel.assign(kernel)


def _array(variable) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(variable), np.float64)
