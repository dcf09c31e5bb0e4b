"""What the runs of a campaign came to: a line each, with all that it takes to do it again."""

from __future__ import annotations

import csv
import dataclasses
import functools
import io
import itertools
import json
import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from rcnet_tf.errors import UserError
from rcnet_tf.experiments.jobs import training_options
from rcnet_tf.experiments.measure import MEASURED, PARTS
from rcnet_tf.experiments.plan import HOME, Run
from rcnet_tf.experiments.trainings import TRAININGS
from rcnet_tf.training import run_folder
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
_WORDS = (
    "training",
    "split",
    "title",
    "sha256",
    "init_from_sha256",
    "teacher_sha256",
    *_WEIGHTS,
    "backend",
    "trained_with",
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
    "backend",
    "trained_with",
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
            _say_once(f"left out: {error}")
    return result


@functools.cache
def _say_once(line: str) -> None:
    """On stderr, however often results are written."""
    print(line, file=sys.stderr)


def to_csv(lines: Iterable[dict]) -> str:
    """The rows as CSV, with a header; empty cells where there is no figure, recalls as JSON."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for line in lines:
        writer.writerow({name: _cell(value) for name, value in line.items()})
    return text.getvalue()


def from_csv(text: str) -> list[dict]:
    """The rows again, of what `to_csv` gave: without the columns that are empty in them.

    Raises:
        ValueError: it is something else.
    """
    needed = ("training", "split", "title", "input_size")
    rows: list[dict] = []
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if missing := [name for name in needed if name not in (reader.fieldnames or ())]:
            raise ValueError(f"no column {missing[0]}")
        for line in reader:
            row = {name: _value(name, cell) for name, cell in line.items() if cell}
            if missing := [name for name in needed if name not in row]:
                raise ValueError(f"line {len(rows) + 2} has no {missing[0]}")
            rows.append(row)
    except (csv.Error, TypeError) as error:  # a cell too many is a list
        raise ValueError(f"line {len(rows) + 2}: {error}") from None
    return rows


def _value(name: str, cell: str) -> object:
    if name in _WORDS:
        return cell
    try:
        return json.loads(cell)  # numbers, and the recalls
    except ValueError:
        return float(cell)  # nan and inf


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value) if isinstance(value, dict) else value


def _row(run: Run) -> dict:
    row = {
        "training": run.name,
        "split": run.split,
        "title": TRAININGS[run.name].title,
        "input_size": run.config.input_size,
        "epochs": run.config.epochs,
        **_history(run),
        **_weights(run),
        "trained_with": _pairs(run_folder.trained_with(run.folder)),
        "command": _command(run),
    }
    file = run.folder / MEASURED
    try:
        measured = json.loads(file.read_text(encoding="utf-8"))
        for part in PARTS:
            for kind, figures in measured[part].items():
                row |= {f"{part}_{kind}_{name}": figures[name] for name in _FIGURES}
        row |= {name: measured[name] for name in (*_COSTS, "python")}
        row["packages"] = _pairs(measured["packages"])
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{file} is not what this version writes: {error!r}") from None
    return row


def _pairs(versions: Mapping[str, str]) -> str:
    return " ".join(f"{name}={one}" for name, one in versions.items())


def _history(run: Run) -> dict[str, int | float | str]:
    """How it fared on the validation part in training, at best and in the end, and on what it was
    trained.
    """
    path = run.folder / "history.csv"
    try:
        with path.open(encoding="utf-8") as file:
            epochs = list(csv.DictReader(file))
        lines = [line for line in epochs if line["val_accuracy"]]
        accuracies = [float(line["val_accuracy"]) for line in lines]
        best = accuracies.index(max(accuracies))
        return {
            "best_epoch": int(lines[best]["epoch"]),
            "val_accuracy": accuracies[best],
            "last_val_accuracy": accuracies[-1],
            "last_val_loss": float(lines[-1]["val_loss"]),
            # "jax tensorflow" where it went on under another; nothing of older versions' epochs.
            "backend": " ".join({line["backend"]: 0 for line in epochs if line.get("backend")}),
        }
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise UserError(f"{path} is no history of a run: {error!r}") from None


def _weights(run: Run) -> dict[str, str]:
    digests = {
        "best_weights": _digest(run.folder / "best.keras"),
        "final_weights": _digest(run.folder / "final.keras"),
    }
    sources = run_folder.sources(run.folder)
    return digests | {f"{name}_weights": digest for name, digest in sources.items()}


def _digest(file: Path) -> str:
    """Of a network, read once in this process: results are written after every training."""
    status = file.stat() if file.is_file() else None
    return _read_digest(file, status and status.st_mtime_ns)


@functools.cache
def _read_digest(file: Path, changed: int | None) -> str:
    return weights_sha256(file)


def _command(run: Run) -> str:
    """The training as one would type it where the pictures and `HOME` lie: as on any machine."""

    def place(path: str) -> str:
        if Path(path).parent in run.after:
            return str(HOME.joinpath(*Path(path).parts[-3:]))
        if path == ".":
            path = os.getcwd()
        names = Path(path).parts
        return str(Path(*names[-2:])) if names[-1:] == ("train",) else Path(path).name

    settings = run.settings()
    config = dataclasses.replace(
        run.config,
        data=place(settings["data"]),
        # ImageNet's weights may have been a file, whatever the plan says.
        init_from=place(settings["init_from"] if run.from_imagenet else run.config.init_from),
        teacher=place(run.config.teacher),
    )
    options = training_options(config, TRAININGS[run.name].recipe)
    out = HOME.joinpath(*run.folder.parts[-2:])
    return shlex.join(["python", "-m", "rcnet_tf.train", *options, "--out", str(out)])
