"""Whether a network may have learnt from the pictures that it is to be judged by."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from rcnet_tf.data import trashnet
from rcnet_tf.data.published import MAIN
from rcnet_tf.data.splits import Splits
from rcnet_tf.files import sha256
from rcnet_tf.weights import PRETRAINED

_SETTINGS = "config.json"  # in the folder of a run, whose int8 network lies beside it
_REPORT = "report.json"  # of a conversion
_TRASHNET = "trashnet"
_UPSTREAM = ("dataset-resized", "dataset-resized.zip")
_SHIPPED = {file for sizes in PRETRAINED.values() for file, _ in sizes.values()}

SOURCES = "sources.json"
"""In the folder of a run: what it has learnt from."""


def warn_of_another_split(model: str | os.PathLike, data: str | os.PathLike, parts: Splits) -> None:
    """Say on stderr that a network was trained on another split of the same pictures.

    What is known: see `trained_on`.

    Args:
        model: name of the shipped weights, or path of a model.
        data, parts: where the pictures lie, and what `load.load` made of them.
    """
    theirs = trained_on(model)
    if theirs is None or not parts.drawn:
        return
    pictures, split = theirs
    here = called(data, parts)
    # Older runs have not written down what they recognised.
    same = pictures in (here, Path(data).absolute().name) or (
        here == _TRASHNET and pictures in _UPSTREAM
    )
    if same and split != parts.drawn:
        # Where the data have a test folder it is as it is.
        drawn = "val part" if parts.name.startswith("own folders") else "val and test parts"
        print(
            f"{model} was trained on split {split} of these pictures: it has seen some of split "
            f"{parts.drawn}'s {drawn}, and figures on them flatter it",
            file=sys.stderr,
        )


def called(data: str | os.PathLike, parts: Splits) -> str:
    """What pictures are called: TrashNet by its word, wherever it lies; others by their folder or
    zip.

    Args:
        data, parts: where they lie, and what `load.load` made of them.
    """
    return _TRASHNET if trashnet.is_split(parts) else Path(data).absolute().name


def trained_on(model: str | os.PathLike) -> tuple[str, str] | None:
    """Data, by name, and split that a network was trained on.

    Known of the shipped weights, of what lies in the folder of its run, and of a `.tflite` as long
    as the report of its conversion lies beside it; None of others.
    """
    path = Path(model)
    if str(model) in PRETRAINED or path.name in _SHIPPED:
        return _TRASHNET, MAIN
    try:
        if path.suffix == ".tflite" and path.with_name(_REPORT).is_file():
            report = _read(path.with_name(_REPORT))
            if report["files"][path.name]["sha256"] != sha256(path):
                return None
            settings = report["model"]["trained_on"]
        elif path.suffix in (".keras", ".tflite"):
            settings = _read(path.with_name(_SETTINGS))
        else:
            return None
        named = _called(path) or Path(settings["data"]).absolute().name
        return named, str(settings["split"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no run of ours


def _called(model: Path) -> str:
    """As its run has written it down; "" where there is none, or of an older version."""
    try:
        return str(_read(model.with_name(SOURCES)).get("pictures", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _read(file: Path):
    return json.loads(file.read_text(encoding="utf-8"))
