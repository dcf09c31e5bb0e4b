"""Write a converted flatbuffer again: smaller, with readable names, always the same bytes.

What the converter writes for the paper's network is 725 KiB, of which 497 KiB are weights. Of the
rest, 45 KiB are names such as "model_1/layer_bn_1/batchnorm/add_1;model_1/layer_1/convolution;...",
and 89 KiB are the zero points of per-channel weights and biases, which are all 0. Here

- tensors are named after the layer they come from ("stage1_block2_expand_relu6", and inside a
  layer of several operators "stage1_simam/rsqrt"), weights are not named at all;
- equal arrays are stored once: a flatbuffer may refer to one array from many places;
- scales of products are moved a little, see `multipliers`;
- the version stamp of the converter is dropped: it says nothing that the report does not; the
  standard metadata is added;
- buffers lie at multiples of 16 bytes, as the format asks and Python's own writer does not.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

import rcnet_tf
from rcnet_tf.export import metadata, multipliers
from rcnet_tf.tflite_file import flatbuffer

DESCRIPTION = b"rcnet_tf"
_BUFFER_ALIGNMENT = 16


def slim(
    content: bytes,
    names: Callable[[schema.ModelT], dict[int, str]],
    labels: tuple[str, ...],
    name: str = "model",
) -> bytes:
    """Rewrite a `.tflite`.

    Args:
        content: as the converter made it.
        names: finds the names of inputs and of operators' results, by tensor; see `naming`.
        labels: names of the outputs, to travel in the file (see `flatbuffer.labels`).
        name: of the model, for its metadata.

    Returns:
        A `.tflite` of the same graph.
    """
    model = flatbuffer.parse(content)
    model.description = DESCRIPTION
    model.metadata = [
        entry for entry in model.metadata or [] if entry.name == b"min_runtime_version"
    ]
    named = names(model)
    for graph in model.subgraphs:
        for index, tensor in enumerate(graph.tensors):
            # Nothing else needs a name.
            tensor.name = named.get(index, "").encode() if graph is model.subgraphs[0] else b""
            tensor.shapeSignature = None  # all shapes are fixed
            if tensor.quantization is not None:
                tensor.quantization.min = tensor.quantization.max = None
    multipliers.settle(model)
    model.signatureDefs = [_signature(model.subgraphs[0])]
    size, classes = flatbuffer.check_contract(model, name)
    about = metadata.Metadata(
        name=name,
        description=f"Tells {classes} classes of pictures apart. Made by rcnet_tf.convert.",
        version=rcnet_tf.__version__,
        author="",
        license="",
        size=size,
    )
    metadata.attach(model, about)
    return _packed(model, labels)


def signed(content: bytes, author: str, license: str) -> bytes:
    """Say in the metadata of a slim `.tflite` who its weights are from, and on which terms."""
    model = flatbuffer.parse(content)
    about = metadata.of(model)
    metadata.attach(model, replace(about, author=author, license=license))
    return _packed(model, flatbuffer.labels(content))


def _packed(model: schema.ModelT, labels: tuple[str, ...]) -> bytes:
    _drop_unused_buffers(model)
    builder = _SharingBuilder(1 << 20)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return with_labels(bytes(builder.Output()), labels)


def with_labels(content: bytes, labels: tuple[str, ...]) -> bytes:
    """Append the class names to a flatbuffer, as the associated file "labels.txt".

    This is where TFLite's metadata keeps such files: a zip archive behind the flatbuffer, stored
    without compression.
    """
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a") as archive:
        # A fixed date and system: the same labels are the same bytes, anywhere, at any time.
        entry = zipfile.ZipInfo(flatbuffer.LABEL_FILE, date_time=(1980, 1, 1, 0, 0, 0))
        entry.create_system = 3
        archive.writestr(entry, "".join(f"{label}\n" for label in labels))
    return file.getvalue()


class _SharingBuilder(flatbuffers.Builder):
    """A builder that stores equal arrays and strings once, and aligns the buffers' bytes."""

    def __init__(self, size: int):
        super().__init__(size)
        self._stored: dict[tuple, int] = {}

    def CreateNumpyVector(self, x):
        if x.dtype == np.uint8 and len(x) > 0:
            # Only buffers are vectors of bytes here; as long as Prep's count is right, what follows
            # (the length, then this vector's first byte) starts at the alignment.
            return self._once(("bytes", x.tobytes()), lambda: self._aligned(x.tobytes()))
        create = super().CreateNumpyVector
        return self._once((x.dtype.str, x.tobytes()), lambda: create(x))

    def CreateString(self, s, encoding="utf-8", errors="strict"):
        create = super().CreateString
        return self._once(("string", s), lambda: create(s, encoding, errors))

    def _once(self, key: tuple, create) -> int:
        if key not in self._stored:
            self._stored[key] = create()
        return self._stored[key]

    def _aligned(self, data: bytes) -> int:
        self.StartVector(1, len(data), _BUFFER_ALIGNMENT)
        self.head = self.head - len(data)
        self.Bytes[self.head : self.head + len(data)] = data
        self.vectorNumElems = len(data)
        return self.EndVector()


def _drop_unused_buffers(model: schema.ModelT) -> None:
    """Number the buffers anew; what is computed shares buffer 0, by convention the empty one."""
    users = [tensor for graph in model.subgraphs for tensor in graph.tensors] + model.metadata
    for user in users:
        if model.buffers[user.buffer].data is None:
            user.buffer = 0
    used = sorted({0} | {user.buffer for user in users})
    number = {old: new for new, old in enumerate(used)}
    for user in users:
        user.buffer = number[user.buffer]
    model.buffers = [model.buffers[old] for old in used]


def _signature(graph: schema.SubGraphT) -> schema.SignatureDefT:
    """Names for input and output, by which `get_signature_runner` calls the graph."""
    signature = schema.SignatureDefT()
    signature.signatureKey = b"serving_default"
    signature.subgraphIndex = 0
    for field, indices in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        maps = []
        for index in indices:
            entry = schema.TensorMapT()
            entry.name, entry.tensorIndex = graph.tensors[index].name, int(index)
            maps.append(entry)
        setattr(signature, field, maps)
    return signature
