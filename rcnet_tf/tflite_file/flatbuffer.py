"""Read a `.tflite` file, and make sure that it is one before any C++ sees it.

Needs the flatbuffer schema of `ai_edge_litert`, no TensorFlow.
"""

from __future__ import annotations

import io
import struct
import zipfile

from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.errors import DAMAGED, UserError
from rcnet_tf.tflite_file import consistency
from rcnet_tf.tflite_file.graph import tensor_shape

LABEL_FILE = "labels.txt"
_MOST_LABEL_BYTES = 1 << 20  # a small archive may unpack to more than there is memory

# What the generated reader raises on bytes that are no flatbuffer.
_DAMAGE = (struct.error, ValueError, IndexError, TypeError, AttributeError, OverflowError)


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
        consistency.check(model)
    except _DAMAGE as error:
        reason = error if isinstance(error, consistency.Broken) else "it is truncated or corrupt"
        raise UserError(f"{name} cannot be read: {reason}; convert or copy it again") from None
    return model


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
            with archive.open(name) as file:
                text = file.read(_MOST_LABEL_BYTES + 1)  # whatever the archive says of its size
            return tuple(text.decode().splitlines()) if len(text) <= _MOST_LABEL_BYTES else None
    except DAMAGED:
        # No archive, a damaged one, or one with a password or an unknown compression: a model
        # without names is as good as any, its outputs are numbered then.
        return None


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
