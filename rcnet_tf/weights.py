"""Weights that come with the package, each pinned by its SHA-256."""

from __future__ import annotations

import math
import os
import warnings
from importlib import resources
from pathlib import Path

from rcnet_tf.errors import DAMAGED
from rcnet_tf.files import sha256
from rcnet_tf.preprocess import DEFAULT_SIZE, check_size

PRETRAINED: dict[str, dict[int, tuple[str, str]]] = {
    "trashnet": {
        96: (
            "focus_rcnet_96_trashnet.weights.h5",
            "ce65868001cf012def143c20e951e70bdd1ca2d6a3d73333c51177623556acd4",
        ),
        128: (
            "focus_rcnet_128_trashnet.weights.h5",
            "6991b1307b5817be06ede919695bd2da2c587e5511b940f100453cb6e125e99a",
        ),
        160: (
            "focus_rcnet_160_trashnet.weights.h5",
            "d6cacf76ac9dff11dc258359cf7f5fd9cc1925197dc8b067fcf289850a543225",
        ),
        224: (
            "focus_rcnet_224_trashnet.weights.h5",
            "a030e9fa6d4a9a845041f9acc5ed0a3e1ceaa08f7c7c41f8f30c959520c276b2",
        ),
    },
}
"""Name -> side of the input they were trained at, pixels -> (file in rcnet_tf/assets, SHA-256)."""


def trained_size(name: str, size: int) -> int:
    """The input size of the shipped weights of a name that is nearest to `size` in proportion.

    Raises:
        ValueError: no network takes pictures of this size.
    """
    check_size(size)
    return min(PRETRAINED[name], key=lambda one: abs(math.log(one / size)))


def pretrained_path(name: str, size: int = DEFAULT_SIZE) -> Path:
    """Path of the shipped weights nearest to an input size, their content checked.

    Args:
        name: of the weights.
        size: side of the network's input, pixels.

    Raises:
        ValueError: no such weights or size, or the file is not the one that was shipped.
    """
    if name not in PRETRAINED:
        shipped = ", ".join(map(repr, sorted(PRETRAINED))) or "no name (none are shipped)"
        raise ValueError(
            f"weights {name!r}: expected {shipped}, None or a .weights.h5 or .keras path"
        )
    file, digest = PRETRAINED[name][trained_size(name, size)]
    path = Path(str(resources.files("rcnet_tf") / "assets" / file))
    if not path.is_file() or sha256(path) != digest:
        raise ValueError(f"{path} is missing or damaged: reinstall rcnet_tf")
    return path


def load_pretrained(model, weights: str | os.PathLike) -> None:
    """Load weights by shipped name, or from a `.weights.h5` or `.keras` file.

    Of the shipped ones those nearest to the network's input size are taken. The network must have
    the layers of the one that was saved; its last ones may be missing, so that a network without
    top takes the weights of one with any classifier. Layers without weights leave no trace in a
    file: whether SimAM was there cannot be seen.

    Raises:
        ValueError: unknown name, missing or damaged file, or weights of another network.
    """
    path = Path(weights)
    if path.suffix not in (".h5", ".keras"):
        path = pretrained_path(str(weights), model.input_shape[1])
    elif not path.is_file():
        raise ValueError(f"weights {weights}: no such file")
    try:
        with warnings.catch_warnings():
            # Keras warns once for every layer before it raises.
            warnings.simplefilter("ignore")
            model.load_weights(path)
    except DAMAGED as error:
        reason = " ".join(str(error).split())[:300]
        raise ValueError(f"weights {weights} do not fit {model.name!r}: {reason}") from None
