"""Does a parsed `.tflite` make sense? To be asked before an interpreter sees it.

The interpreter trusts its file: an index out of range, a constant too short or an absurd scale ends
the process, not the call.
"""

from __future__ import annotations

import math

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.tflite_file import operators
from rcnet_tf.tflite_file.graph import DTYPES, op_name, tensor_shape
from rcnet_tf.tflite_file.operators import Broken

_LEAST_LOGIT_SCALE = 2.0**-26


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
            kind = op_name(model.operatorCodes[operator.opcodeIndex])
            if operators.is_checked(operator, kind, graph):
                operators.check(operator, kind, graph, model.buffers)
    _check_references(model)


def is_checked(model: schema.ModelT) -> bool:
    """Whether `check` knows every operator of a model, so that it can do no harm."""
    codes = model.operatorCodes
    return len(model.subgraphs) == 1 and all(
        operators.is_checked(operator, op_name(codes[operator.opcodeIndex]), graph)
        for graph in model.subgraphs
        for operator in graph.operators
    )


def runs_on_reference(model: schema.ModelT) -> bool:
    """Whether reference kernels, and with them TensorFlow Lite Micro, can run an int8 softmax.

    They end the process where the scale of the logits is below 2^-26, as in a network that has
    learnt nothing and answers the same to every picture.
    """
    graph = model.subgraphs[0]
    ends = [
        (graph.tensors[operator.inputs[0]], operator.builtinOptions.beta)
        for operator in graph.operators
        if op_name(model.operatorCodes[operator.opcodeIndex]) == "SOFTMAX"
        and operators.is_checked(operator, "SOFTMAX", graph)
    ]
    return all(
        source.type != schema.TensorType.INT8
        or float(source.quantization.scale[0]) * beta > _LEAST_LOGIT_SCALE
        for source, beta in ends
    )


def _check_references(model: schema.ModelT) -> None:
    """What else of the file names something by number, or lies outside the flatbuffer."""
    for buffer in model.buffers:
        if buffer.offset or buffer.size:
            raise Broken("it keeps constants behind the flatbuffer")
    for entry in model.metadata or []:
        if not 0 <= entry.buffer < len(model.buffers):
            raise Broken("its metadata name a buffer that does not exist")
    for signature in model.signatureDefs or []:
        if not 0 <= signature.subgraphIndex < len(model.subgraphs):
            raise Broken("a signature names a graph that does not exist")
        graph = model.subgraphs[signature.subgraphIndex]
        for entry in (*(signature.inputs or []), *(signature.outputs or [])):
            _within([entry.tensorIndex], graph, "signature")


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
