"""Rows of several splits as one line each, in Markdown: accuracy, and recall of the classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, stdev

from rcnet_tf.experiments.results import KINDS
from rcnet_tf.experiments.trainings import PAIRED, TRAININGS

# Zheng et al. 2023, Fig. 4: the best epoch on the paper's own validation part.
PAPER_RECALL = {
    "cardboard": 0.96,
    "glass": 0.90,
    "metal": 0.93,
    "paper": 0.97,
    "plastic": 0.90,
    "trash": 0.74,
}

_TITLES = {"float": "float", "int8": "int8, PC", "micro": "int8, microcontroller"}


def report(groups: Mapping[str, Sequence[str]], rows: Iterable[dict]) -> str:
    """A section for each group of which something was trained: its table and, if tested, recalls.

    Args:
        groups: heading -> names of trainings, in order.
        rows: of `results.rows`.
    """
    rows, sections = list(rows), []
    for heading, names in groups.items():
        mine = [row for row in rows if row["training"] in names]
        if mine:
            parts = [f"## {heading}", table(names, mine, heading in PAIRED)]
            if any("test_int8_recall" in row for row in mine):
                parts.append(class_table(names, mine))
            sections.append("\n\n".join(part.strip() for part in parts))
    return "\n\n".join(sections) + "\n"


def table(names: Sequence[str], rows: Iterable[dict], paired: bool = False) -> str:
    """One line a training: mean and standard deviation over the splits, in percent.

    RAM is TensorFlow Lite Micro's arena and before it, where the C99 engine runs the network, the
    engine's with the picture, without its stack of some hundred bytes. "splits" counts the runs
    behind a line's means, tested ones if any.

    Args:
        names: of the trainings, in order.
        rows: of `results.rows`.
        paired: add the float accuracy on the test parts less that of the line above, split by
            split: two networks that meet the same pictures differ by less than their spread
            suggests.
    """
    rows = list(rows)
    names = [name for name in names if any(row["training"] == name for row in rows)]
    papers = any(_paper(name) for name in names)
    head = ["training", "input", "parameters", "MACs", "int8 file", "RAM", "splits"]
    head += ["validation, float", *(f"test, {_TITLES[kind]}" for kind in KINDS)]
    head += ["float, to the line above"] if paired else []
    head += ["the paper, its validation part"] if papers else []
    lines = [head, ["---"] * len(head)]
    above: list[dict] = []
    for name in names:
        mine = [row for row in rows if row["training"] == name]
        line = _line(mine)
        line += [_paired(mine, above)] if paired else []
        line += [_paper(name)] if papers else []
        lines.append(line)
        above = mine
    return _markdown(lines)


def _paper(name: str) -> str:
    """What Zheng et al. give for a training, percent."""
    training = TRAININGS.get(name)
    return f"{training.paper:.4g}" if training and training.paper else ""


def class_table(names: Sequence[str], rows: Iterable[dict]) -> str:
    """One line a training: recall of each class on the test parts, in percent, in int8.

    And the accuracy, on all of them and without those that are in the validation part by which
    settings were chosen.

    Args:
        names: of the trainings, in order.
        rows: of `results.rows`; those that have not met their test part are left out, and some
            must have.
    """
    rows = [row for row in rows if "test_int8_recall" in row]
    classes = list(rows[0]["test_int8_recall"])
    lines = [["training", "input", "splits", *classes, "all", "all but split 42's val"]]
    lines.append(["---"] * len(lines[0]))
    if set(classes) == set(PAPER_RECALL):
        paper = [f"{100 * PAPER_RECALL[one]:.0f}" for one in classes]
        lines.append(["the paper, its own validation part", "380", "1", *paper, "92", ""])
    for training in names:
        mine = [row for row in rows if row["training"] == training]
        if mine:
            values = [spread([row["test_int8_recall"][one] for row in mine]) for one in classes]
            for name in ("accuracy", "fresh_accuracy"):
                column = f"test_int8_{name}"
                values.append(spread([row[column] for row in mine if row.get(column) is not None]))
            first = mine[0]
            lines.append([first["title"], str(first["input_size"]), str(len(mine)), *values])
    return _markdown(lines)


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def spread(values: Sequence[float]) -> str:
    """Mean and, of two or more, sample standard deviation, in percent: "88.39 ± 0.70"."""
    if not values:
        return ""
    text = f"{100 * mean(values):.2f}"
    return text if len(values) == 1 else f"{text} ± {100 * stdev(values):.2f}"


def _paired(rows: Sequence[dict], above: Sequence[dict]) -> str:
    """Mean and deviation of the differences on the splits that both have, in points."""
    column = "test_float_accuracy"
    before = {row["split"]: row[column] for row in above if column in row}
    differences = [
        row[column] - before[row["split"]]
        for row in rows
        if column in row and row["split"] in before
    ]
    text = spread(differences)
    return f"+{text}" if differences and mean(differences) > 0 else text


def _ram(row: dict) -> str:
    both = [row[name] for name in ("c99_bytes", "arena_bytes") if row.get(name)]
    return " / ".join(f"{number / 1000:.0f}" for number in both) + (" kB" if both else "")


def _line(rows: Sequence[dict]) -> list[str]:
    tested = [row for row in rows if "test_float_accuracy" in row]
    rows = tested or rows
    first = rows[0]

    def over_splits(column: str) -> str:
        return spread([row[column] for row in rows if column in row])

    return [
        first["title"],
        str(first["input_size"]),
        f"{first['parameters']:,}" if "parameters" in first else "",
        f"{first['macs'] / 1e6:.1f} M" if "macs" in first else "",
        f"{first['int8_bytes'] / 1000:.0f} kB" if "int8_bytes" in first else "",
        _ram(first),
        str(len(rows)),
        # A step on the way has not been measured; its best epoch is what there is.
        over_splits("val_float_accuracy") or over_splits("val_accuracy"),
        *(over_splits(f"test_{kind}_accuracy") for kind in KINDS),
    ]
