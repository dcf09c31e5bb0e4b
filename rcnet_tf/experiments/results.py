"""What the runs of a campaign came to: a line each, with all that it takes to do it again."""

from __future__ import annotations

import csv
import io
import itertools
import json
import shlex
import sys
from collections.abc import Iterable

from rcnet_tf.errors import UserError
from rcnet_tf.experiments.jobs import training_options
from rcnet_tf.experiments.measure import MEASURED, PARTS
from rcnet_tf.experiments.plan import Run
from rcnet_tf.experiments.trainings import TRAININGS

KINDS = ("float", "int8", "micro")
_FIGURES = (
    "accuracy",
    "fresh_accuracy",
    "macro_f1",
    "calibration_error",
    "same_decision",
    "recall",
)
_COSTS = (
    "parameters",
    "macs",
    "int8_bytes",
    "arena_bytes",
    "c99_bytes",
    "sha256",
    "init_from_sha256",
    "teacher_sha256",
)
_WORDS = (
    "training",
    "split",
    "title",
    "sha256",
    "init_from_sha256",
    "teacher_sha256",
    "python",
    "packages",
    "command",
)
COLUMNS = (
    "training",
    "split",
    "title",
    "input_size",
    "epochs",
    "best_epoch",
    "val_accuracy",
    "last_val_accuracy",
    "last_val_loss",
    *(
        "_".join(column)
        for column in itertools.product(PARTS, KINDS, _FIGURES)
        if column[:2] != ("val", "micro")
    ),
    *_COSTS,
    "python",
    "packages",
    "command",
)


def rows(runs: Iterable[Run]) -> list[dict]:
    """A dictionary for each run that has ended; figures are 0 to 1, absent where not measured.

    Folders with runs of other settings are left out; a line on stderr names each.
    """
    result = []
    for run in runs:
        try:
            if run.done():
                result.append(_row(run))
        except UserError as error:
            print(f"left out: {error}", file=sys.stderr)
    return result


def to_csv(lines: Iterable[dict]) -> str:
    """The rows as CSV, with a header; empty cells where there is no figure, recalls as JSON."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for line in lines:
        writer.writerow({name: _cell(value) for name, value in line.items()})
    return text.getvalue()


def from_csv(text: str) -> list[dict]:
    """The rows again, of what `to_csv` gave: without the columns that are empty in them."""
    return [
        {name: _value(name, cell) for name, cell in line.items() if cell}
        for line in csv.DictReader(io.StringIO(text))
    ]


def _value(name: str, cell: str) -> object:
    if name in _WORDS:
        return cell
    return json.loads(cell)  # numbers, and the recalls


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value) if isinstance(value, dict) else value


def _row(run: Run) -> dict:
    epochs = _validated(run)
    best = max(epochs, key=lambda line: float(line["val_accuracy"]))
    row = {
        "training": run.name,
        "split": run.split,
        "title": TRAININGS[run.name].title,
        "input_size": run.config.input_size,
        "epochs": run.config.epochs,
        "best_epoch": int(best["epoch"]),
        "val_accuracy": float(best["val_accuracy"]),
        "last_val_accuracy": float(epochs[-1]["val_accuracy"]),
        "last_val_loss": float(epochs[-1]["val_loss"]),
        "command": _command(run),
    }
    try:
        measured = json.loads((run.folder / MEASURED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return row
    for part in PARTS:
        for kind, figures in measured[part].items():
            row |= {f"{part}_{kind}_{name}": figures[name] for name in _FIGURES}
    row |= {name: measured[name] for name in (*_COSTS, "python")}
    row["packages"] = " ".join(f"{name}={one}" for name, one in measured["packages"].items())
    return row


def _validated(run: Run) -> list[dict[str, str]]:
    """The epochs after which it met the validation part."""
    with (run.folder / "history.csv").open(encoding="utf-8") as file:
        return [line for line in csv.DictReader(file) if line["val_accuracy"]]


def _command(run: Run) -> str:
    """The training as one would type it, with places as they were."""
    options = training_options(run.config, TRAININGS[run.name].recipe)
    return shlex.join(["python", "-m", "rcnet_tf.train", *options, "--out", str(run.folder)])
