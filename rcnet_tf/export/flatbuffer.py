"""Read a `.tflite` file, and make sure that it is one before any C++ sees it.

The interpreter trusts its file: an index out of range or a buffer too short ends the process. Here
all of that is checked first. Needs the flatbuffer schema of `ai_edge_litert`, no TensorFlow.
"""

from __future__ import annotations

import io
import math
import struct
import zipfile

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.errors import UserError

# Types of weights and of input and output; everything that this project writes and more.
DTYPES = {
    schema.TensorType.FLOAT32: np.dtype(np.float32),
    schema.TensorType.FLOAT16: np.dtype(np.float16),
    schema.TensorType.INT8: np.dtype(np.int8),
    schema.TensorType.UINT8: np.dtype(np.uint8),
    schema.TensorType.INT16: np.dtype(np.int16),
    schema.TensorType.INT32: np.dtype(np.int32),
    schema.TensorType.INT64: np.dtype(np.int64),
    schema.TensorType.BOOL: np.dtype(np.bool_),
}
LABEL_FILE = "labels.txt"

# What the generated reader raises on bytes that are no flatbuffer.
_DAMAGE = (struct.error, ValueError, IndexError, TypeError, AttributeError, OverflowError)

_OP_NAMES = {
    code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")
}


def parse(content: bytes, name: str = "model") -> schema.ModelT:
    """The flatbuffer as Python objects, its structure checked.

    Args:
        content: a whole `.tflite` file.
        name: what errors call it.

    Raises:
        UserError: not a `.tflite` file, truncated, or inconsistent.
    """
    if content[4:8] != b"TFL3":
        raise UserError(f"{name} is no .tflite file; expected one as rcnet_tf.convert writes it")
    try:
        model = schema.ModelT.InitFromPackedBuf(content, 0)
        _check(model)
    except _DAMAGE as error:
        reason = error if isinstance(error, _Broken) else "it is truncated or corrupt"
        raise UserError(f"{name} cannot be read: {reason}; convert or copy it again") from None
    return model


def op_names(model: schema.ModelT) -> list[str]:
    """Names of the operators of the main graph in the order of execution, such as "CONV_2D"."""
    codes = model.operatorCodes
    return [op_name(codes[operator.opcodeIndex]) for operator in model.subgraphs[0].operators]


def op_name(code: schema.OperatorCodeT) -> str:
    """Name of one operator; custom ones by their own."""
    # Files from before 2020 have the code in the 8-bit field alone.
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    if number == schema.BuiltinOperator.CUSTOM:
        return f"CUSTOM:{(code.customCode or b'?').decode(errors='replace')}"
    return _OP_NAMES.get(number, f"UNKNOWN:{number}")


def tensor_shape(tensor: schema.TensorT) -> tuple[int, ...]:
    """Shape of a tensor as a tuple; () for scalars."""
    return tuple(int(side) for side in tensor.shape) if tensor.shape is not None else ()


def type_name(tensor: schema.TensorT) -> str:
    """Type of a tensor's elements, such as "int8"."""
    for name, number in vars(schema.TensorType).items():
        if number == tensor.type and not name.startswith("_"):
            return name.lower()
    return f"type {tensor.type}"


