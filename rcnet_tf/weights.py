"""Weights that come with the package, each pinned by its SHA-256."""

from __future__ import annotations

import os
import warnings
import zipfile
from importlib import resources
from pathlib import Path

from rcnet_tf.files import sha256

# name -> (file in rcnet_tf/assets, SHA-256)
PRETRAINED: dict[str, tuple[str, str]] = {
    "trashnet": (
        "focus_rcnet_224_trashnet.weights.h5",
        "0df4a9729a5fe3e5d6921157d5707cdebf1aaeb85f34f328a0909eac23cb5058",
    ),
}


def pretrained_path(name: str) -> Path:
    """Path of shipped weights, their content checked.

    Raises:
        ValueError: no such weights, or the file is not the one that was shipped.
    """
    if name not in PRETRAINED:
        shipped = ", ".join(map(repr, sorted(PRETRAINED))) or "no name (none are shipped)"
        raise ValueError(
            f"weights {name!r}: expected {shipped}, None or a .weights.h5 or .keras path"
        )
    file, digest = PRETRAINED[name]
    path = Path(str(resources.files("rcnet_tf") / "assets" / file))
    if not path.is_file() or sha256(path) != digest:
        raise ValueError(f"{path} is missing or damaged: reinstall rcnet_tf")
    return path


def load_pretrained(model, weights: str | os.PathLike) -> None:
    """Load weights by shipped name, or from a `.weights.h5` or `.keras` file.

    The network must have the layers of the one that was saved; its last ones may be missing, so
    that a network without top takes the weights of one with any classifier. Layers without weights
    leave no trace in a file: whether SimAM was there cannot be seen.

    Raises:
        ValueError: unknown name, missing or damaged file, or weights of another network.
    """
    path = Path(weights)
    if path.suffix not in (".h5", ".keras"):
        path = pretrained_path(str(weights))
    elif not path.is_file():
        raise ValueError(f"weights {weights}: no such file")
    try:
        with warnings.catch_warnings():
            # Keras warns once for every layer before it raises.
            warnings.simplefilter("ignore")
            model.load_weights(path)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:300]
        raise ValueError(f"weights {weights} do not fit {model.name!r}: {reason}") from None
