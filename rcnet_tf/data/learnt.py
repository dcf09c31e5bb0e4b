"""Whether a network may have learnt from the pictures that it is to be judged by."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from rcnet_tf.data import trashnet
from rcnet_tf.data.splits import Splits
from rcnet_tf.weights import PRETRAINED, PRETRAINED_SPLIT

_SHIPPED = {file for sizes in PRETRAINED.values() for file, _ in sizes.values()}


def warn_of_another_split(model: str | os.PathLike, data: str | os.PathLike, parts: Splits) -> None:
    """Say on stderr that a network was trained on another split of the same pictures.

    What is known: the shipped weights' split, and that of a `.keras` in the folder of its run.

    Args:
        model: name of the shipped weights, or path of a model.
        data, parts: where the pictures lie, and what `load.load` made of them.
    """
    theirs = _trained_on(Path(model))
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


def _trained_on(model: Path) -> tuple[str, str] | None:
    """Data and split."""
    if str(model) in PRETRAINED or model.name in _SHIPPED:
        return "trashnet", PRETRAINED_SPLIT
    if model.suffix != ".keras":
        return None
    try:
        settings = json.loads((model.parent / "config.json").read_text(encoding="utf-8"))
        return str(settings["data"]), str(settings["split"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no run of ours
