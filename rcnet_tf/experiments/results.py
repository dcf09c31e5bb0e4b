"""What the runs of a campaign came to: a line each, with all that it takes to do it again."""

from __future__ import annotations

import csv
import io
import itertools
import json
import shlex
from collections.abc import Iterable, Mapping

from rcnet_tf.experiments.jobs import training_options
from rcnet_tf.experiments.measure import MEASURED, PARTS
from rcnet_tf.experiments.plan import Run
from rcnet_tf.experiments.trainings import TRAININGS

KINDS = ("float", "int8", "micro")
_FIGURES = ("accuracy", "macro_f1", "calibration_error", "same_decision", "recall")
_COSTS = ("parameters", "macs", "int8_bytes", "arena_bytes", "c99_bytes", "sha256")
COLUMNS = (
    "training",
    "split",
    "title",
    "input_size",
    "epochs",
    "best_epoch",
    "val_accuracy",
    *map("_".join, itertools.product(PARTS, KINDS, _FIGURES)),
    *_COSTS,
    "packages",
    "command",
)


def rows(runs: Iterable[Run]) -> list[dict]:
    """A dictionary for each run that has ended; figures are 0 to 1, absent where not measured."""
    return [_row(run) for run in runs if run.done()]


def to_csv(lines: Iterable[dict], earlier: str = "") -> str:
    """The rows as CSV, with a header; empty cells where there is no figure, recalls as JSON.

    Args:
        lines: of `rows`.
        earlier: what this function gave before; its lines of other runs are kept.
    """
    runs = {_run_of(line): line for line in csv.DictReader(io.StringIO(earlier))}
    for line in lines:
        runs[_run_of(line)] = {name: _cell(value) for name, value in line.items()}
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(runs.values())
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value) if isinstance(value, dict) else value


def _run_of(line: Mapping[str, object]) -> tuple[object, object]:
    return line.get("training"), line.get("split")


def _row(run: Run) -> dict:
    epoch, accuracy = _best(run)
    row = {
        "training": run.name,
        "split": run.split,
        "title": TRAININGS[run.name].title,
        "input_size": run.config.input_size,
        "epochs": run.config.epochs,
        "best_epoch": epoch,
        "val_accuracy": accuracy,
        "command": _command(run),
    }
    try:
        measured = json.loads((run.folder / MEASURED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return row
    for part in PARTS:
        for kind, figures in measured[part].items():
            row |= {f"{part}_{kind}_{name}": figures[name] for name in _FIGURES}
    row |= {name: measured[name] for name in _COSTS}
    row["packages"] = " ".join(f"{name}={one}" for name, one in measured["packages"].items())
    return row


def _best(run: Run) -> tuple[int, float]:
    """Epoch, and accuracy on the validation part."""
    with (run.folder / "history.csv").open(encoding="utf-8") as file:
        epochs = [line for line in csv.DictReader(file) if line["val_accuracy"]]
    best = max(epochs, key=lambda line: float(line["val_accuracy"]))
    return int(best["epoch"]), float(best["val_accuracy"])


def _command(run: Run) -> str:
    """The training as one would type it, with places as they were."""
    options = training_options(run.config, TRAININGS[run.name].recipe)
    return shlex.join(["python", "-m", "rcnet_tf.train", *options, "--out", str(run.folder)])
