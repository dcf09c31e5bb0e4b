"""Which pictures a conversion uses: some to learn the ranges from, others to measure the result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rcnet_tf import shipped_pictures
from rcnet_tf.data import cache, load, trashnet
from rcnet_tf.data.learnt import warn_of_another_split
from rcnet_tf.data.published import MAIN
from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.class_map import class_map
from rcnet_tf.labels import TRASHNET

# More pictures take longer and change the ranges little.
CALIBRATION_A_CLASS = 50

PARTS = {"val": "validation part", "test": "test part"}
"""What a conversion may be measured on, in words."""


@dataclass(frozen=True)
class Pictures:
    """Pictures at the network's size.

    Attributes:
        calibration: uint8 (N, S, S, 3), from a training part.
        calibration_from: in words.
        test: uint8 (M, S, S, 3), that the result is measured on.
        labels: int32 (M,), indices into the model's outputs.
        test_names: of the test pictures, such as "glass/glass12.jpg".
        test_from: in words.
        trashnet: whether they are TrashNet's, whose licence goes where they go.
    """

    calibration: np.ndarray
    calibration_from: str
    test: np.ndarray
    labels: np.ndarray
    test_names: tuple[str, ...]
    test_from: str
    trashnet: bool


def gather(
    data: str | None,
    split: str,
    size: int,
    class_names: tuple[str, ...],
    part: str = "test",
    model: Path | None = None,
) -> Pictures:
    """Load the pictures of `--data`, or those that come with the package.

    Args:
        data: "trashnet", a folder of class folders, or a zip of one; None for the shipped ones.
        split: as for `rcnet_tf.data.load.load`.
        size: side of the model's input.
        class_names: of the model.
        part: of `PARTS`, what is measured on; the shipped ones have "test" alone.
        model: its file, for a word on stderr where it has learnt from what it is measured on.

    Raises:
        UserError: the data cannot be used, or has classes that the model does not know; no such
            part.
    """
    if part not in PARTS:
        raise UserError(f"part {part!r}: expected one of {', '.join(PARTS)}")
    if data is None:
        if part != "test":
            raise UserError(
                f"--part {part}: the shipped pictures to measure on are of the test part; give "
                "--data with the pictures that the model was trained on"
            )
        _check_shipped(class_names)
        train, test = shipped_pictures.calibration(), shipped_pictures.demo()
        origin, of_trashnet = f"TrashNet, split {MAIN}, shipped", True
    else:
        parts = load.load(data, split)
        if model is not None:
            warn_of_another_split(model, data, parts)
        train = shipped_pictures.choose(parts.train, CALIBRATION_A_CLASS)
        test = getattr(parts, part)
        origin = f"{Path(data).absolute().name}, split {parts.name}"
        of_trashnet = trashnet.is_split(parts)
    output_of = class_map(test.class_names, class_names)
    calibration, _ = cache.arrays(train, size)
    tested = cache.decoded(test, size)
    return Pictures(
        calibration,
        f"{origin}, training part",
        tested.pixels,
        output_of[tested.labels],
        tested.keys,
        f"{origin}, {PARTS[part]}",
        of_trashnet,
    )


def _check_shipped(class_names: tuple[str, ...]) -> None:
    if not set(TRASHNET) <= set(class_names):
        raise UserError(
            f"the model's classes are {', '.join(class_names[:10])}, the shipped pictures are "
            "TrashNet's; give --data with the pictures that the model was trained on"
        )
