"""Python numbers as C text: arrays in rows, nested initialisers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

WIDTH = 100


def array(kind: str, name: str, values: Iterable[int]) -> str:
    """A static constant array."""
    items = [literal(int(value)) for value in values]
    return f"static const {kind} {name}[{len(items)}] = {{\n{_rows(items)}\n}};\n"


def records(kind: str, name: str, rows: Iterable[Iterable[int]]) -> str:
    """A static constant array of structures whose members are integers, one a line."""
    lines = ["    {" + ", ".join(literal(int(value)) for value in row) + "}," for row in rows]
    return f"static const {kind} {name}[{len(lines)}] = {{\n" + "\n".join(lines) + "\n};\n"


def literal(value: int) -> str:
    """An integer; the smallest int32 has no literal of its own."""
    return str(value) if value > -(2**31) else "(-2147483647 - 1)"


def by_unsigned(table: np.ndarray) -> np.ndarray:
    """A table by value + 128 as one by value & 255."""
    return np.roll(table, -128)


def structure(fields: dict, indent: int = 2) -> str:
    """A designated initialiser; values are texts, numbers or again dictionaries."""
    space = " " * indent
    rows = []
    for name, value in fields.items():
        text = structure(value, indent + 2) if isinstance(value, dict) else _text(value)
        rows.append(f"{space}.{name} = {text},\n")
    return "{\n" + "".join(rows) + " " * (indent - 2) + "}"


def _text(value) -> str:
    return literal(int(value)) if isinstance(value, int | np.integer) else str(value)


def _rows(items: list[str]) -> str:
    rows, row = [], "   "
    for item in items:
        if len(row) + len(item) + 2 > WIDTH:
            rows.append(row)
            row = "   "
        row += f" {item},"
    return "\n".join([*rows, row])
