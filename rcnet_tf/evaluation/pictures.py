"""Picture files -> their most probable classes, one by one, whatever is wrong with some of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rcnet_tf.data.decode import UnreadablePicture, decode
from rcnet_tf.data.folder import NOT_A_PICTURE, why_not_a_picture
from rcnet_tf.data.sources import MAX_FILE_BYTES, FolderSource
from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.probabilities import checked
from rcnet_tf.labels import decode_predictions
from rcnet_tf.preprocess import resize_picture
from rcnet_tf.runtime import BATCH, Classifier, is_tflite


@dataclass(frozen=True)
class Prediction:
    """What a model says of one file.

    Attributes:
        file: as the user named it, or its folder.
        classes: (name, confidence from 0 to 1), best first; empty where there is an error.
        error: why there is no prediction, else None.
    """

    file: Path
    classes: tuple[tuple[str, float], ...] = ()
    error: str | None = None


def find(paths: Iterable[Path]) -> list[Prediction]:
    """The files to predict, without their classes yet; folders give the pictures below them."""
    found = []
    for path in paths:
        try:
            found += _in_folder(path) if path.is_dir() else [Prediction(path)]
        except OSError as error:  # such as a name that is too long
            found.append(Prediction(path, error=_why(error)))
    return found


def predict(model: Classifier, files: list[Prediction], top: int) -> Iterator[Prediction]:
    """Predict what `find` found, in its order, a batch at a time.

    Args:
        model: of either kind.
        files: those with an error are passed on as they are.
        top: how many classes per picture.

    Raises:
        UserError: the model's outputs are no probabilities.
    """
    remaining = iter(files)
    while batch := list(itertools.islice(remaining, BATCH)):
        read = [_read(item, model.input_size) for item in batch]
        pixels = [one for one in read if isinstance(one, np.ndarray)]
        rankings = iter(_rank(model, np.stack(pixels), top) if pixels else [])
        for item, one in zip(batch, read, strict=True):
            if isinstance(one, np.ndarray):
                yield Prediction(item.file, classes=tuple(next(rankings)))
            else:
                yield one


def _in_folder(folder: Path) -> list[Prediction]:
    try:
        source = FolderSource(folder)
    except UserError as error:
        return [Prediction(folder, error=str(error))]
    found = [Prediction(folder / path, error=reason) for path, reason in source.refused]
    for path in source.paths:
        reason = why_not_a_picture(source, path)
        if reason != NOT_A_PICTURE:  # what else lies in a folder of pictures is no error
            found.append(Prediction(folder / path, error=reason))
    return found or [Prediction(folder, error="no pictures in this folder")]


def _read(item: Prediction, size: int) -> np.ndarray | Prediction:
    """uint8 (size, size, 3); or the item with the reason why not."""
    if item.error:
        return item
    try:
        with open(item.file, "rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise UnreadablePicture(f"larger than {MAX_FILE_BYTES >> 20} MiB")
        if is_tflite(content):  # the shell's `*_int8.tflite` has found two
            raise UnreadablePicture("a .tflite model; expected a picture, and one model as --model")
        return resize_picture(decode(content), size)
    except OSError as error:
        return Prediction(item.file, error=_why(error))
    except UnreadablePicture as error:
        return Prediction(item.file, error=str(error))


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _rank(model: Classifier, pixels: np.ndarray, top: int) -> list[list[tuple[str, float]]]:
    try:
        probabilities = checked(model.predict(pixels))
    except ValueError as error:
        raise UserError(f"{model.path}: {error}; end the model in a softmax") from None
    return decode_predictions(probabilities, top, model.class_names)
