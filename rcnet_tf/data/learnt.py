"""Whether a network may have learnt from the pictures that it is to be judged by."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from rcnet_tf.data import trashnet
from rcnet_tf.data.splits import Splits
from rcnet_tf.weights import PRETRAINED, PRETRAINED_SPLIT

REPORT_FILE = "report.json"
"""What a conversion writes beside a .tflite; it tells what the network was trained on."""

_SHIPPED = {file for sizes in PRETRAINED.values() for file, _ in sizes.values()}


def warn_of_another_split(model: str | os.PathLike, data: str | os.PathLike, parts: Splits) -> None:
    """Say on stderr that a network was trained on another split of the same pictures.

    What is known: see `trained_on`.

    Args:
        model: name of the shipped weights, or path of a model.
        data, parts: where the pictures lie, and what `load.load` made of them.
    """
    theirs = trained_on(model)
    if theirs is None or parts.name == "own folders":
        return
    pictures, split = theirs
    published = parts.name in trashnet.SPLIT_NAMES
    same = Path(pictures).name == Path(data).name or (published and "trashnet" in (pictures, data))
    if same and split != parts.name.removeprefix("seed "):
        print(
            f"{model} was trained on split {split} of these pictures; those of another split's val "
            f"and test parts are among them, and figures on split {parts.name} flatter it",
            file=sys.stderr,
        )


def trained_on(model: str | os.PathLike) -> tuple[str, str] | None:
    """Data and split that a network was trained on, as in the settings of its run.

    Known of the shipped weights, of a `.keras` in the folder of its run, and of the `.tflite` that
    a conversion of these wrote, as long as its report lies beside it; None of others.
    """
    path = Path(model)
    if str(model) in PRETRAINED or path.name in _SHIPPED:
        return "trashnet", PRETRAINED_SPLIT
    try:
        if path.suffix == ".keras":
            settings = _read(path.with_name("config.json"))
        elif path.suffix == ".tflite":
            report = _read(path.with_name(REPORT_FILE))
            settings = report["model"]["trained_on"] if path.name in report["files"] else {}
        else:
            return None
        return str(settings["data"]), str(settings["split"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no run of ours


def _read(file: Path):
    return json.loads(file.read_text(encoding="utf-8"))
