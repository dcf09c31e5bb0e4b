"""What a model says of things that are of none of its classes, where only silence is right."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from rcnet_tf.cli import Progress
from rcnet_tf.data.decode import UnreadablePicture, decode
from rcnet_tf.data.folder import EXTENSIONS
from rcnet_tf.data.sources import Source, open_source
from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.confidence import Answers, answers
from rcnet_tf.preprocess import resize_picture
from rcnet_tf.runtime import BATCH, Classifier

MOST = 1000
"""Of more pictures so many are taken, evenly over their sorted names."""


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


def ask(model: Classifier, data: str | os.PathLike, most: int = MOST) -> Unknown:
    """Let a model classify pictures of none of its classes.

    Args:
        model: of either kind.
        data: a folder of pictures, or a zip of one, in whatever folders below it.
        most: pictures to take.

    Raises:
        UserError: nothing there, or no picture in it that can be read.

    Example:
        >>> from rcnet_tf import runtime, shipped_pictures
        >>> model = runtime.load("tflite/focus_rcnet_224_int8.tflite")
        >>> result = ask(model, shipped_pictures.ASSETS / "demo", most=4)
        >>> result.pictures, result.answers[0].answered, sum(result.classes.values())
        (4, 4, 4)
    """
    source = open_source(data)
    paths = [one for one in source.paths if PurePosixPath(one).suffix.lower() in EXTENSIONS]
    count = min(most, len(paths))
    chosen = [paths[i * len(paths) // count] for i in range(count)]
    found = []
    progress = Progress("classifying pictures of none of the classes", len(chosen))
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        read = [one for path in batch if (one := _read(source, path, model.input_size)) is not None]
        if read:
            found.append(model.predict(np.stack(read)))
        progress.advance(len(batch))
    if not found:
        raise UserError(f"{source.name}: no picture that can be read; expected a folder or zip")
    probabilities = np.concatenate(found)
    nothing = np.full(len(probabilities), -1)  # of no class
    decisions = np.bincount(probabilities.argmax(axis=1), minlength=len(model.class_names))
    return Unknown(
        data=Path(data).absolute().name,
        pictures=len(probabilities),
        unreadable=len(chosen) - len(probabilities),
        answers=answers(nothing, probabilities),
        classes=dict(zip(model.class_names, decisions.tolist(), strict=True)),
    )


def _read(source: Source, path: str, size: int) -> np.ndarray | None:
    try:
        return resize_picture(decode(source.read(path)), size)
    except UnreadablePicture:
        return None
