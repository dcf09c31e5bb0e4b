"""What one operator of a `.tflite` would compute if it worked on real numbers.

For int8 networks this is the answer that a kernel rounds: the difference is what the operator
itself adds to the error. Operators of Focus-RCNet and of common networks; batch first, channels
last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

_CEILINGS = {
    schema.ActivationFunctionType.RELU: np.inf,
    schema.ActivationFunctionType.RELU6: 6.0,
}


def evaluate(kind: str, inputs: list[np.ndarray], options: Any = None) -> np.ndarray | None:
    """Compute one operator.

    Args:
        kind: such as "CONV_2D".
        inputs: in the file's order and layout, constants included, as real numbers; axes and
            shapes as integers.
        options: the operator's, as the schema has them.

    Returns:
        The result in float32; None where the operator is not known here.
    """
    if kind not in _OPERATORS:
        return None
    result = _OPERATORS[kind](inputs, options)
    return _clamped(np.asarray(result, np.float32), options)


def _clamped(values: np.ndarray, options: Any) -> np.ndarray:
    """The activation that is fused into an operator, if any."""
    ceiling = _CEILINGS.get(getattr(options, "fusedActivationFunction", None))
    return values if ceiling is None else np.clip(values, 0.0, ceiling)


def _convolution(inputs, options):
    from keras import ops

    images, kernel, *bias = inputs  # kernel: (filters, h, w, C)
    result = ops.conv(images, kernel.transpose(1, 2, 3, 0), **_window(options))
    return np.asarray(result) + (bias[0] if bias else 0.0)


def _depthwise(inputs, options):
    from keras import ops

    images, kernel, *bias = inputs  # kernel: (1, h, w, C * multiplier)
    channels = images.shape[-1]
    kernel = kernel[0].reshape(*kernel.shape[1:3], channels, -1)  # (h, w, C, multiplier)
    result = ops.depthwise_conv(images, kernel, **_window(options))
    return np.asarray(result) + (bias[0] if bias else 0.0)


def _window(options) -> dict:
    same = options.padding == schema.Padding.SAME
    strides = options.strideH, options.strideW
    dilation = options.dilationHFactor, options.dilationWFactor
    return {
        # Steps of 1 are given as a number: Keras wants one of the two to be 1 throughout.
        "strides": strides[0] if strides[0] == strides[1] else strides,
        "padding": "same" if same else "valid",
        "dilation_rate": dilation[0] if dilation[0] == dilation[1] else dilation,
    }


def _dense(inputs, options):
    values, kernel, *bias = inputs  # kernel: (units, features)
    return values.reshape(-1, kernel.shape[-1]) @ kernel.T + (bias[0] if bias else 0.0)


def _mean(inputs, options):
    values, axes = inputs
    return values.mean(axis=tuple(np.ravel(axes)), keepdims=bool(options.keepDims))


def _reshape(inputs, options):
    # Files are made for a batch of 1.
    shape = inputs[1] if len(inputs) > 1 else options.newShape
    return inputs[0].reshape(len(inputs[0]), *shape[1:])


def _softmax(inputs, options):
    power = options.beta * (inputs[0] - inputs[0].max(axis=-1, keepdims=True))
    return np.exp(power) / np.exp(power).sum(axis=-1, keepdims=True)


def _sigmoid(values):
    return 0.5 * (1.0 + np.tanh(0.5 * values))


def _rsqrt(values):
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1.0 / np.sqrt(values)


_OPERATORS: dict[str, Callable] = {
    "ADD": lambda inputs, _: inputs[0] + inputs[1],
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "FULLY_CONNECTED": _dense,
    "LOGISTIC": lambda inputs, _: _sigmoid(inputs[0]),
    "MEAN": _mean,
    "MUL": lambda inputs, _: inputs[0] * inputs[1],
    "PAD": lambda inputs, _: np.pad(inputs[0], inputs[1]),
    "RELU": lambda inputs, _: np.maximum(inputs[0], 0.0),
    "RELU6": lambda inputs, _: np.clip(inputs[0], 0.0, 6.0),
    "RESHAPE": _reshape,
    "RSQRT": lambda inputs, _: _rsqrt(inputs[0]),
    "SOFTMAX": _softmax,
    "SQUARED_DIFFERENCE": lambda inputs, _: np.square(inputs[0] - inputs[1]),
    "SUB": lambda inputs, _: inputs[0] - inputs[1],
}
