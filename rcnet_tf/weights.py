"""Weights that come with the package, each pinned by its SHA-256."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from rcnet_tf.files import sha256

# name -> (file in rcnet_tf/assets, SHA-256)
PRETRAINED: dict[str, tuple[str, str]] = {}


def pretrained_path(name: str) -> Path:
    """Path of shipped weights, their content checked.

    Raises:
        ValueError: no such weights, or the file is not the one that was shipped.
    """
    if name not in PRETRAINED:
        raise ValueError(f"weights {name!r}: expected one of {sorted(PRETRAINED)}, None or a path")
    file, digest = PRETRAINED[name]
    path = Path(str(resources.files("rcnet_tf") / "assets" / file))
    if not path.is_file() or sha256(path) != digest:
        raise ValueError(f"{path} is missing or damaged: reinstall rcnet_tf")
    return path


def load_pretrained(model, weights: str | os.PathLike) -> None:
    """Load weights by shipped name or `.weights.h5` path into a network of the same shape.

    Raises:
        ValueError: unknown name, missing file, or weights of another network.
    """
    path = Path(weights)
    if not str(weights).endswith(".weights.h5"):
        path = pretrained_path(str(weights))
    elif not path.is_file():
        raise ValueError(f"weights {weights}: no such file")
    model.load_weights(path)