def labels(content: bytes) -> tuple[str, ...] | None:
    """Class names that a `.tflite` file carries, or None.

    They lie in a text file, a name a line, in a zip archive appended to the flatbuffer: the
    "associated file" of TFLite's metadata. Interpreters do not look behind the flatbuffer.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            texts = [name for name in archive.namelist() if name.endswith(".txt")]
            if not texts:
                return None
            name = LABEL_FILE if LABEL_FILE in texts else texts[0]
            return tuple(archive.read(name).decode().splitlines())
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError, NotImplementedError):
        return None


class _Broken(ValueError):
    """A file that can be parsed and makes no sense; the message says why."""


def _check(model: schema.ModelT) -> None:
    """Every index within its list, every constant as long as its shape says."""
    if not model.subgraphs or not model.buffers or not model.operatorCodes:
        raise _Broken("it holds no graph")
    for graph in model.subgraphs:
        if not graph.tensors or not graph.operators:
            raise _Broken("it holds an empty graph")
        count = len(graph.tensors)
        _within(graph.inputs, count, "input")
        _within(graph.outputs, count, "output")
        for operator in graph.operators:
            if not 0 <= operator.opcodeIndex < len(model.operatorCodes):
                raise _Broken("an operator has no code")
            _within(operator.inputs, count, "operator", optional=True)
            _within(operator.outputs, count, "operator")
        for tensor in graph.tensors:
            _check_tensor(tensor, model.buffers)


def _within(indices, count: int, what: str, optional: bool = False) -> None:
    indices = np.asarray([] if indices is None else indices, np.int64)
    if np.any(indices < (-1 if optional else 0)) or np.any(indices >= count):
        raise _Broken(f"an {what} names a tensor that does not exist")


def _check_tensor(tensor: schema.TensorT, buffers: list[schema.BufferT]) -> None:
    if not 0 <= tensor.buffer < len(buffers):
        raise _Broken("a tensor names a buffer that does not exist")
    shape = tensor_shape(tensor)
    if any(side < 0 for side in shape) or len(shape) > 8:
        raise _Broken(f"a tensor has the shape {shape}")
    data = buffers[tensor.buffer].data
    size = 0 if data is None else len(data)
    if size and tensor.type in DTYPES and tensor.sparsity is None:
        expected = math.prod(shape) * DTYPES[tensor.type].itemsize
        if size != expected:
            raise _Broken(f"a tensor of shape {shape} has {size} bytes, not {expected}")
    _check_quantization(tensor.quantization, shape)


def _check_quantization(quantization, shape: tuple[int, ...]) -> None:
    if quantization is None or quantization.scale is None or not len(quantization.scale):
        return
    scale, zero = np.asarray(quantization.scale), quantization.zeroPoint
    if not np.all(np.isfinite(scale)) or np.any(scale <= 0):
        raise _Broken("a tensor has a scale that is no positive number")
    if zero is None or len(zero) != len(scale):
        raise _Broken("a tensor has scales and zero points of different number")
    if len(scale) > 1:
        axis = quantization.quantizedDimension
        if not 0 <= axis < len(shape) or shape[axis] != len(scale):
            raise _Broken(f"a tensor of shape {shape} has {len(scale)} scales")


def check_contract(model: schema.ModelT, name: str) -> tuple[int, int]:
    """Return input size and number of classes of a graph that classifies one picture at a time.

    Raises:
        UserError: it does something else.
    """
    graph = model.subgraphs[0]
    ends = [graph.inputs, graph.outputs]
    if all(end is not None and len(end) == 1 for end in ends):
        source, result = (graph.tensors[end[0]] for end in ends)
        taken, given = tensor_shape(source), tensor_shape(result)
        fits = (
            len(taken) == 4
            and taken[0] == 1
            and taken[1] == taken[2] > 0
            and taken[3] == 3
            and len(given) == 2
            and given[0] == 1
            and given[1] > 0
            and all(_is_number(tensor) for tensor in (source, result))
        )
        if fits:
            return taken[1], given[1]
        got = f"{taken} to {given}"
    else:
        got = f"{len(ends[0])} inputs to {len(ends[1])} outputs"
    raise UserError(
        f"{name} maps {got}; expected a classifier, (1, S, S, 3) to (1, classes), float32 or "
        "quantised to 8 bits, as rcnet_tf.convert writes it"
    )


def _is_number(tensor: schema.TensorT) -> bool:
    """float32, or 8 bits with one scale."""
    if tensor.type == schema.TensorType.FLOAT32:
        return True
    scale = tensor.quantization.scale if tensor.quantization else None
    eight_bits = tensor.type in (schema.TensorType.INT8, schema.TensorType.UINT8)
    return eight_bits and scale is not None and len(scale) == 1
