"""Names, types and shapes of what is in a parsed `.tflite` graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

# Types of weights and of input and output; everything that this project writes and more.
DTYPES: dict[int, np.dtype] = {
    schema.TensorType.FLOAT32: np.dtype(np.float32),
    schema.TensorType.FLOAT16: np.dtype(np.float16),
    schema.TensorType.INT8: np.dtype(np.int8),
    schema.TensorType.UINT8: np.dtype(np.uint8),
    schema.TensorType.INT16: np.dtype(np.int16),
    schema.TensorType.INT32: np.dtype(np.int32),
    schema.TensorType.INT64: np.dtype(np.int64),
    schema.TensorType.BOOL: np.dtype(np.bool_),
}

_OP_NAMES = {
    code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")
}


@dataclass(frozen=True)
class Operator:
    """One step of a graph; tensors are numbered as in the file.

    Attributes:
        kind: such as "CONV_2D".
        inputs: tensors that it reads, constants included.
        output: the tensor that it makes.
        options: the schema's.
        record: the schema's whole entry.
    """

    kind: str
    inputs: tuple[int, ...]
    output: int
    options: Any
    record: schema.OperatorT


def operators(model: schema.ModelT) -> list[Operator]:
    """The operators of the main graph in the order of execution."""
    return [
        Operator(
            kind,
            tuple(int(index) for index in record.inputs if index >= 0),
            int(record.outputs[0]),
            record.builtinOptions,
            record,
        )
        for record, kind in zip(model.subgraphs[0].operators, op_names(model), strict=True)
    ]


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
