"""What a run is given: pictures, labels and, to distil from, a teacher or its answers."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass

import keras
import numpy as np

from rcnet_tf.data import cache, load
from rcnet_tf.data.decode import UnreadablePicture, decode
from rcnet_tf.data.sources import PictureSet
from rcnet_tf.errors import UserError
from rcnet_tf.keras_files import check_contract, load_model
from rcnet_tf.training import distribute
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.teacher_cache import teacher_logits


@dataclass(frozen=True)
class Materials:
    """What a run is given.

    Attributes:
        class_names: names of the classes.
        pixels: uint8 (N, S, S, 3) to train on; S is the larger of the network's and the teacher's
            input size, the latter as far as the pictures have so many pixels.
        labels: int32 (N,).
        val_pixels: uint8 (M, s, s, 3) to validate on, s the network's input size.
        val_labels: int32 (M,).
        teacher: network to ask about every augmented picture, or None.
        teacher_logits: float32 (N, classes), its answers where pictures are never changed, or None.
        identity: names the pictures and their order.
    """

    class_names: tuple[str, ...]
    pixels: np.ndarray
    labels: np.ndarray
    val_pixels: np.ndarray
    val_labels: np.ndarray
    teacher: keras.Model | None
    teacher_logits: np.ndarray | None
    identity: str


def gather(config: TrainConfig) -> Materials:
    """Load what the settings name.

    Raises:
        UserError: data or teacher cannot be used.
    """
    splits = load.load(config.data, config.split)
    teacher, answers, side = None, None, config.input_size
    if config.teacher:
        fixed = config.augment == "none" and not config.mixup
        # Who only answers beforehand is no part of what several processes train together.
        with distribute.alone() if fixed else contextlib.nullcontext():
            teacher = load_model(config.teacher)
            teacher_side = check_contract(teacher, config.teacher)
            _check_classes(teacher, splits.class_names, config.teacher)
            if fixed:
                seen = cache.arrays(splits.train, teacher_side)[0]
                answers = teacher_logits(config.teacher, teacher, seen)
                teacher = None
            else:
                side = max(side, min(teacher_side, _native_side(splits.train)))
    pixels, labels = cache.arrays(splits.train, side)
    val_pixels, val_labels = cache.arrays(splits.val, config.input_size)
    return Materials(
        splits.class_names,
        pixels,
        labels,
        val_pixels,
        val_labels,
        teacher,
        answers,
        _identity(splits.class_names, pixels, labels, val_labels),
    )


def _native_side(pictures: PictureSet) -> int:
    """The longest side of some pictures, pixels.

    Small ones are enlarged in the teacher's view and not before: augmenting costs by the pixel.
    """
    longest = 1
    for picture in pictures.pictures[:: max(1, len(pictures) // 16)]:
        with contextlib.suppress(UnreadablePicture):  # `cache` will say so
            longest = max(longest, *decode(picture.read()).shape[:2])
    return longest


def _check_classes(teacher: keras.Model, class_names: tuple[str, ...], path: str) -> None:
    try:
        names = tuple(teacher.get_layer("logits").class_names)
    except (ValueError, AttributeError):
        raise UserError(
            f"{path}: no layer 'logits' with class names; expected a .keras file of rcnet_tf.train"
        ) from None
    if names != tuple(class_names):
        raise UserError(
            f"{path} tells the classes {', '.join(names)}; the data have {', '.join(class_names)}: "
            "train a teacher on these"
        )


def _identity(class_names, pixels: np.ndarray, labels: np.ndarray, val_labels: np.ndarray) -> str:
    """Of the labels, their order and, so that it takes no time, of every so many pictures."""
    digest = hashlib.sha256(repr((tuple(class_names), pixels.shape)).encode())
    digest.update(np.asarray(labels, np.int32))
    digest.update(np.asarray(val_labels, np.int32))
    digest.update(np.ascontiguousarray(pixels[:: max(1, len(pixels) // 64)]))
    return digest.hexdigest()[:16]
