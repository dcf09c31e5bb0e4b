"""What a teacher says of pictures, computed once and kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

import keras
import numpy as np

from rcnet_tf.data.cache import cache_folder
from rcnet_tf.files import atomic_path, sha256
from rcnet_tf.model import logits_model
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.progress import Progress

_BATCH = 32


def teacher_logits(path: str, teacher: keras.Model, pixels: np.ndarray) -> np.ndarray:
    """Logits of a teacher for every picture as it is, from the cache if it has them.

    The entry is named by the SHA-256 of the teacher's file and of the pictures themselves: another
    teacher, other pictures or another size are another entry. It lies in the folder of the decoded
    pictures (`data.cache`), so that all runs with this teacher share it.

    Args:
        path: the teacher's `.keras` file.
        teacher: the model in it.
        pixels: uint8 (N, S, S, 3) of the teacher's input size.

    Returns:
        float32 (N, classes).
    """
    digest = _digest(path, pixels.shape)
    for start in range(0, len(pixels), 1024):
        digest.update(np.ascontiguousarray(pixels[start : start + 1024]))
    progress = Progress("asking the teacher", len(pixels))
    model = logits_model(teacher)

    def compute() -> np.ndarray:
        logits = []
        for start in range(0, len(pixels), _BATCH):
            batch = preprocess_input(pixels[start : start + _BATCH])
            # One shape for all batches is one compilation.
            padded = np.resize(batch, (_BATCH, *batch.shape[1:]))
            logits.append(_ask(model, padded)[: len(batch)])
            progress.advance(len(batch))
        return np.concatenate(logits)

    return _kept(digest, (len(pixels), teacher.output_shape[-1]), compute)


def view_logits(
    path: str,
    teacher: keras.Model,
    epoch: Callable[[int], Iterator],
    views: int,
    steps: int,
    identity: str,
) -> np.ndarray:
    """Logits of a teacher for every augmented batch of some epochs, from the cache if it has them.

    Each epoch is an entry of its own, so that an interrupted run goes on, and one with more views
    finds those of one with fewer. Students of all sizes share them: what augmentation draws of
    geometry, light and colour does not depend on the size of a picture. Sensor noise does: a
    student of another size than the teacher's sees noise of its own, as strong.

    Args:
        path: the teacher's `.keras` file.
        teacher: the model in it.
        epoch: number of an epoch -> its batches, `(images, targets, ...)`: float32 (batch, S, S, 3)
            in [0, 255], of the teacher's input size.
        views: how many epochs.
        steps: batches an epoch.
        identity: names the pictures, their order, and how they are augmented.

    Returns:
        float32 (views * steps, batch, classes).
    """
    model, result = logits_model(teacher), []
    for number in range(views):
        batches = iter(epoch(number))
        first = np.asarray(next(batches)[0])
        # The pictures themselves: another version may augment in another way.
        digest = _digest(path, (identity, number, steps, first.shape))
        digest.update(first.round().astype(np.uint8))
        images = chain([first], (np.asarray(one[0]) for one in batches))
        progress = Progress(f"asking the teacher, view {number + 1} of {views}", steps * len(first))

        def compute(images=images, progress=progress) -> np.ndarray:
            logits = []
            for one in islice(images, steps):
                logits.append(_ask(model, preprocess_input(one)))
                progress.advance(len(one))
            return np.stack(logits)

        result.append(_kept(digest, (steps, len(first), teacher.output_shape[-1]), compute))
    return np.concatenate(result)


def _digest(path: str, what):
    return hashlib.sha256(f"1 {keras.backend.backend()} {what} {sha256(path)}".encode())


def _kept(digest, shape: tuple[int, ...], compute: Callable[[], np.ndarray]) -> np.ndarray:
    entry = cache_folder() / f"teacher-{digest.hexdigest()[:32]}.npy"
    logits = _read(entry, shape)
    if logits is None:
        logits = compute()
        try:
            with atomic_path(entry) as temporary, open(temporary, "wb") as file:
                np.save(file, logits)
        except OSError:
            pass  # A full disk costs the next run some minutes, not this one its result.
    return logits


def _read(entry: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        logits = np.load(entry)
    except (OSError, ValueError, EOFError):
        return None
    return logits if logits.shape == shape and logits.dtype == np.float32 else None


def _ask(model: keras.Model, batch: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict_on_batch(batch), np.float32)
