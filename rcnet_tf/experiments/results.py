"""What the runs of a campaign came to: a line each, with all that it takes to do it again."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from rcnet_tf.data.splits import PUBLISHED
from rcnet_tf.errors import UserError
from rcnet_tf.experiments.jobs import training_options
from rcnet_tf.experiments.measure import MEASURED, PARTS
from rcnet_tf.experiments.plan import HOME, Run
from rcnet_tf.experiments.trainings import TRAININGS
from rcnet_tf.weights_digest import weights_sha256

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
# SHA-256 of the weights alone: a repetition of the run has the same.
_WEIGHTS = ("best_weights", "final_weights", "init_from_weights", "teacher_weights")
# What two repetitions of a run have in common.
_REPEATED = ("epochs", "best_epoch", "val_accuracy", "last_val_accuracy", "last_val_loss")
_WORDS = (
    "training",
    "split",
    "title",
    "sha256",
    "init_from_sha256",
    "teacher_sha256",
    *_WEIGHTS,
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
    *_WEIGHTS,
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


def merge(mine: Iterable[dict], theirs: Iterable[dict], name: str) -> list[dict]:
    """Rows of this campaign and of the same one elsewhere, each run once.

    Args:
        mine, theirs: of `rows` or `from_csv`. Of a run that stands in both, what one lacks (a test
            part that was met on one machine alone) is taken from the other.
        name: of the file with theirs, for the message.

    Raises:
        UserError: a run came to other figures there: it is another network, and what learnt from
            the one must not stand beside what learnt from the other.
    """
    merged = {(row["training"], row["split"]): row for row in theirs}
    for row in mine:
        key = row["training"], row["split"]
        there = merged.get(key, {})
        if differences := [
            f"{column} {_cell(there[column])} there, {_cell(row[column])} here"
            for column in (*_REPEATED, "best_weights", "final_weights")
            if column in row and column in there and _cell(row[column]) != _cell(there[column])
        ]:
            raise UserError(
                f"{name}: {'/'.join(key)} is another network there ({'; '.join(differences[:3])}); "
                "take its rows, and those of what learnt from it, out of one of the two"
            )
        merged[key] = {**there, **row}
    order = {name: index for index, name in enumerate((*TRAININGS, *PUBLISHED))}
    return sorted(
        merged.values(),
        key=lambda row: [order.get(row[name], len(order)) for name in ("training", "split")],
    )


def from_csv(text: str) -> list[dict]:
    """The rows again, of what `to_csv` gave: without the columns that are empty in them.

    Raises:
        ValueError: it is something else.
    """
    reader = csv.DictReader(io.StringIO(text))
    if missing := {"training", "split", "command"} - set(reader.fieldnames or ()):
        raise ValueError(f"no column {min(missing)}")
    return [{name: _value(name, cell) for name, cell in line.items() if cell} for line in reader]


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
        **_weights(run),
        "command": _command(run),
    }
    file = run.folder / MEASURED
    try:
        measured = json.loads(file.read_text(encoding="utf-8"))
        for part in PARTS:
            for kind, figures in measured[part].items():
                row |= {f"{part}_{kind}_{name}": figures[name] for name in _FIGURES}
        row |= {name: measured[name] for name in (*_COSTS, "python")}
        row["packages"] = " ".join(f"{name}={one}" for name, one in measured["packages"].items())
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{file} is not what this version writes: {error!r}") from None
    return row


def _validated(run: Run) -> list[dict[str, str]]:
    """The epochs after which it met the validation part."""
    path = run.folder / "history.csv"
    try:
        with path.open(encoding="utf-8") as file:
            lines = [line for line in csv.DictReader(file) if line["val_accuracy"]]
    except (OSError, KeyError) as error:
        raise UserError(f"{path} is no history of a run: {error!r}") from None
    if not lines:
        raise UserError(f"{path} has no epoch that met the validation part")
    return lines


def _weights(run: Run) -> dict[str, str]:
    """Digests of those that are there: what a run has learnt from may have been removed."""
    files = {
        "best_weights": run.folder / "best.keras",
        "final_weights": run.folder / "final.keras",
        "init_from_weights": Path(_init_from(run)),
        "teacher_weights": Path(run.config.teacher),
    }
    return {name: weights_sha256(file) for name, file in files.items() if file.is_file()}


def _init_from(run: Run) -> str:
    """What it started from: ImageNet's weights may have been a file, whatever the plan says."""
    settings = run.settings()
    return settings["init_from"] if run.from_imagenet else run.config.init_from


def _command(run: Run) -> str:
    """The training as one would type it where the pictures and `HOME` lie: as on any machine."""
    campaign = run.folder.parent.parent

    def place(path: str) -> str:
        if not path:
            return ""
        inside = Path(path).is_relative_to(campaign)
        return str(HOME / Path(path).relative_to(campaign)) if inside else Path(path).name

    config = dataclasses.replace(
        run.config,
        data=place(run.settings()["data"]),
        init_from=place(_init_from(run)),
        teacher=place(run.config.teacher),
    )
    options = training_options(config, TRAININGS[run.name].recipe)
    out = HOME / run.folder.relative_to(campaign)
    return shlex.join(["python", "-m", "rcnet_tf.train", *options, "--out", str(out)])
