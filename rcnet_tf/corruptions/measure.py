"""Models and a data set -> how many pictures each model gets right under each corruption."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rcnet_tf.cli import Progress
from rcnet_tf.corruptions.kinds import CORRUPTIONS, LEVELS, Corruption, camera_frame
from rcnet_tf.data import cache, load
from rcnet_tf.data.decode import decode
from rcnet_tf.data.sources import Picture, PictureSet
from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.class_map import class_map
from rcnet_tf.preprocess import resize_picture
from rcnet_tf.runtime import Classifier

_CHUNK = 32  # pictures whose frames are in memory


@dataclass(frozen=True)
class Robustness:
    """What came out.

    Attributes:
        data, split, part: what was measured on, as in `evaluation.run.Evaluation`.
        models: names of their files.
        pictures: how many.
        clean: right decisions without corruption, int (models,).
        correct: right decisions, int (models, corruptions, `LEVELS`).
        corruptions: in the order of the second axis.
    """

    data: str
    split: str
    part: str
    models: tuple[str, ...]
    pictures: int
    clean: np.ndarray
    correct: np.ndarray
    corruptions: tuple[Corruption, ...]


def measure(
    models: Sequence[Classifier],
    data: str,
    split: str,
    part: str,
    limit: int | None = None,
    corruptions: tuple[Corruption, ...] = CORRUPTIONS,
) -> Robustness:
    """Corrupt every picture before the resize rule, as a camera would, and classify the result.

    Args:
        models: of any kind and input size.
        data, split: as for `rcnet_tf.data.load.load`.
        part: "train", "val" or "test".
        limit: at most so many pictures, spread evenly over the part.
        corruptions: which.

    Raises:
        UserError: the data cannot be used, or has classes that a model does not know.
    """
    parts = load.load(data, split)
    chosen = spread(getattr(parts, part), limit)
    output_of = [class_map(parts.class_names, model.class_names) for model in models]
    kept = readable(chosen, models[0].input_size)
    sizes = sorted({model.input_size for model in models})
    clean = np.zeros(len(models), int)
    correct = np.zeros((len(models), len(corruptions), LEVELS), int)
    steps = len(kept) * (1 + len(corruptions) * LEVELS) * len(models)
    progress = Progress("classifying corrupted pictures", steps)
    for row, labels, pixels in _batches(kept, corruptions, sizes):
        for index, model in enumerate(models):
            stack = pixels[model.input_size]  # (n, levels, S, S, 3)
            flat = stack.reshape(-1, *stack.shape[2:])
            decided = model.predict(flat, progress.advance).argmax(axis=1)
            right = decided.reshape(stack.shape[:2]) == output_of[index][labels][:, None]
            if row is None:
                clean[index] += right.sum()
            else:
                correct[index, row] += right.sum(axis=0)
    return Robustness(
        data=Path(data).absolute().name,
        split=parts.name,
        part=part,
        models=tuple(model.path.name for model in models),
        pictures=len(kept),
        clean=clean,
        correct=correct,
        corruptions=corruptions,
    )


def spread(pictures: PictureSet, limit: int | None) -> PictureSet:
    """At most `limit` pictures, evenly from the first to the last, so that every class is in."""
    if limit is None or limit >= len(pictures):
        return pictures
    chosen = np.arange(limit) * len(pictures) // limit
    return PictureSet(pictures.class_names, tuple(pictures.pictures[i] for i in chosen))


def readable(pictures: PictureSet, size: int) -> tuple[Picture, ...]:
    """The pictures that can be decoded and are what their manifest says; the rest is reported."""
    keys = set(cache.decoded(pictures, size).keys)
    return tuple(one for one in pictures.pictures if one.key in keys)


def _batches(
    pictures: tuple[Picture, ...], corruptions: tuple[Corruption, ...], sizes: list[int]
) -> Iterator[tuple[int | None, np.ndarray, dict[int, np.ndarray]]]:
    """Yield (corruption's index or None, labels (n,), pixels by size (n, levels, S, S, 3)).

    While one batch is classified, the next is made on all cores.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(min(cores or 1, 16)) as pool:
        waiting = None
        for start in range(0, len(pictures), _CHUNK):
            chunk = pictures[start : start + _CHUNK]
            labels = np.array([picture.label for picture in chunk])
            frames = list(pool.map(_frame, chunk))
            for row, make in enumerate((_plain, *map(_severities, corruptions))):
                jobs = [
                    pool.submit(make, frame, picture.key, sizes)
                    for frame, picture in zip(frames, chunk, strict=True)
                ]
                if waiting:
                    yield _gathered(*waiting)
                waiting = (row - 1 if row else None, labels, jobs)
        if waiting:
            yield _gathered(*waiting)


def _gathered(row, labels, jobs) -> tuple[int | None, np.ndarray, dict[int, np.ndarray]]:
    made = [job.result() for job in jobs]
    return row, labels, {size: np.stack([one[size] for one in made]) for size in made[0]}


def _frame(picture: Picture) -> np.ndarray:
    return camera_frame(decode(picture.read()))


def _plain(frame: np.ndarray, key: str, sizes: list[int]) -> dict[int, np.ndarray]:
    return {size: resize_picture(frame, size)[None] for size in sizes}


def _severities(corruption: Corruption) -> Callable:
    def make(frame: np.ndarray, key: str, sizes: list[int]) -> dict[int, np.ndarray]:
        worse = [corruption(frame, level, key) for level in range(LEVELS)]
        return {size: np.stack([resize_picture(one, size) for one in worse]) for size in sizes}

    return make
