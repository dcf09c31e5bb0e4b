"""Golden vectors: real pictures, the answer that an int8 model must give, and where it goes wrong.

A file holds, for a few pictures, the raw int8 input, the expected int8 output, and a CRC-32 of
every stage in between, so that an engine that differs learns in which stage it starts to. All
values come from LiteRT's reference kernels, which equal TensorFlow Lite Micro bit for bit (see
`rcnet_tf.export.multipliers` and `dense` for what that takes); the optimised kernels of phones and
PCs do not (`python -m rcnet_tf.verify --data` says by how much).

The format, for readers in any language. All integers are little-endian; every record and every
array in it starts at a multiple of 16 bytes, what is left over is zero; pad16(n) is n rounded up to
a multiple of 16.

    header, 80 bytes
         0  char[8]    magic, "RCNETGLD"
         8  u32        version, 1
        12  u32        size of the whole file
        16  u8[32]     SHA-256 of the .tflite
        48  u32        S, side of the input
        52  u32        input_bytes = 3 * S * S
        56  u32        output_bytes = number of classes
        60  u32        stage_count
        64  u32        picture_count
        68  u32        picture_bytes, size of one picture record
        72  u32        CRC-32 of everything behind the header
        76  u32        0
    stage_count stage records, 64 bytes each, in the order of execution
         0  char[48]   name of the tensor in the .tflite, UTF-8, filled up with zeros, at least one
        48  u32        index of the tensor in the .tflite
        52  u32        bytes = height * width * channels
        56  u16, u16   height, width; 1, 1 for vectors
        60  u32        channels
    picture_count picture records, picture_bytes each
         0  char[48]   name, such as "glass/glass12.jpg", UTF-8, filled up with zeros, at least one
        48  i32        true class, or -1
        52  u32        CRC-32 of the input
        56  u8[8]      0
        64  u32[stage_count], padded to pad16(4 * stage_count): CRC-32 of each stage
         .  i8[output_bytes], padded to pad16(output_bytes): expected output, of the softmax
         .  i8[input_bytes], padded to pad16(input_bytes): input, pixel - 128, row by row, RGB

The CRC-32 is that of zlib, PNG and Ethernet (reflected polynomial 0xEDB88320, start and final XOR
0xFFFFFFFF; "123456789" gives 0xCBF43926), over the tensor's int8 values row by row, channels
innermost. An engine that makes a row at a time can carry it from row to row.

The last stage is the output itself. Which tensors are stages: `rcnet_tf.export.stages`.
"""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np

from rcnet_tf.errors import UserError

MAGIC = b"RCNETGLD"
"""What a golden file begins with."""

VERSION = 1
"""Of the format."""

NAME_BYTES = 48
"""Length of the field for a name, in bytes."""

_HEADER = struct.Struct("<8sII32sIIIIIIII")
_STAGE = struct.Struct(f"<{NAME_BYTES}sIIHHI")
_PICTURE = struct.Struct(f"<{NAME_BYTES}siI8x")

# Far above what any network of this project has; a damaged count must not cost memory.
_MAX_SIDE, _MAX_STAGES, _MAX_PICTURES, _MAX_CLASSES = 4096, 4096, 65536, 65536


