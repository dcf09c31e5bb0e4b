"""RAM of TensorFlow Lite Micro on an ESP32-S3: more than anywhere else.

Espressif's SIMD kernels (esp-nn) keep padded and realigned copies of their inputs and weights in
scratch buffers, which come out of the arena; the kernels of PCs, ESP32 and ESP32-C3 need none.
Sizes follow esp-nn 1.2.3; where a depthwise convolution of its asks for less than it writes, they
are what it would have to ask for.
"""

from __future__ import annotations

from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.export import arena
from rcnet_tf.export.arena import Arena
from rcnet_tf.tflite_file.graph import Operator, tensor_shape

Shape = tuple[int, ...]  # height, width, channels
Side = tuple[int, ...]  # height, width

# For alignment, and for reads beyond the end.
_SLACK = 256
# A depthwise convolution whose padded input is larger is cut into strips, if its stride is 1.
_WHOLE_INPUT = 40 * 1024


def estimate(content: bytes) -> Arena:
    """The arena of a `.tflite`, see `arena.estimate`.

    Raises:
        UserError: not a `.tflite`, or one with tensors of unusual types.
    """
    return arena.estimate(content, _scratch)


def _scratch(operator: Operator, tensors: list[schema.TensorT]) -> int:
    """Bytes of scratch that a kernel asks for, or a little more."""
    if operator.kind not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        return 0
    source = tensor_shape(tensors[operator.inputs[0]])[1:]
    window = tensor_shape(tensors[operator.inputs[1]])[1:3]
    result = tensor_shape(tensors[operator.output])[1:]
    strides = (operator.options.strideH, operator.options.strideW)
    if operator.kind == "CONV_2D":
        return _convolution(source, window, result[2], strides) + _SLACK
    return _depthwise(source, window, result, strides) + _SLACK


def _convolution(source: Shape, window: Side, outputs: int, strides: Side) -> int:
    height, width, channels = source
    if window == strides == (1, 1):
        padded = _multiple(channels, 8)
        copy = height * width * padded if channels % 8 else 0
        return copy + padded * outputs + 16 * padded
    rows, columns = window
    row = columns * _multiple(channels, 16) + _multiple(columns * channels, 16)
    copy = (height + 2 * rows) * (width + 2 * columns) * channels
    return copy + rows * row * outputs + 4 * outputs


def _depthwise(source: Shape, window: Side, result: Shape, strides: Side) -> int:
    height, width, channels = source
    rows, columns = window
    padded = _multiple(channels, 16)
    if channels % 16 == 0 and strides == (1, 1):
        whole = (height + rows - 1) * (width + columns - 1) * channels
        strip = rows * (width + columns - 1) * channels
        return rows * columns * channels + (whole if whole <= _WHOLE_INPUT else strip)
    if channels % 8 == 0:
        copy = (height + rows + 1) * (width + columns + 1) * padded
    else:  # in 16 bits
        copy = 2 * height * width * padded + 12 * padded
    return 2 * rows * columns * padded + copy + result[0] * result[1] * padded


def _multiple(value: int, of: int) -> int:
    return -(-value // of) * of
