"""What is in a `.tflite` file: operators, input and output, and where its bytes go.

Reads the flatbuffer alone; needs neither TensorFlow nor an interpreter.

    print(inspect.describe(Path("tflite/focus_rcnet_224_int8.tflite").read_bytes()).as_dict())
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass

from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.export import metadata
from rcnet_tf.export.metadata import Metadata
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import op_names, tensor_shape, type_name


@dataclass(frozen=True)
class Tensor:
    """An input or output.

    Attributes:
        name: in the file.
        dtype: "int8", "float32", ...
        shape: batch first.
        scale: of the quantisation: real = scale * (stored - zero_point); None if not quantised.
        zero_point: of the same.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    scale: float | None
    zero_point: int | None


@dataclass(frozen=True)
class Sizes:
    """Bytes of a file: `total` is the sum of the others."""

    total: int
    weights: int
    biases: int
    scales: int
    labels: int
    structure: int


@dataclass(frozen=True)
class Description:
    """A `.tflite` in numbers.

    Attributes:
        input, output: the two ends of the graph.
        operators: kind -> how many, most frequent first.
        tensors: type -> how many of all tensors, weights included.
        sizes: where the bytes go.
        labels: class names in the file, or None.
        metadata: what the standard metadata say, or None.
    """

    input: Tensor
    output: Tensor
    operators: dict[str, int]
    tensors: dict[str, int]
    sizes: Sizes
    labels: tuple[str, ...] | None
    metadata: Metadata | None

    def as_dict(self) -> dict:
        """For JSON."""
        return asdict(self)


def describe(content: bytes, name: str = "model") -> Description:
    """Read a `.tflite`.

    Args:
        content: the whole file.
        name: what errors call it.

    Raises:
        UserError: it is no `.tflite`, damaged, or no classifier of pictures.

    Example:
        >>> from pathlib import Path
        >>> model = describe(Path("tflite/focus_rcnet_224_int8.tflite").read_bytes())
        >>> model.input.dtype, model.input.shape, model.input.scale
        ('int8', (1, 224, 224, 3), 0.0078125)
    """
    model = flatbuffer.parse(content, name)
    flatbuffer.check_contract(model, name)
    graph = model.subgraphs[0]
    kinds = Counter(op_names(model))
    return Description(
        input=_tensor(graph.tensors[graph.inputs[0]]),
        output=_tensor(graph.tensors[graph.outputs[0]]),
        operators=dict(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))),
        tensors=dict(sorted(Counter(map(type_name, graph.tensors)).items())),
        sizes=_sizes(model, content),
        labels=flatbuffer.labels(content),
        metadata=metadata.of(model),
    )


def _tensor(tensor: schema.TensorT) -> Tensor:
    quantization = tensor.quantization
    quantized = quantization is not None and quantization.scale is not None
    return Tensor(
        name=(tensor.name or b"").decode(errors="replace"),
        dtype=type_name(tensor),
        shape=tensor_shape(tensor),
        scale=float(quantization.scale[0]) if quantized else None,
        zero_point=int(quantization.zeroPoint[0]) if quantized else None,
    )


def _sizes(model: schema.ModelT, content: bytes) -> Sizes:
    seen: set[bytes] = set()
    sizes: Counter[str] = Counter()

    def count(kind: str, array) -> None:
        content = b"" if array is None else array.tobytes()
        if content not in seen:  # equal arrays are stored once, see `slim`
            seen.add(content)
            sizes[kind] += len(content)

    for graph in model.subgraphs:
        for tensor in graph.tensors:
            is_bias = type_name(tensor) == "int32"
            count("biases" if is_bias else "weights", model.buffers[tensor.buffer].data)
            if tensor.quantization is not None:
                count("scales", tensor.quantization.scale)
    # The zip with the labels starts where its first local header does.
    appended = len(content) - content.rfind(b"PK\x03\x04") if flatbuffer.labels(content) else 0
    known = sizes["weights"], sizes["biases"], sizes["scales"], appended
    return Sizes(len(content), *known, structure=len(content) - sum(known))