@dataclass(frozen=True)
class Stage:
    """A tensor whose checksum is kept.

    Attributes:
        name: in the `.tflite`; the end of it where it has more than 47 bytes.
        tensor: its index there.
        shape: (height, width, channels).
    """

    name: str
    tensor: int
    shape: tuple[int, int, int]

    @property
    def bytes(self) -> int:
        """Size of the int8 tensor."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Picture:
    """One picture and what must become of it.

    Attributes:
        name: where it is from.
        label: true class, or -1.
        pixels: the int8 input, (S, S, 3).
        output: the int8 output, (classes,).
        checksums: CRC-32 of each stage.
    """

    name: str
    label: int
    pixels: np.ndarray
    output: np.ndarray
    checksums: tuple[int, ...]


@dataclass(frozen=True)
class Golden:
    """What a golden file holds.

    Attributes:
        model_sha256: hexadecimal, of the `.tflite` that the values belong to.
        stages: in the order of execution.
        pictures: at least one.
    """

    model_sha256: str
    stages: tuple[Stage, ...]
    pictures: tuple[Picture, ...]


def file_name(model: str) -> str:
    """Name of the golden file of a model: "x_224_int8.tflite" -> "x_224_golden.bin"."""
    stem = model.removesuffix(".tflite").removesuffix("_int8")
    return f"{stem}_golden.bin"


def checksum(tensor: np.ndarray) -> int:
    """CRC-32 of an int8 tensor's values in row-major order.

    Example:
        >>> hex(checksum(np.frombuffer(b"123456789", np.int8)))
        '0xcbf43926'
    """
    return zlib.crc32(np.ascontiguousarray(tensor, np.int8).tobytes())


def belongs_to(golden: Golden, model: bytes) -> bool:
    """Whether the values were made from exactly this `.tflite`."""
    return hashlib.sha256(model).hexdigest() == golden.model_sha256


def pack(golden: Golden) -> bytes:
    """The content of a golden file; the same `golden` gives the same bytes."""
    first = golden.pictures[0]
    stages = b"".join(
        _STAGE.pack(_name(stage.name), stage.tensor, stage.bytes, *stage.shape)
        for stage in golden.stages
    )
    records = [_record(picture) for picture in golden.pictures]
    body = stages + b"".join(records)
    header = _HEADER.pack(
        MAGIC,
        VERSION,
        _HEADER.size + len(body),
        bytes.fromhex(golden.model_sha256),
        first.pixels.shape[0],
        first.pixels.size,
        first.output.size,
        len(golden.stages),
        len(records),
        len(records[0]),
        zlib.crc32(body),
        0,
    )
    return header + body


def parse(content: bytes, name: str = "golden file") -> Golden:
    """Read a golden file.

    Args:
        content: all of it.
        name: what errors call it.

    Raises:
        UserError: it is none, of another version, truncated, or damaged.

    Example:
        >>> from pathlib import Path
        >>> golden = parse(Path("tflite/focus_rcnet_224_golden.bin").read_bytes())
        >>> len(golden.pictures), golden.pictures[0].pixels.shape, golden.stages[-1].shape
        (3, (224, 224, 3), (1, 1, 6))
    """
    if content[:8] != MAGIC:
        raise UserError(
            f"{name} holds no golden vectors; expected the _golden.bin that "
            "rcnet_tf.convert --int8 writes beside the .tflite"
        )
    try:
        return _parse(content)
    except (_Damaged, struct.error, ValueError) as error:
        reason = error if isinstance(error, _Damaged) else "it is truncated or corrupt"
        raise UserError(f"{name} cannot be read: {reason}; convert or copy it again") from None


class _Damaged(Exception):
    """Why a golden file cannot be read."""


def _parse(content: bytes) -> Golden:
    _, version, size, sha256, side, input_bytes, classes, *rest = _HEADER.unpack_from(content)
    stage_count, picture_count, picture_bytes, crc, _ = rest
    if version != VERSION:
        raise _Damaged(f"it is of version {version}, not {VERSION}")
    fits = (
        0 < side <= _MAX_SIDE
        and input_bytes == 3 * side * side
        and 0 < classes <= _MAX_CLASSES
        and 0 < stage_count <= _MAX_STAGES
        and 0 < picture_count <= _MAX_PICTURES
        and picture_bytes == _picture_bytes(stage_count, classes, input_bytes)
        and size == _HEADER.size + stage_count * _STAGE.size + picture_count * picture_bytes
    )
    if not fits:
        raise _Damaged("its header is corrupt")
    if len(content) != size:
        raise _Damaged(f"it has {len(content)} bytes, not {size}")
    if zlib.crc32(content[_HEADER.size :]) != crc:
        raise _Damaged("its checksum is wrong")
    stages = tuple(
        _stage(content, _HEADER.size + index * _STAGE.size) for index in range(stage_count)
    )
    start = _HEADER.size + stage_count * _STAGE.size
    pictures = tuple(
        _picture(content, start + index * picture_bytes, stage_count, classes, side)
        for index in range(picture_count)
    )
    return Golden(sha256.hex(), stages, pictures)


def _stage(content: bytes, at: int) -> Stage:
    name, tensor, size, *shape = _STAGE.unpack_from(content, at)
    if math.prod(shape) != size:
        raise _Damaged("a stage has another size than its shape")
    return Stage(_text(name), tensor, tuple(shape))


def _picture(content: bytes, at: int, stages: int, classes: int, side: int) -> Picture:
    name, label, crc = _PICTURE.unpack_from(content, at)
    at += _PICTURE.size
    checksums = struct.unpack_from(f"<{stages}I", content, at)
    at += _pad16(4 * stages)
    output = np.frombuffer(content, np.int8, classes, at)
    at += _pad16(classes)
    pixels = np.frombuffer(content, np.int8, 3 * side * side, at).reshape(side, side, 3)
    if checksum(pixels) != crc or checksum(output) != checksums[-1]:
        raise _Damaged("the checksum of a picture is wrong")
    return Picture(_text(name), label, pixels, output, checksums)


def _record(picture: Picture) -> bytes:
    head = _PICTURE.pack(_name(picture.name), picture.label, checksum(picture.pixels))
    checksums = struct.pack(f"<{len(picture.checksums)}I", *picture.checksums)
    return head + b"".join(
        map(_padded, (checksums, picture.output.tobytes(), picture.pixels.tobytes()))
    )


def _picture_bytes(stages: int, classes: int, input_bytes: int) -> int:
    return _PICTURE.size + _pad16(4 * stages) + _pad16(classes) + _pad16(input_bytes)


def _pad16(size: int) -> int:
    return -(-size // 16) * 16


def _padded(data: bytes) -> bytes:
    return data.ljust(_pad16(len(data)), b"\0")


def _name(text: str) -> bytes:
    """The end of a name, which tells more than its beginning; whole characters only."""
    end = text.encode(errors="replace")[-(NAME_BYTES - 1) :]
    return end.decode(errors="ignore").encode()


def _text(name: bytes) -> str:
    return name.split(b"\0")[0].decode(errors="replace")
