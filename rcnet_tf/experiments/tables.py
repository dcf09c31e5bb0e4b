"""Rows of several splits as one line each, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean, stdev

from rcnet_tf.experiments.results import KINDS

_TITLES = {"float": "float", "int8": "int8, PC", "micro": "int8, microcontroller"}


def table(names: Sequence[str], rows: Iterable[dict]) -> str:
    """One line a training: mean and standard deviation over the splits, in percent.

    Args:
        names: of the trainings, in order.
        rows: of `results.rows`.
    """
    rows = list(rows)
    head = ["training", "input", "parameters", "MACs", "splits", "validation"]
    head += [f"test, {_TITLES[kind]}" for kind in KINDS]
    lines = [head, ["---"] * len(head)]
    for name in names:
        mine = [row for row in rows if row["training"] == name]
        if mine:
            lines.append(_line(mine))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def spread(values: Sequence[float]) -> str:
    """Mean and, of two or more, sample standard deviation, in percent: "88.39 ± 0.70"."""
    if not values:
        return ""
    text = f"{100 * mean(values):.2f}"
    return text if len(values) == 1 else f"{text} ± {100 * stdev(values):.2f}"


def _line(rows: Sequence[dict]) -> list[str]:
    first = rows[0]

    def over_splits(column: str) -> str:
        return spread([row[column] for row in rows if column in row])

    return [
        first["title"],
        str(first["input_size"]),
        f"{first['parameters']:,}" if "parameters" in first else "",
        f"{first['macs'] / 1e6:.1f} M" if "macs" in first else "",
        str(len(rows)),
        over_splits("val_accuracy"),
        *(over_splits(f"test_{kind}_accuracy") for kind in KINDS),
    ]
