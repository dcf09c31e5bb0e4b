"""Execute the notebooks, and tell where their committed outputs are stale.

    python notebooks/execute.py                            all of them; writes outputs and stamps
    python notebooks/execute.py notebooks/4_int8.ipynb     one

How a stale output is found (tests/notebooks): see README.md beside this file.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import os
import re
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient
from PIL import Image

from rcnet_tf.files import atomic_write, sha256
from rcnet_tf.weights import pretrained_path

HERE = Path(__file__).parent
NOTEBOOKS = sorted(HERE.glob("[0-9]_*.ipynb"))
QUICK = "RCNET_TF_NOTEBOOK_QUICK"
VARIES = "varies"
"""Tag of a cell whose output depends on the machine or on quick settings."""

_OURS = "rcnet_tf"  # in the metadata of a notebook
_TIMEOUT = 3600  # seconds for a cell
_FORGOTTEN = ("RCNET_TF_TRASHNET", "KERAS_BACKEND", QUICK)  # committed outputs are those without
_THUMBNAIL = (32, 32)
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?")


def execute(path: Path, folder: Path, **variables: str) -> nbformat.NotebookNode:
    """Run a notebook in a process of its own.

    Args:
        path: the notebook, which stays as it is.
        folder: working directory.
        variables: of the environment; the data set and quick mode have to be named here.

    Returns:
        The notebook with its outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    environment = {key: value for key, value in os.environ.items() if key not in _FORGOTTEN}
    places = (str(HERE.parent), os.environ.get("PYTHONPATH"))
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, places))
    client = NotebookClient(
        nbformat.read(path, 4),
        timeout=_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute(env={**environment, **variables})


def sources(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """What the outputs are made from: name -> SHA-256 of the cells, and of files in use."""
    files = {
        "weights": lambda: sha256(pretrained_path("trashnet")),
        "small weights": lambda: sha256(pretrained_path("trashnet", 96)),
        "int8": lambda: sha256(HERE.parent / "tflite" / "focus_rcnet_224_int8.tflite"),
    }
    code = "\0".join(cell.source for cell in code_cells(notebook))
    uses = notebook.metadata[_OURS]["uses"]
    return {
        "cells": hashlib.sha256(code.encode()).hexdigest(),
        **{one: files[one]() for one in uses},
    }


def stale(notebook: nbformat.NotebookNode) -> list[str]:
    """Why the outputs cannot be those of the notebook as it is; nothing is executed."""
    there = notebook.metadata[_OURS].get("made_from", {})
    reasons = [
        f"{name} changed" for name, now in sources(notebook).items() if there.get(name) != now
    ]
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        reasons.append("cells were not executed once each, in order")
    return reasons


def differences(committed: nbformat.NotebookNode, now: nbformat.NotebookNode) -> list[str]:
    """Cells whose outputs are others than the committed ones.

    Numbers below a thousand may differ by 5 %, as a network's do between processors; pictures are
    compared by thumbnails, so that another version of a font is no difference.
    """
    return [
        f"cell {one.id}: {reason}"
        for one, other in zip(code_cells(committed), code_cells(now), strict=True)
        if VARIES not in one.metadata.get("tags", [])
        for reason in _cell_differences(one, other)
    ]


def clean(notebook: nbformat.NotebookNode) -> None:
    """Leave what a reader wants to see: no progress, no logs, no versions of this machine."""
    for cell in code_cells(notebook):
        cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
        cell.metadata.pop("execution", None)
    notebook.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    notebook.metadata.language_info = {"name": "python"}
    notebook.metadata[_OURS]["made_from"] = sources(notebook)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells that are executed."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _cell_differences(one: nbformat.NotebookNode, other: nbformat.NotebookNode) -> list[str]:
    text, other_text = text_of(one), text_of(other)
    pictures, other_pictures = _pictures(one), _pictures(other)
    reasons = []
    if not _alike(text, other_text):
        reasons.append(f"prints {other_text!r}, not {text!r}")
    if len(pictures) != len(other_pictures):
        reasons.append(f"shows {len(other_pictures)} pictures, not {len(pictures)}")
    elif any(_far(*pair) for pair in zip(pictures, other_pictures, strict=True)):
        reasons.append("shows another picture")
    return reasons


def text_of(cell: nbformat.NotebookNode) -> str:
    """All that a cell printed or returned as text."""
    streams = [one.text for one in cell.outputs if one.get("name") == "stdout"]
    values = [one.data for one in cell.outputs if "data" in one]
    returned = [one.get("text/plain", "") for one in values if not _image(one)]
    return "".join([*streams, *returned])


def _pictures(cell: nbformat.NotebookNode) -> list[bytes]:
    found = [_image(one.data) for one in cell.outputs if "data" in one]
    return [base64.b64decode(one) for one in found if one]


def _image(data: dict) -> str | None:
    return data.get("image/png") or data.get("image/jpeg")


def _alike(text: str, other: str) -> bool:
    """The same words and counts in thousands, and other numbers that are near."""
    if _NUMBER.sub("#", text) != _NUMBER.sub("#", other):
        return False
    pairs = zip(_NUMBER.findall(text), _NUMBER.findall(other), strict=True)
    return all(_near(*pair) for pair in pairs)


def _near(number: str, other: str) -> bool:
    if "," in number or "," in other:
        return number == other
    one, two = float(number), float(other)
    return abs(one - two) <= 0.05 * max(one, 1.0)


def _far(picture: bytes, other: bytes) -> bool:
    one, two = (
        np.asarray(Image.open(io.BytesIO(content)).convert("L").resize(_THUMBNAIL, Image.BOX), int)
        for content in (picture, other)
    )
    return float(np.abs(one - two).mean()) > 3.0  # grey levels of 255


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, default=NOTEBOOKS)
    for path in parser.parse_args().notebooks:
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            notebook = execute(path, Path(folder), TMPDIR=folder)
        clean(notebook)
        atomic_write(path, nbformat.writes(notebook) + "\n")
        print(f"{path.name}: {time.monotonic() - start:.0f} s, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
