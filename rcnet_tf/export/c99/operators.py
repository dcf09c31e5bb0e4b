"""The operators of a strict int8 graph in the order of execution, and the refusal of one."""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.errors import UserError
from rcnet_tf.export.check import check_int8
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import Operator, operators, tensor_shape

_STORED = {schema.TensorType.INT8: np.int8, schema.TensorType.INT32: np.int32}


class Graph:
    """A parsed classifier, read operator by operator.

    Args:
        content: a `.tflite`.
        name: what errors call it.

    Raises:
        UserError: not a strict int8 classifier.
    """

    def __init__(self, content: bytes, name: str):
        self.model = flatbuffer.parse(content, name)
        self.size, self.classes = flatbuffer.check_contract(self.model, name)
        check_int8(self.model, name)
        self.name = name
        graph = self.model.subgraphs[0]
        self.tensors = graph.tensors
        self.input, self.output = int(graph.inputs[0]), int(graph.outputs[0])
        self.operators = operators(self.model)
        self._at = 0

    @property
    def next(self) -> Operator | None:
        """The operator that was not taken yet, or None at the end."""
        return self.operators[self._at] if self._at < len(self.operators) else None

    def take(self, kind: str, *inputs: int) -> Operator:
        """Take the next operator, which must be of this kind and read these tensors first.

        Raises:
            UserError: it is another.
        """
        operator = self.next
        if operator is None:
            raise self.refusal(None, f"the graph ends where {kind} was expected")
        if operator.kind != kind:
            raise self.refusal(operator, f"expected {kind} here")
        if operator.inputs[: len(inputs)] != inputs:
            raise self.refusal(operator, "it reads other tensors than the layer before it made")
        self._at += 1
        return operator

    def refusal(self, operator: Operator | None, reason: str) -> UserError:
        """The error that names an operator and what is wrong with it."""
        who = f"{operator.kind} {self.tensor_name(operator.output)!r}: " if operator else ""
        return UserError(
            f"{self.name} cannot become C99: {who}{reason}; the engine knows the int8 networks of "
            "rcnet_tf.FocusRCNet with sandglass blocks, others run on TensorFlow Lite Micro"
        )

    def tensor_name(self, index: int) -> str:
        """Name in the file."""
        return (self.tensors[index].name or b"").decode(errors="replace")

    def shape(self, index: int) -> tuple[int, ...]:
        """Shape, batch first."""
        return tensor_shape(self.tensors[index])

    def scale(self, index: int) -> float:
        """Scale of a tensor that has one."""
        return float(self.tensors[index].quantization.scale[0])

    def scales(self, index: int) -> np.ndarray:
        """float32 scales, one or one a channel."""
        return np.asarray(self.tensors[index].quantization.scale, np.float32)

    def zero(self, index: int) -> int:
        """Zero point."""
        return int(self.tensors[index].quantization.zeroPoint[0])

    def constant(self, index: int) -> np.ndarray | None:
        """Values of a constant as stored, or None for what is computed."""
        tensor = self.tensors[index]
        data = self.model.buffers[tensor.buffer].data
        if data is None or tensor.type not in _STORED:
            return None
        return np.frombuffer(data.tobytes(), _STORED[tensor.type]).reshape(self.shape(index))

    def is_constant(self, index: int) -> bool:
        """Whether a tensor is stored in the file."""
        return self.constant(index) is not None
