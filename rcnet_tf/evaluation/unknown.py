"""What a model says of things that are of none of its classes, where only silence is right."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rcnet_tf.data.decode import UnreadablePicture, decode
from rcnet_tf.data.folder import NOT_A_PICTURE, why_not_a_picture
from rcnet_tf.data.sources import Source, open_source
from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.confidence import Answers, answers
from rcnet_tf.preprocess import resize_picture
from rcnet_tf.progress import Progress
from rcnet_tf.runtime import BATCH, Classifier

MOST = 1000
"""Of more pictures so many are taken, spread evenly over their sorted names."""


@dataclass(frozen=True)
class Things:
    """Pictures of none of a model's classes.

    Attributes:
        name: of the folder or zip.
        source: where they are.
        paths: of the pictures in it.
        unreadable: how many more are pictures that cannot be read, such as HEIC.
    """

    name: str
    source: Source
    paths: tuple[str, ...]
    unreadable: int


@dataclass(frozen=True)
class Unknown:
    """Answers where there should be none.

    Attributes:
        data: name of the folder or zip.
        pictures: how many were classified.
        unreadable: how many more cannot be read.
        answers: what is still answered above each threshold; none of it is correct.
        classes: how many pictures are taken for each of the model's classes.
    """

    data: str
    pictures: int
    unreadable: int
    answers: tuple[Answers, ...]
    classes: dict[str, int]


def find(data: str | os.PathLike, most: int = MOST) -> Things:
    """The pictures in a folder or a zip, in whatever folders below it. None is decoded yet.

    Args:
        data: path of the folder or zip.
        most: pictures to take.

    Raises:
        UserError: nothing there, or no picture in it.
    """
    try:
        # Path("") would be the working directory.
        source = open_source(os.fspath(data) or os.devnull)
    except UserError:
        raise UserError(f"{data or repr('')}: expected a folder of pictures or a zip") from None
    why = {path: why_not_a_picture(source, path) for path in source.paths}
    paths = [path for path, reason in why.items() if reason is None]
    broken = [reason for reason in why.values() if reason not in (None, NOT_A_PICTURE)]
    broken += [reason for _, reason in source.refused]
    if not paths:
        seen = f", {len(broken)} cannot be read ({broken[0]})" if broken else ""
        raise UserError(f"{data}: no pictures in it{seen}; expected a folder of pictures or a zip")
    count = min(most, len(paths))
    chosen = tuple(paths[i * len(paths) // count] for i in range(count))
    return Things(Path(data).absolute().name, source, chosen, len(broken))


def ask(model: Classifier, things: Things) -> Unknown:
    """Let a model classify pictures of none of its classes.

    Args:
        model: of either kind.
        things: from `find`.

    Raises:
        UserError: none of the pictures can be read.

    Example:
        >>> from rcnet_tf import runtime, shipped_pictures
        >>> model = runtime.load("tflite/focus_rcnet_224_int8.tflite")
        >>> result = ask(model, find(shipped_pictures.ASSETS / "demo", most=4))
        >>> result.pictures, result.answers[0].answered, sum(result.classes.values())
        (4, 4, 4)
    """
    source, chosen = things.source, things.paths
    found = []
    progress = Progress("classifying pictures of none of the classes", len(chosen))
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        read = [one for path in batch if (one := _read(source, path, model.input_size)) is not None]
        if read:
            found.append(model.predict(np.stack(read)))
        progress.advance(len(batch))
    if not found:
        raise UserError(f"{source.name}: none of its {len(chosen)} pictures can be read")
    probabilities = np.concatenate(found)
    nothing = np.full(len(probabilities), -1)  # of no class
    decisions = np.bincount(probabilities.argmax(axis=1), minlength=len(model.class_names))
    return Unknown(
        data=things.name,
        pictures=len(probabilities),
        unreadable=things.unreadable + len(chosen) - len(probabilities),
        answers=answers(nothing, probabilities),
        classes=dict(zip(model.class_names, decisions.tolist(), strict=True)),
    )


def _read(source: Source, path: str, size: int) -> np.ndarray | None:
    try:
        return resize_picture(decode(source.read(path)), size)
    except UnreadablePicture:
        return None
