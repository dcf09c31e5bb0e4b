"""Does a parsed `.tflite` make sense? To be asked before an interpreter sees it.

The interpreter trusts its file: an index out of range, a constant too short or an absurd scale ends
the process, not the call.
"""

from __future__ import annotations

import math

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.export.graph import DTYPES, op_name, tensor_shape

# A multiplier (input scale * weight scale / output scale) beyond these is no trained network's,
# and optimised kernels end the process on it.
_MULTIPLIERS = (2.0**-32, 2.0**8)
_OPTIONS = {
    "CONV_2D": schema.Conv2DOptionsT,
    "DEPTHWISE_CONV_2D": schema.DepthwiseConv2DOptionsT,
    "FULLY_CONNECTED": schema.FullyConnectedOptionsT,
}
_LEAST_LOGIT_SCALE = 2.0**-26
_WEIGHTED = tuple(_OPTIONS)
_BINARY = ("ADD", "SUB", "MUL", "SQUARED_DIFFERENCE")
_UNARY = ("LOGISTIC", "RSQRT", "SOFTMAX")


class Broken(ValueError):
    """A file that can be parsed and makes no sense; the message says why."""


def check(model: schema.ModelT) -> None:
    """Check indices, sizes of constants, order of execution, and scales.

    Raises:
        Broken: something is wrong.
    """
    if not model.subgraphs or not model.buffers or not model.operatorCodes:
        raise Broken("it holds no graph")
    for graph in model.subgraphs:
        if not graph.tensors or not graph.operators:
            raise Broken("it holds an empty graph")
        _within(graph.inputs, graph, "input")
        _within(graph.outputs, graph, "output")
        for operator in graph.operators:
            if not 0 <= operator.opcodeIndex < len(model.operatorCodes):
                raise Broken("an operator has no code")
            _within(operator.inputs, graph, "operator", optional=True)
            _within(operator.outputs, graph, "operator")
        for tensor in graph.tensors:
            _check_tensor(tensor, model.buffers)
        _check_order(graph, model.buffers)
        for operator in graph.operators:
            _check_operator(operator, op_name(model.operatorCodes[operator.opcodeIndex]), graph)


def runs_on_reference(model: schema.ModelT) -> bool:
    """Whether reference kernels, and with them TensorFlow Lite Micro, can run an int8 softmax.

    They end the process where the scale of the logits is below 2^-26, as in a network that has
    learnt nothing and answers the same to every picture.
    """
    graph = model.subgraphs[0]
    sources = [
        graph.tensors[operator.inputs[0]]
        for operator in graph.operators
        if op_name(model.operatorCodes[operator.opcodeIndex]) == "SOFTMAX"
    ]
    return all(
        source.type != schema.TensorType.INT8
        or float(source.quantization.scale[0]) > _LEAST_LOGIT_SCALE
        for source in sources
    )


def _within(indices, graph: schema.SubGraphT, what: str, optional: bool = False) -> None:
    indices = np.asarray([] if indices is None else indices, np.int64)
    if np.any(indices < (-1 if optional else 0)) or np.any(indices >= len(graph.tensors)):
        raise Broken(f"an {what} names a tensor that does not exist")


def _check_tensor(tensor: schema.TensorT, buffers: list[schema.BufferT]) -> None:
    if not 0 <= tensor.buffer < len(buffers):
        raise Broken("a tensor names a buffer that does not exist")
    shape = tensor_shape(tensor)
    if any(side < 0 for side in shape) or len(shape) > 8 or math.prod(shape) >= 2**31:
        raise Broken(f"a tensor has the shape {shape}")
    size = _bytes(tensor, buffers)
    if size and tensor.type in DTYPES and tensor.sparsity is None:
        expected = math.prod(shape) * DTYPES[tensor.type].itemsize
        if size != expected:
            raise Broken(f"a tensor of shape {shape} has {size} bytes, not {expected}")
    _check_quantization(tensor, shape)


def _bytes(tensor: schema.TensorT, buffers: list[schema.BufferT]) -> int:
    """Size of a constant; 0 for a tensor that is computed."""
    data = buffers[tensor.buffer].data
    return 0 if data is None else len(data)


def _check_quantization(tensor: schema.TensorT, shape: tuple[int, ...]) -> None:
    quantization = tensor.quantization
    if quantization is None or quantization.scale is None or not len(quantization.scale):
        return
    scale, zero = np.asarray(quantization.scale), quantization.zeroPoint
    if not np.all(np.isfinite(scale)) or np.any(scale <= 0):
        raise Broken("a tensor has a scale that is no positive number")
    if zero is None or len(zero) != len(scale):
        raise Broken("a tensor has scales and zero points of different number")
    if len(scale) > 1:
        axis = quantization.quantizedDimension
        if not 0 <= axis < len(shape) or shape[axis] != len(scale):
            raise Broken(f"a tensor of shape {shape} has {len(scale)} scales")
        if np.any(zero):
            raise Broken("a tensor has scales per channel and zero points other than 0")
    if tensor.type in (schema.TensorType.INT8, schema.TensorType.UINT8):
        limits = np.iinfo(DTYPES[tensor.type])
        if np.any(zero < limits.min) or np.any(zero > limits.max):
            raise Broken("a tensor has a zero point beyond its type")


