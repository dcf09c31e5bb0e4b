"""The standard metadata of a `.tflite`: what Android Studio, MediaPipe and the TFLite Support
library read to feed a model and to name its outputs.

It is a flatbuffer of its own (identifier "M001", root table ModelMetadata) in the buffer that the
model's metadata entry "TFLITE_METADATA" names. The labels themselves are a file in a zip archive
behind the flatbuffer, see `slim.with_labels`; the metadata says which output they belong to.

No package that this one needs brings the schema, so that tables are written and read here by the
numbers of their fields, in the order of the published metadata_schema.fbs, version 1.1.0
(https://github.com/tensorflow/tflite-support, tensorflow_lite_support/metadata):

    ModelMetadata         0 name, 1 description, 2 version, 3 subgraph_metadata, 4 author,
                          5 license, 6 associated_files, 7 min_parser_version
    SubGraphMetadata      0 name, 1 description, 2 input_tensor_metadata, 3 output_tensor_metadata
    TensorMetadata        0 name, 1 description, 2 dimension_names, 3 content, 4 process_units,
                          5 stats, 6 associated_files
    Content               0 type of content_properties, 1 content_properties
    ImageProperties       0 color_space, 1 default_size
    ImageSize             0 width, 1 height
    ProcessUnit           0 type of options, 1 options
    NormalizationOptions  0 mean, 1 std
    Stats                 0 max, 1 min
    AssociatedFile        0 name, 1 description, 2 type
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.export import tables
from rcnet_tf.preprocess import INPUT_SCALE
from rcnet_tf.tflite_file.flatbuffer import LABEL_FILE

ENTRY = b"TFLITE_METADATA"
_IDENTIFIER = b"M001"
# Readers of the first version understand every field used here.
_MIN_PARSER_VERSION = "1.0.0"

# Members of the schema's enumerations and unions.
_FEATURE, _IMAGE = 1, 2
_NORMALIZATION = 1
_RGB = 1
_TENSOR_AXIS_LABELS = 2

# (pixel - mean) / std is the network's input, of an int8 model before it is quantised.
STD = 1.0 / INPUT_SCALE
MEAN = STD


@dataclass(frozen=True)
class Metadata:
    """What the metadata of a picture classifier says.

    Attributes:
        name: of the model.
        description: in a sentence.
        version: of what made it.
        author: "" if not known.
        license: of the weights; "" if not known.
        size: side of the input picture.
        mean: of the normalisation (pixel - mean) / std; pixel in 0 to 255.
        std: of the same.
        label_file: name of the file with the labels of the output, in the appended zip archive.
    """

    name: str
    description: str
    version: str
    author: str
    license: str
    size: int
    mean: float = MEAN
    std: float = STD
    label_file: str = LABEL_FILE


def encode(metadata: Metadata) -> bytes:
    """The flatbuffer; the same metadata gives the same bytes."""
    builder = flatbuffers.Builder(2048)
    size = metadata.size
    image = tables.table(builder, (0, "byte", _RGB), (1, "table", _size(builder, size)))
    normalization = tables.table(
        builder,
        (0, "table", tables.floats(builder, metadata.mean)),
        (1, "table", tables.floats(builder, metadata.std)),
    )
    unit = tables.table(builder, (0, "byte", _NORMALIZATION), (1, "table", normalization))
    taken = _tensor(
        builder,
        "image",
        f"RGB picture, the whole frame stretched to {size} x {size} by area average",
        content=_content(builder, _IMAGE, image),
        units=tables.vector(builder, unit),
        limits=((0.0 - metadata.mean) / metadata.std, (255.0 - metadata.mean) / metadata.std),
    )
    labels = tables.table(
        builder,
        (0, "table", builder.CreateString(metadata.label_file)),
        (1, "table", builder.CreateString("Names of the classes, one a line.")),
        (2, "byte", _TENSOR_AXIS_LABELS),
    )
    given = _tensor(
        builder,
        "probability",
        "Probability of every class.",
        content=_content(builder, _FEATURE, tables.table(builder)),
        files=tables.vector(builder, labels),
        limits=(0.0, 1.0),
    )
    graph = tables.table(
        builder,
        (2, "table", tables.vector(builder, taken)),
        (3, "table", tables.vector(builder, given)),
    )
    texts = {
        0: metadata.name,
        1: metadata.description,
        2: metadata.version,
        4: metadata.author,
        5: metadata.license,
        7: _MIN_PARSER_VERSION,
    }
    fields = [(slot, "table", builder.CreateString(text)) for slot, text in texts.items() if text]
    root = tables.table(builder, (3, "table", tables.vector(builder, graph)), *fields)
    builder.Finish(root, file_identifier=_IDENTIFIER)
    return bytes(builder.Output())


def decode(content: bytes) -> Metadata | None:
    """Read a metadata flatbuffer; None if it is damaged or not about a picture classifier."""
    if content[4:8] != _IDENTIFIER:
        return None
    try:
        return _decode(tables.Reader(content, 0).follow(0))
    except (struct.error, IndexError):
        return None


def of(model: schema.ModelT) -> Metadata | None:
    """The metadata of a parsed `.tflite`, if there is any that can be read."""
    for entry in model.metadata or []:
        if entry.name == ENTRY and 0 <= entry.buffer < len(model.buffers):
            data = model.buffers[entry.buffer].data
            return None if data is None else decode(data.tobytes())
    return None


def attach(model: schema.ModelT, metadata: Metadata) -> None:
    """Put metadata into a parsed `.tflite`, in place of what it has."""
    entry = schema.MetadataT()
    entry.name, entry.buffer = ENTRY, len(model.buffers)
    model.metadata = [one for one in model.metadata or [] if one.name != ENTRY] + [entry]
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(encode(metadata), np.uint8)
    model.buffers.append(buffer)


def _decode(root: tables.Reader) -> Metadata | None:
    graph = root.tables(3)[0]
    taken, given = graph.tables(2)[0], graph.tables(3)[0]
    content = taken.table(3)
    units = [unit for unit in taken.tables(4) if unit.byte(0) == _NORMALIZATION]
    files = [file for file in given.tables(6) if file.byte(2) == _TENSOR_AXIS_LABELS]
    if content.byte(0) != _IMAGE:
        return None
    return Metadata(
        name=root.text(0),
        description=root.text(1),
        version=root.text(2),
        author=root.text(4),
        license=root.text(5),
        size=content.table(1).table(1).number(0),
        mean=units[0].table(1).floats(0)[0],
        std=units[0].table(1).floats(1)[0],
        label_file=files[0].text(0),
    )


def _tensor(
    builder: flatbuffers.Builder,
    name: str,
    description: str,
    content: int,
    limits: tuple[float, float],
    units: int = 0,
    files: int = 0,
) -> int:
    """A TensorMetadata table; `limits` are the smallest and the largest real value."""
    least, most = (tables.floats(builder, limit) for limit in limits)
    return tables.table(
        builder,
        (0, "table", builder.CreateString(name)),
        (1, "table", builder.CreateString(description)),
        (3, "table", content),
        (4, "table", units),
        (5, "table", tables.table(builder, (0, "table", most), (1, "table", least))),
        (6, "table", files),
    )


def _content(builder: flatbuffers.Builder, kind: int, properties: int) -> int:
    return tables.table(builder, (0, "byte", kind), (1, "table", properties))


def _size(builder: flatbuffers.Builder, side: int) -> int:
    return tables.table(builder, (0, "number", side), (1, "number", side))
