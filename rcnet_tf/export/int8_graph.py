"""An int8 `.tflite` that shows all its tensors: what is stored in each, in real numbers."""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.export.check import check_int8
from rcnet_tf.preprocess import quantize_input
from rcnet_tf.tflite_file import chatter, consistency, flatbuffer
from rcnet_tf.tflite_file.graph import operators, tensor_shape


class Int8Graph:
    """A strict int8 classifier and one interpreter that keeps every tensor.

    Args:
        content: the whole `.tflite`, as `tflite.int8` makes it.
        name: what errors call it.

    Attributes:
        model: the parsed file.
        operators: in the order of execution.
        names: of all tensors; "" for constants.
        constants: tensor -> weights and biases in real numbers, axes and the like in integers.
        input: the tensor that takes the picture.
        kernels: whose arithmetic runs, for reports.

    Raises:
        UserError: not a strict int8 classifier.
    """

    def __init__(self, content: bytes, name: str = "model"):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        self.model = flatbuffer.parse(content, name)
        flatbuffer.check_contract(self.model, name)
        check_int8(self.model, name)
        graph = self.model.subgraphs[0]
        self._tensors = graph.tensors
        self.input = int(graph.inputs[0])
        self.names = [(tensor.name or b"").decode(errors="replace") for tensor in self._tensors]
        self.operators = operators(self.model)
        self.constants = {
            index: values
            for index in range(len(self._tensors))
            if (values := self._constant(index)) is not None
        }
        # Reference kernels equal those of microcontrollers, bit for bit.
        reference = consistency.runs_on_reference(self.model)
        self.kernels = "LiteRT, reference" if reference else "LiteRT, optimised"
        plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        with chatter.held_back():
            self._interpreter = Interpreter(
                model_content=content,
                experimental_op_resolver_type=OpResolverType.BUILTIN_REF if reference else plain,
                experimental_preserve_all_tensors=True,
            )
            self._interpreter.allocate_tensors()

    def shape(self, index: int) -> tuple[int, ...]:
        """Shape of a tensor, batch first."""
        return tensor_shape(self._tensors[index])

    def quantization(self, index: int) -> tuple[float, int]:
        """Scale and zero point of an activation: real = scale * (stored - zero point)."""
        quantization = self._tensors[index].quantization
        return float(quantization.scale[0]), int(quantization.zeroPoint[0])

    def range(self, index: int) -> tuple[float, float]:
        """The smallest and the largest real number that an activation can hold."""
        scale, zero = self.quantization(index)
        return (-128 - zero) * scale, (127 - zero) * scale

    def run(self, pictures: np.ndarray) -> dict[int, np.ndarray]:
        """Run pictures, one after the other.

        Args:
            pictures: uint8 (B, S, S, 3).

        Returns:
            Tensor -> float32 (B, ...), for the input and all that operators make.
        """
        made = [self.input, *(operator.output for operator in self.operators)]
        found: dict[int, list[np.ndarray]] = {index: [] for index in made}
        for picture in pictures:
            self._interpreter.set_tensor(self.input, quantize_input(picture)[None])
            self._interpreter.invoke()
            for index in made:
                found[index].append(self._real(index))
        return {index: np.concatenate(values) for index, values in found.items()}

    def _real(self, index: int) -> np.ndarray:
        scale, zero = self.quantization(index)
        stored = self._interpreter.get_tensor(index).astype(np.float32)
        return (stored - np.float32(zero)) * np.float32(scale)

    def _constant(self, index: int) -> np.ndarray | None:
        tensor = self._tensors[index]
        data = self.model.buffers[tensor.buffer].data
        if data is None or tensor.type not in _STORED:
            return None
        stored = np.frombuffer(data.tobytes(), _STORED[tensor.type]).reshape(self.shape(index))
        quantization = tensor.quantization
        if quantization is None or quantization.scale is None or not len(quantization.scale):
            return stored
        scale = np.asarray(quantization.scale, np.float32)
        if len(scale) == 1:
            return (stored - np.float32(quantization.zeroPoint[0])) * scale[0]
        # One scale a channel; the zero points are 0 then.
        sides = [1] * stored.ndim
        sides[quantization.quantizedDimension] = -1
        return stored.astype(np.float32) * scale.reshape(sides)


_STORED = {schema.TensorType.INT8: np.int8, schema.TensorType.INT32: np.int32}
