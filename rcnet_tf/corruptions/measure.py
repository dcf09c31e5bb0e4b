"""Models and a data set -> how many pictures each model gets right under each corruption."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rcnet_tf import cores
from rcnet_tf.corruptions.kinds import CORRUPTIONS, LEVELS, Corruption, camera_frame
from rcnet_tf.data import cache, load
from rcnet_tf.data.decode import decode
from rcnet_tf.data.learnt import warn_of_another_split
from rcnet_tf.data.sources import Picture, PictureSet
from rcnet_tf.evaluation.class_map import class_map
from rcnet_tf.preprocess import resize_picture
from rcnet_tf.progress import Progress
from rcnet_tf.runtime import Classifier

_CHUNK = 32  # pictures whose frames are in memory


@dataclass(frozen=True)
class Subjects:
    """The pictures that are corrupted.

    Attributes:
        data, split, part: where they are from, as in `evaluation.run.Evaluation`.
        class_names: in the order of the labels.
        pictures: those that can be read.
    """

    data: str
    split: str
    part: str
    class_names: tuple[str, ...]
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Robustness:
    """What came out.

    Attributes:
        subjects: what was measured on.
        models: their files, as short as tells them apart.
        clean: right decisions without corruption, int (models,).
        correct: right decisions, int (models, corruptions, `LEVELS`).
        corruptions: in the order of the second axis.
    """

    subjects: Subjects
    models: tuple[str, ...]
    clean: np.ndarray
    correct: np.ndarray
    corruptions: tuple[Corruption, ...]

    @property
    def accuracy_clean(self) -> np.ndarray:
        """0 to 1, (models,)."""
        return self.clean / len(self.subjects.pictures)

    @property
    def accuracy(self) -> np.ndarray:
        """0 to 1, (models, corruptions, `LEVELS`)."""
        return self.correct / len(self.subjects.pictures)


def choose(
    data: str, split: str, part: str, models: Sequence[Classifier], limit: int | None = None
) -> Subjects:
    """The pictures of a part of a data set.

    Args:
        data, split: as for `rcnet_tf.data.load.load`.
        part: "train", "val" or "test".
        models: that will be measured, one at least. What is decoded for the first is cached, and
            tells which pictures can be read and are what their manifest says; the others are
            reported, and so are models that have learnt from the part.
        limit: at most so many pictures, from the first to the last in equal steps, so that every
            class is among them.

    Raises:
        UserError: the data cannot be used.
    """
    parts = load.load(data, split)
    if part != "train":
        for model in models:
            warn_of_another_split(model.path, data, parts)
    chosen: PictureSet = getattr(parts, part)
    if limit is not None and limit < len(chosen):
        steps = np.arange(limit) * len(chosen) // limit
        chosen = PictureSet(chosen.class_names, tuple(chosen.pictures[i] for i in steps))
    keys = set(cache.decoded(chosen, models[0].input_size).keys)
    pictures = tuple(one for one in chosen.pictures if one.key in keys)
    return Subjects(Path(data).absolute().name, parts.name, part, chosen.class_names, pictures)


def measure(
    models: Sequence[Classifier],
    subjects: Subjects,
    corruptions: tuple[Corruption, ...] = CORRUPTIONS,
) -> Robustness:
    """Corrupt every picture before the resize rule, as a camera would, and classify the result.

    Args:
        models: of any kind and input size.
        subjects: of `choose`.
        corruptions: which.

    Raises:
        UserError: the data has classes that a model does not know.
    """
    output_of = [class_map(subjects.class_names, model.class_names) for model in models]
    sizes = sorted({model.input_size for model in models})
    clean = np.zeros(len(models), int)
    correct = np.zeros((len(models), len(corruptions), LEVELS), int)
    steps = len(subjects.pictures) * (1 + len(corruptions) * LEVELS) * len(models)
    progress = Progress("classifying corrupted pictures", steps)
    for row, labels, pixels in _batches(subjects.pictures, corruptions, sizes):
        for index, model in enumerate(models):
            stack = pixels[model.input_size]  # (n, levels, S, S, 3)
            flat = stack.reshape(-1, *stack.shape[2:])
            decided = model.predict(flat, progress.advance).argmax(axis=1)
            right = decided.reshape(stack.shape[:2]) == output_of[index][labels][:, None]
            if row is None:
                clean[index] += right.sum()
            else:
                correct[index, row] += right.sum(axis=0)
    return Robustness(subjects, _names(models), clean, correct, corruptions)


def frame_of(picture: Picture) -> np.ndarray:
    """uint8 (H, W, 3), see `kinds.camera_frame`."""
    return camera_frame(decode(picture.read()))


def _names(models: Sequence[Classifier]) -> tuple[str, ...]:
    short = tuple(model.path.name for model in models)
    return short if len(set(short)) == len(short) else tuple(str(model.path) for model in models)


def _batches(
    pictures: tuple[Picture, ...], corruptions: tuple[Corruption, ...], sizes: list[int]
) -> Iterator[tuple[int | None, np.ndarray, dict[int, np.ndarray]]]:
    """Yield (corruption's index or None for none, labels (n,), pixels by size).

    Pixels are uint8 (n, levels, S, S, 3), with one level where nothing is corrupted.

    While one batch is classified, the next is made on all cores.
    """
    with ThreadPoolExecutor(min(cores.usable(), 16)) as pool:
        waiting = None
        for start in range(0, len(pictures), _CHUNK):
            chunk = pictures[start : start + _CHUNK]
            labels = np.array([picture.label for picture in chunk])
            frames = list(pool.map(frame_of, chunk))
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


def _plain(frame: np.ndarray, key: str, sizes: list[int]) -> dict[int, np.ndarray]:
    return {size: resize_picture(frame, size)[None] for size in sizes}


def _severities(corruption: Corruption) -> Callable:
    def make(frame: np.ndarray, key: str, sizes: list[int]) -> dict[int, np.ndarray]:
        worse = [corruption(frame, level, key) for level in range(LEVELS)]
        return {size: np.stack([resize_picture(one, size) for one in worse]) for size in sizes}

    return make
