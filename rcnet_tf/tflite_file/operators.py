"""What the operators of Focus-RCNet may read and write, so that no kernel ends the process.

Kernels check some of this and abort, or trust the file and read past the end of a tensor. Operators
of other kinds or types are not checked here: `trial` tries out models with such.
"""

from __future__ import annotations

import math

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.tflite_file.graph import tensor_shape

_FLOAT, _INT8 = schema.TensorType.FLOAT32, schema.TensorType.INT8
_INT32 = schema.TensorType.INT32

_OPTIONS = {
    "CONV_2D": schema.Conv2DOptionsT,
    "DEPTHWISE_CONV_2D": schema.DepthwiseConv2DOptionsT,
    "FULLY_CONNECTED": schema.FullyConnectedOptionsT,
    "MEAN": schema.ReducerOptionsT,
    "SOFTMAX": schema.SoftmaxOptionsT,
    "ADD": schema.AddOptionsT,
    "SUB": schema.SubOptionsT,
    "MUL": schema.MulOptionsT,
}
_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
_BINARY = ("ADD", "SUB", "MUL", "SQUARED_DIFFERENCE")
_UNARY = ("LOGISTIC", "RSQRT", "SOFTMAX")
_KINDS = (*_WEIGHTED, *_BINARY, *_UNARY, "MEAN")
_ACTIVATIONS = (
    schema.ActivationFunctionType.NONE,
    schema.ActivationFunctionType.RELU,
    schema.ActivationFunctionType.RELU_N1_TO_1,
    schema.ActivationFunctionType.RELU6,
)
_MAX_RANK = 4

# Beyond these no trained network's scales are, and fixed-point multipliers cannot express them.
_SCALES = (2.0**-60, 2.0**30)
_MULTIPLIERS = (2.0**-32, 2.0**8)


class Broken(ValueError):
    """A file that can be parsed and makes no sense; the message says why."""


def is_checked(operator: schema.OperatorT, kind: str, graph: schema.SubGraphT) -> bool:
    """Whether `check` knows all there is to know about an operator."""
    if kind not in _KINDS:
        return False
    indices = [int(index) for index in (*operator.inputs, *operator.outputs) if index >= 0]
    tensors = [graph.tensors[index] for index in indices]
    return all(
        tensor.type in (_FLOAT, _INT8, _INT32)
        and tensor.sparsity is None
        and not tensor.isVariable
        and len(tensor_shape(tensor)) <= _MAX_RANK
        for tensor in tensors
    )


def check(
    operator: schema.OperatorT, kind: str, graph: schema.SubGraphT, buffers: list[schema.BufferT]
) -> None:
    """Check number, types, shapes and scales of what an operator reads and writes.

    Args:
        operator: one for which `is_checked`; its indices are known to exist.
        kind: its name, such as "CONV_2D".
        graph: that it is in.
        buffers: of the model.

    Raises:
        Broken: something is wrong.
    """
    least = 1 if kind in _UNARY else 2
    most = 3 if kind in _WEIGHTED else least
    if not least <= len(operator.inputs) <= most or any(i < 0 for i in operator.inputs[:least]):
        raise Broken(f"{kind} lacks an input")
    if len(operator.outputs) != 1:
        raise Broken(f"{kind} has {len(operator.outputs)} outputs")
    if kind in _OPTIONS and not isinstance(operator.builtinOptions, _OPTIONS[kind]):
        raise Broken(f"{kind} lacks its options")
    if getattr(operator.builtinOptions, "fusedActivationFunction", 0) not in _ACTIVATIONS:
        raise Broken(f"{kind} has an unknown activation")
    sources = [graph.tensors[i] for i in operator.inputs if i >= 0]
    result = graph.tensors[operator.outputs[0]]
    for tensor in (*sources, result):
        if 0 in tensor_shape(tensor):
            raise Broken(f"{kind} has an empty tensor")
    if kind in _WEIGHTED:
        _check_weighted(operator, kind, sources, result)
    elif kind == "MEAN":
        _check_mean(operator, sources, result, buffers)
    else:
        _check_elementwise(kind, sources, result)
    if kind == "SOFTMAX" and not 2.0**-10 <= operator.builtinOptions.beta <= 2.0**10:
        raise Broken("SOFTMAX has no temperature")


def _check_elementwise(kind: str, sources: list, result: schema.TensorT) -> None:
    types = {tensor.type for tensor in (*sources, result)}
    if len(types) > 1:
        raise Broken(f"{kind} mixes types")
    try:
        shape = np.broadcast_shapes(*map(tensor_shape, sources))
    except ValueError:
        shape = None
    if shape != tensor_shape(result) or (kind == "SOFTMAX" and not shape):
        raise Broken(f"{kind} has operands of different shapes")
    if types == {_INT8}:
        taken = [_scale(source, kind) for source in sources]
        multiplier, limit = _multiplier(kind, taken, _scale(result, kind))
        if not 2.0**-60 < multiplier < limit:
            raise Broken(f"{kind} has operands of absurd scales")


def _multiplier(kind: str, taken: list[float], given: float) -> tuple[float, float]:
    """What the kernel of an elementwise operator multiplies by, and what it must be below."""
    if kind in ("ADD", "SUB"):
        return 2 * max(taken) / (2.0**20 * given), 1.0
    if kind == "SQUARED_DIFFERENCE":
        return (2 * max(taken)) ** 2 / (2.0**14 * given), 1.0
    if kind == "MUL":
        return taken[0] * taken[1] / given, 2.0**30
    if kind == "RSQRT":
        return 1 / (math.sqrt(taken[0]) * given), 2.0**30
    return 0.5, 1.0  # of a fixed output scale, which kernels check


