"""Damaged copies of a file, from a seed: bytes changed blindly, and fields changed with intent."""

from __future__ import annotations

import contextlib
import copy

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

INTEGERS = (0, 1, -1, 2, 3, 7, 127, -128, 255, 256, 4096, 65535, 2**24, 2**31 - 1, -(2**31))
FLOATS = (0.0, -1.0, 1.0, np.nan, np.inf, -np.inf, 1e-45, 1e-38, 1e-12, 1e12, 3e38)


def mutant(content: bytes, seed: int) -> bytes:
    """A damaged copy of a `.tflite`; another one for each seed."""
    random = np.random.default_rng(seed)
    if seed % 2:
        return damaged_fields(content, random)
    return damaged_bytes(content, random)


def damaged_bytes(content: bytes, random: np.random.Generator) -> bytes:
    """Some bytes flipped, set, cut out, doubled or moved, or the end cut off."""
    data = bytearray(content)
    for _ in range(int(random.integers(1, 6))):
        kind, place = random.integers(7), int(random.integers(len(data)))
        length = int(random.integers(1, 64))
        if kind < 3:  # where the structure is: flatbuffers are written from the end
            place = int(random.integers(min(len(data), 4096)))
        if kind in (0, 3):
            data[place] ^= 1 << int(random.integers(8))
        elif kind in (1, 4):
            word = int(random.choice(INTEGERS)) & 0xFFFFFFFF
            start = place // 4 * 4
            data[start : start + 4] = word.to_bytes(4, "little")
        elif kind == 2:
            other = int(random.integers(len(data)))
            data[place : place + length] = data[other : other + length]
        elif kind == 5:
            del data[place : place + length]
        else:
            data = data[: max(place, 8)]
    return bytes(data)


def damaged_fields(content: bytes, random: np.random.Generator) -> bytes:
    """One to three fields of the flatbuffer set to what no converter writes."""
    while True:
        model = schema.ModelT.InitFromPackedBuf(content, 0)
        for _ in range(int(random.integers(1, 4))):
            _damage(model, random)
        builder = flatbuffers.Builder(1 << 16)
        # What does not fit the type of its field cannot be written: try another.
        with contextlib.suppress(Exception):
            builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
            return bytes(builder.Output())


def _damage(model: schema.ModelT, random: np.random.Generator) -> None:
    """Walk from the root to some field, and change it."""
    holder = model
    while True:
        names = sorted(vars(holder))
        name = names[int(random.integers(len(names)))]
        value = getattr(holder, name)
        if isinstance(value, list) and value and random.random() < 0.9:
            value = value[int(random.integers(len(value)))]
        # Seldom the object itself, mostly something in it.
        if type(value).__module__ == schema.__name__ and random.random() < 0.95:
            holder = value
            continue
        with contextlib.suppress(TypeError):
            setattr(holder, name, _changed(getattr(holder, name), random))
        return


def _changed(value, random: np.random.Generator):
    if isinstance(value, np.ndarray):
        return _changed_array(value, random)
    if isinstance(value, list):
        return _changed_list(value, random)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        kind = random.integers(3)
        if kind == 0:
            return value + int(random.choice((-1, 1)))
        # The second is the code of some other operator, tensor type or activation.
        return int(random.choice(INTEGERS) if kind == 1 else random.integers(220))
    if isinstance(value, float):
        return float(random.choice(FLOATS))
    if isinstance(value, bytes):
        return bytes(random.integers(256, size=int(random.integers(40)), dtype=np.uint8))
    if value is None:
        return np.array([int(random.choice(INTEGERS))], np.int32)
    return None


def _changed_array(value: np.ndarray, random: np.random.Generator) -> np.ndarray | None:
    value, kind = value.copy(), random.integers(6)
    if kind == 0 or not len(value):
        return None
    place = int(random.integers(len(value)))
    if kind < 4:
        choice = FLOATS if value.dtype.kind == "f" else INTEGERS
        limits = None if value.dtype.kind == "f" else np.iinfo(value.dtype)
        new = random.choice(choice)
        value[place] = new if limits is None else np.clip(new, limits.min, limits.max)
        return value
    return value[:place] if kind == 4 else np.concatenate([value, value[place:]])


def _changed_list(value: list, random: np.random.Generator) -> list:
    value = list(value)
    if not value:
        return value
    one, other = (int(random.integers(len(value))) for _ in range(2))
    kind = random.integers(4)
    if kind == 0:
        del value[one]
    elif kind == 1:
        value[one], value[other] = value[other], value[one]
    elif kind == 2:
        value.insert(one, copy.deepcopy(value[other]))
    else:
        value[one] = copy.deepcopy(value[other])
    return value
