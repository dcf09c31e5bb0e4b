"""What a teacher says of pictures that never change, computed once and kept on disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import keras
import numpy as np

from rcnet_tf.cli import Progress
from rcnet_tf.data.cache import cache_folder
from rcnet_tf.files import atomic_path, sha256
from rcnet_tf.model import logits_model
from rcnet_tf.preprocess import preprocess_input

_BATCH = 32


def teacher_logits(path: str, teacher: keras.Model, pixels: np.ndarray) -> np.ndarray:
    """Logits of a teacher for every picture, from the cache if it has them.

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
    digest = hashlib.sha256(f"1 {keras.backend.backend()} {pixels.shape} {sha256(path)}".encode())
    for start in range(0, len(pixels), 1024):
        digest.update(np.ascontiguousarray(pixels[start : start + 1024]))
    entry = cache_folder() / f"teacher-{digest.hexdigest()[:32]}.npy"
    shape = (len(pixels), teacher.output_shape[-1])
    logits = _read(entry, shape)
    if logits is None:
        logits = _compute(logits_model(teacher), pixels)
        try:
            with atomic_path(entry) as temporary, open(temporary, "wb") as file:
                np.save(file, logits)
        except OSError:
            pass  # A full disk costs the next run some minutes, not this one its result.
    return logits


def _read(entry: Path, shape: tuple[int, int]) -> np.ndarray | None:
    try:
        logits = np.load(entry)
    except (OSError, ValueError, EOFError):
        return None
    return logits if logits.shape == shape and logits.dtype == np.float32 else None


def _compute(model: keras.Model, pixels: np.ndarray) -> np.ndarray:
    logits = np.empty((len(pixels), model.output_shape[-1]), np.float32)
    progress = Progress("asking the teacher", len(pixels))
    for start in range(0, len(pixels), _BATCH):
        batch = preprocess_input(pixels[start : start + _BATCH])
        # One shape for all batches is one compilation.
        padded = np.resize(batch, (_BATCH, *batch.shape[1:]))
        logits[start : start + _BATCH] = model.predict_on_batch(padded)[: len(batch)]
        progress.advance(len(batch))
    return logits