def _check_order(graph: schema.SubGraphT, buffers: list[schema.BufferT]) -> None:
    """Everything is computed once, and before it is used."""
    known = {i for i, tensor in enumerate(graph.tensors) if _bytes(tensor, buffers)}
    known |= {i for i, tensor in enumerate(graph.tensors) if tensor.isVariable}
    for index in graph.inputs:
        if int(index) in known:
            raise Broken("an input is a constant")
        known.add(int(index))
    for operator in graph.operators:
        if any(int(i) not in known for i in operator.inputs if i >= 0):
            raise Broken("an operator reads what has not been computed")
        for index in operator.outputs:
            if int(index) in known:
                raise Broken("an operator writes what is there already")
            known.add(int(index))
    if any(int(i) not in known for i in graph.outputs):
        raise Broken("an output is never computed")


def _check_operator(operator: schema.OperatorT, kind: str, graph: schema.SubGraphT) -> None:
    """Number, types and shapes of what an operator of Focus-RCNet reads and writes."""
    least = 2 if kind in (*_WEIGHTED, *_BINARY, "MEAN") else 1 if kind in _UNARY else 0
    if len(operator.inputs) < least or any(index < 0 for index in operator.inputs[:least]):
        raise Broken(f"{kind} lacks an input")
    if least and len(operator.outputs) != 1:
        raise Broken(f"{kind} has {len(operator.outputs)} outputs")
    if kind in _OPTIONS and not isinstance(operator.builtinOptions, _OPTIONS[kind]):
        raise Broken(f"{kind} lacks its options")
    if kind in _WEIGHTED:
        _check_weighted(operator, kind, graph)
    elif kind in (*_BINARY, *_UNARY):
        _check_elementwise(operator, kind, graph)


def _check_elementwise(operator: schema.OperatorT, kind: str, graph: schema.SubGraphT) -> None:
    sources = [graph.tensors[i] for i in operator.inputs]
    result = graph.tensors[operator.outputs[0]]
    ends = [*sources, result]
    if any(source.type != result.type for source in sources):
        raise Broken(f"{kind} mixes types")
    try:
        shape = np.broadcast_shapes(*map(tensor_shape, sources))
    except ValueError:
        shape = None
    if shape != tensor_shape(result):
        raise Broken(f"{kind} has operands of different shapes")
    scales = [None if one.quantization is None else one.quantization.scale for one in ends]
    if result.type == schema.TensorType.INT8 and any(s is None or not len(s) for s in scales):
        raise Broken(f"{kind} lacks a scale")


def _check_weighted(operator: schema.OperatorT, kind: str, graph: schema.SubGraphT) -> None:
    """Shapes of a convolution or dense layer, and scales that a multiplier can express."""
    source, weights, result = (
        graph.tensors[i] for i in (*operator.inputs[:2], operator.outputs[0])
    )
    taken, kernel, given = map(tensor_shape, (source, weights, result))
    rank = 2 if kind == "FULLY_CONNECTED" else 4
    if len(kernel) != rank or not given or not taken or min(kernel) < 1:
        raise Broken(f"{kind} has weights of shape {kernel}")
    outputs = kernel[-1] if kind == "DEPTHWISE_CONV_2D" else kernel[0]
    inputs = 1 if kind == "DEPTHWISE_CONV_2D" else kernel[-1]
    if given[-1] != outputs or _features(kind, taken) % inputs:
        raise Broken(f"{kind} has weights of shape {kernel} between {taken} and {given}")
    if kind != "FULLY_CONNECTED":
        if len(operator.inputs) < 3 or operator.inputs[2] < 0:
            raise Broken(f"{kind} lacks a bias")  # optional by the schema; not so in every kernel
        options = operator.builtinOptions
        steps = options.strideH, options.strideW, options.dilationHFactor, options.dilationWFactor
        if min(steps) < 1 or max(steps) > 64 or len(taken) != 4 or len(given) != 4:
            raise Broken(f"{kind} has steps {steps}")
        for side, step, length in zip(given[1:3], steps[:2], taken[1:3], strict=True):
            if not (length - 1) // step + 1 >= side > 0:
                raise Broken(f"{kind} makes {given} of {taken}")
    if len(operator.inputs) > 2 and operator.inputs[2] >= 0:
        bias = graph.tensors[operator.inputs[2]]
        if tensor_shape(bias) != (outputs,):
            raise Broken(f"{kind} has a bias of shape {tensor_shape(bias)}")
    _check_multipliers(kind, source, weights, result)


def _features(kind: str, shape: tuple[int, ...]) -> int:
    """What the weights' input side must divide: channels; all values, for a dense layer."""
    return math.prod(shape) if kind == "FULLY_CONNECTED" else shape[-1]


def _check_multipliers(kind: str, *tensors: schema.TensorT) -> None:
    scales = [None if one.quantization is None else one.quantization.scale for one in tensors]
    if any(scale is None or not len(scale) for scale in scales):
        return  # in float
    source, weights, result = (np.asarray(scale, np.float64) for scale in scales)
    if len(source) != 1 or len(result) != 1:
        raise Broken("an activation has a scale per channel")
    multipliers = source * weights / result
    if np.any(multipliers < _MULTIPLIERS[0]) or np.any(multipliers >= _MULTIPLIERS[1]):
        raise Broken(f"{kind} has weights of an absurd scale")
