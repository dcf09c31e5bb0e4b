"""Tables of a flatbuffer, written and read by the numbers of their fields: no generated code."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import flatbuffers
import numpy as np


def table(builder: flatbuffers.Builder, *fields: tuple[int, str, int]) -> int:
    """Write a table.

    Args:
        builder: with everything in it that the table refers to.
        *fields: (number, kind, value); kind is "byte", "number" (32 bits, unsigned) or "table",
            for a reference to a table, vector or string. A value of 0 is left out.
    """
    put = {
        "byte": builder.PrependInt8Slot,
        "number": builder.PrependUint32Slot,
        "table": builder.PrependUOffsetTRelativeSlot,  # or a vector or a string
    }
    builder.StartObject(1 + max((slot for slot, _, _ in fields), default=-1))
    for slot, kind, value in fields:
        put[kind](slot, value, 0)
    return builder.EndObject()


def vector(builder: flatbuffers.Builder, *tables: int) -> int:
    """Write a vector of references."""
    builder.StartVector(4, len(tables), 4)
    for table in reversed(tables):
        builder.PrependUOffsetTRelative(table)
    return builder.EndVector()


def floats(builder: flatbuffers.Builder, *values: float) -> int:
    """Write a vector of 32-bit numbers."""
    return builder.CreateNumpyVector(np.array(values, np.float32))


@dataclass(frozen=True)
class Reader:
    """A table at a position in a flatbuffer.

    Texts, numbers and vectors that it does not have are "", 0 and empty. On damage, and where a
    table is missing, the methods raise `struct.error` or `IndexError`.
    """

    content: bytes
    position: int

    def text(self, slot: int) -> str:
        """A text."""
        at = self._vector(slot)
        if not at:
            return ""
        return self.content[at + 4 : at + 4 + self._get("<I", at)].decode(errors="replace")

    def table(self, slot: int) -> Reader:
        """A table, which must be there."""
        at = self._field(slot)
        if not at:
            raise IndexError(f"the table has no field {slot}")
        return self.follow(at)

    def tables(self, slot: int) -> list[Reader]:
        """A vector of tables."""
        at = self._vector(slot)
        return [self.follow(at + 4 + 4 * index) for index in range(self._length(at))]

    def floats(self, slot: int) -> list[float]:
        """A vector of float32."""
        at = self._vector(slot)
        return [self._get("<f", at + 4 + 4 * index) for index in range(self._length(at))]

    def byte(self, slot: int) -> int:
        """A signed byte."""
        at = self._field(slot)
        return self._get("<b", at) if at else 0

    def number(self, slot: int) -> int:
        """An unsigned number of 32 bits."""
        at = self._field(slot)
        return self._get("<I", at) if at else 0

    def follow(self, at: int) -> Reader:
        """What the reference at a position points to."""
        return Reader(self.content, at + self._get("<I", at))

    def _field(self, slot: int) -> int:
        """Position of a field, 0 if the table has none."""
        table = self.position - self._get("<i", self.position)
        if 4 + 2 * slot >= self._get("<H", table):
            return 0
        offset = self._get("<H", table + 4 + 2 * slot)
        return self.position + offset if offset else 0

    def _vector(self, slot: int) -> int:
        """Position of a vector's length; position 0 holds none."""
        at = self._field(slot)
        return self.follow(at).position if at else 0

    def _length(self, at: int) -> int:
        """Number of the 4-byte elements of a vector."""
        length = self._get("<I", at) if at else 0
        if 4 * length > len(self.content):
            raise IndexError("a vector is longer than the file")
        return length

    def _get(self, kind: str, at: int):
        if at < 0:  # Python would count from the end
            raise IndexError("a reference points out of the file")
        return struct.unpack_from(kind, self.content, at)[0]