def _check_mean(
    operator: schema.OperatorT,
    sources: list,
    result: schema.TensorT,
    buffers: list[schema.BufferT],
) -> None:
    source, axes = sources
    data = buffers[axes.buffer].data
    if axes.type != _INT32 or data is None or source.type != result.type:
        raise Broken("MEAN lacks its axes")
    taken = tensor_shape(source)
    places = np.frombuffer(data.tobytes(), "<i4")
    if np.any(places < -len(taken)) or np.any(places >= len(taken)):
        raise Broken("MEAN has axes that do not exist")
    over = {int(place) % len(taken) for place in places}
    keep = operator.builtinOptions.keepDims
    expected = tuple(
        1 if axis in over else side for axis, side in enumerate(taken) if keep or axis not in over
    )
    if tensor_shape(result) != expected:
        raise Broken(f"MEAN makes {tensor_shape(result)} of {taken}")
    if source.type == _INT8:
        ratio = _scale(source, "MEAN") / _scale(result, "MEAN")
        if not _MULTIPLIERS[0] <= ratio < _MULTIPLIERS[1]:
            raise Broken("MEAN has operands of absurd scales")


def _check_weighted(
    operator: schema.OperatorT, kind: str, sources: list, result: schema.TensorT
) -> None:
    """Shapes of a convolution or dense layer, and scales that a multiplier can express."""
    source, weights = sources[:2]
    taken, kernel, given = map(tensor_shape, (source, weights, result))
    rank = 2 if kind == "FULLY_CONNECTED" else 4
    if len(kernel) != rank or not given or not taken:
        raise Broken(f"{kind} has weights of shape {kernel}")
    outputs = kernel[-1] if kind == "DEPTHWISE_CONV_2D" else kernel[0]
    if kind == "FULLY_CONNECTED":
        rows = math.prod(taken) // kernel[1]
        fits = math.prod(taken) % kernel[1] == 0 and math.prod(given) == rows * outputs
        fits = fits and given[-1] == outputs and operator.builtinOptions.weightsFormat == 0
    else:
        if len(sources) < 3:
            raise Broken(f"{kind} lacks a bias")  # optional by the schema; not so in every kernel
        fits = len(taken) == 4 and _window(operator.builtinOptions, kind, taken, kernel) == given
    if not fits:
        raise Broken(f"{kind} has weights of shape {kernel} between {taken} and {given}")
    types = source.type, weights.type, result.type
    if types not in ((_FLOAT,) * 3, (_INT8,) * 3, (_FLOAT, _INT8, _FLOAT)):
        raise Broken(f"{kind} mixes types")
    if len(sources) > 2:
        bias = sources[2]
        if tensor_shape(bias) not in ((outputs,), (1, outputs)):
            raise Broken(f"{kind} has a bias of shape {tensor_shape(bias)}")
        if bias.type != (_INT32 if source.type == _INT8 else _FLOAT):
            raise Broken(f"{kind} has a bias of another type")
    if weights.type == _INT8:
        _check_weight_scales(kind, source, weights, result, outputs)


def _window(options, kind: str, taken: tuple, kernel: tuple) -> tuple[int, ...]:
    """Shape of a convolution's result."""
    steps = options.strideH, options.strideW
    dilations = options.dilationHFactor, options.dilationWFactor
    if min(*steps, *dilations) < 1 or max(*steps, *dilations) > 64:
        raise Broken(f"{kind} has steps {steps} and dilations {dilations}")
    sides = []
    for length, step, dilation, side in zip(taken[1:3], steps, dilations, kernel[1:3], strict=True):
        if options.padding == schema.Padding.SAME:
            sides.append(-(-length // step))
        else:
            sides.append((length - (side - 1) * dilation - 1) // step + 1)
    if kind == "DEPTHWISE_CONV_2D":
        outputs = taken[3] * options.depthMultiplier
        fits = kernel[0] == 1 and outputs == kernel[3]
    else:
        outputs = kernel[0]
        fits = taken[3] % kernel[3] == 0 and outputs % (taken[3] // kernel[3]) == 0
    return (taken[0], *sides, outputs) if fits and min(sides) > 0 else ()


def _check_weight_scales(
    kind: str, source: schema.TensorT, weights: schema.TensorT, result: schema.TensorT, outputs: int
) -> None:
    quantization = weights.quantization
    scales = None if quantization is None else quantization.scale
    if scales is None or len(scales) not in (1, outputs) or np.any(quantization.zeroPoint):
        raise Broken(f"{kind} has weights without scales")
    axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
    if len(scales) > 1 and quantization.quantizedDimension != axis:
        raise Broken(f"{kind} has scales along axis {quantization.quantizedDimension}")
    if source.type == _FLOAT:
        return
    ratio = _scale(source, kind) / _scale(result, kind)
    multipliers = np.asarray(scales, np.float64) * ratio
    if np.any(multipliers < _MULTIPLIERS[0]) or np.any(multipliers >= _MULTIPLIERS[1]):
        raise Broken(f"{kind} has weights of an absurd scale")


def _scale(tensor: schema.TensorT, kind: str) -> float:
    """The one scale of an int8 activation."""
    quantization = tensor.quantization
    if quantization is None or quantization.scale is None or len(quantization.scale) != 1:
        raise Broken(f"{kind} lacks a scale")
    scale = float(quantization.scale[0])
    if not _SCALES[0] <= scale <= _SCALES[1]:
        raise Broken(f"{kind} has an absurd scale")
    return scale
