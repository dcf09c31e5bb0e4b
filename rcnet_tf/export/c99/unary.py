"""Operators that map one int8 to one int8, alone or in a row, as a table of 256.

SiLU (LOGISTIC and MUL), a clamp, the scalar arithmetic inside SimAM: whatever depends on one tensor
and on constants alone. The table is read off the reference kernels themselves: a graph of just
these operators is given all 256 values.
"""

from __future__ import annotations

import copy

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.export.c99.operators import Graph
from rcnet_tf.tflite_file import chatter
from rcnet_tf.tflite_file.graph import Operator

KINDS = frozenset(
    "ADD SUB MUL SQUARED_DIFFERENCE LOGISTIC RSQRT RELU RELU6 RELU_N1_TO_1 MINIMUM MAXIMUM "
    "TANH HARD_SWISH ABS NEG".split()
)


def follow(graph: Graph, source: int) -> tuple[int, np.ndarray | None]:
    """Take the operators behind a tensor for as long as they depend on it alone.

    Returns:
        The last tensor, which may be `source` itself, and its table (int8 (256,), by value + 128),
        or None if nothing was taken.
    """
    known, taken = {source}, []
    while (operator := graph.next) is not None and _depends_on(graph, operator, known):
        graph.take(operator.kind)
        taken.append(operator)
        known.add(operator.output)
    if not taken:
        return source, None
    last = taken[-1].output
    inside = {tensor for operator in taken for tensor in operator.inputs}
    for operator in graph.operators:
        if operator not in taken and (known - {last}) & set(operator.inputs):
            raise graph.refusal(operator, "it reads a tensor from inside an activation")
    if not known - {last} <= inside:
        raise graph.refusal(taken[0], "its result is not used")
    return last, table(graph, taken, source, last)


def _depends_on(graph: Graph, operator: Operator, known: set[int]) -> bool:
    computed = [index for index in operator.inputs if not graph.is_constant(index)]
    constants = [graph.constant(index) for index in operator.inputs]
    return (
        operator.kind in KINDS
        and bool(computed)
        and known.issuperset(computed)
        and all(constant is None or constant.size == 1 for constant in constants)
    )


def table(graph: Graph, operators: list[Operator], source: int, result: int) -> np.ndarray:
    """The values of `result` for each value of `source`: int8 (256,), by value + 128."""
    inputs = np.arange(-128, 128, dtype=np.int8)
    if any(operator.kind == "RSQRT" for operator in operators):
        # The kernel refuses numbers below 0, which no variance is.
        inputs = np.maximum(inputs, np.int8(graph.zero(source)))
    content = _model(graph, operators, source, result)

    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    with chatter.held_back():
        interpreter = Interpreter(
            model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF
        )
        interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], inputs[None, None, None])
    try:
        interpreter.invoke()
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0][:120]
        raise graph.refusal(operators[-1], f"the reference kernels say: {reason}") from None
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).reshape(256)


def _model(graph: Graph, operators: list[Operator], source: int, result: int) -> bytes:
    """A `.tflite` of these operators alone, on (1, 1, 1, 256)."""
    model = schema.ModelT()
    model.version = graph.model.version
    model.operatorCodes = graph.model.operatorCodes
    part = schema.SubGraphT()
    used = sorted({i for o in operators for i in (*o.inputs, o.output)})
    number = {old: new for new, old in enumerate(used)}
    model.buffers, part.tensors = [schema.BufferT()], []
    for index in used:
        tensor = copy.copy(graph.tensors[index])
        tensor.buffer = 0
        if graph.is_constant(index):
            model.buffers.append(graph.model.buffers[graph.tensors[index].buffer])
            tensor.buffer = len(model.buffers) - 1
        else:
            tensor.shape = np.array([1, 1, 1, 256], np.int32)
        part.tensors.append(tensor)
    part.operators = []
    for operator in operators:
        record = copy.copy(operator.record)
        record.inputs = np.array([number[i] for i in operator.inputs], np.int32)
        record.outputs = np.array([number[operator.output]], np.int32)
        part.operators.append(record)
    part.inputs = np.array([number[source]], np.int32)
    part.outputs = np.array([number[result]], np.int32)
    model.subgraphs = [part]
    builder = flatbuffers.Builder(4096)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())
