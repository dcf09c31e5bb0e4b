"""What a run is given: pictures, labels and, to distil from, a teacher or its answers."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from rcnet_tf.data import cache, load
from rcnet_tf.data.augment import Augment
from rcnet_tf.data.decode import UnreadablePicture, decode
from rcnet_tf.data.learnt import called, warn_of_another_split
from rcnet_tf.data.sources import PictureSet
from rcnet_tf.data.splits import Splits
from rcnet_tf.data.stream import steps_per_epoch, training_stream
from rcnet_tf.errors import UserError
from rcnet_tf.keras_files import check_contract, load_model
from rcnet_tf.model import FocusRCNet
from rcnet_tf.training import distribute
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.teacher_cache import teacher_logits, view_logits
from rcnet_tf.weights import PRETRAINED, pretrained_path
from rcnet_tf.weights_digest import weights_sha256


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
        teacher_logits: its answers where they are known beforehand, else None: float32 (N, classes)
            of pictures that are never changed, (views * steps, batch, classes) of views.
        identity: names the pictures, their order and the teacher.
        pictures: what they are called, see `data.learnt.called`.
    """

    class_names: tuple[str, ...]
    pixels: np.ndarray
    labels: np.ndarray
    val_pixels: np.ndarray
    val_labels: np.ndarray
    teacher: keras.Model | None
    teacher_logits: np.ndarray | None
    identity: str
    pictures: str = ""


def gather(config: TrainConfig) -> Materials:
    """Load what the settings name.

    Raises:
        UserError: data or teacher cannot be used.
    """
    splits = load.load(config.data, config.split)
    for source in filter(None, (config.init_from, config.teacher)):
        warn_of_another_split(source, config.data, splits)
    asked = _ask_teacher(config, splits) if config.teacher else _Asked(config.input_size)
    pixels, labels = cache.arrays(splits.train, asked.side)
    val_pixels, val_labels = cache.arrays(splits.val, config.input_size)
    identity = _identity(splits.class_names, pixels, labels, val_pixels, val_labels)
    if config.teacher:  # the settings know its path alone
        identity += f" taught by {weights_sha256(_teacher_file(config.teacher))[:16]}"
    return Materials(
        splits.class_names,
        pixels,
        labels,
        val_pixels,
        val_labels,
        asked.teacher,
        asked.answers,
        identity,
        called(config.data, splits),
    )


@dataclass(frozen=True)
class _Asked:
    """Side of the pictures to train on; the teacher to ask about them, or what it has said."""

    side: int
    teacher: keras.Model | None = None
    answers: np.ndarray | None = None


def _ask_teacher(config: TrainConfig, splits: Splits) -> _Asked:
    unchanged = config.augment == "none" and not (config.mixup or config.cutmix)
    beforehand = unchanged or config.views
    # Who only answers beforehand is no part of what several processes train together.
    with distribute.alone() if beforehand else contextlib.nullcontext():
        file, teacher = _teacher_file(config.teacher), _teacher(config.teacher)
        side = check_contract(teacher, config.teacher)
        _check_classes(teacher, splits.class_names, config.teacher)
        if not beforehand:
            native = min(side, _native_side(splits.train))
            return _Asked(max(config.input_size, native), teacher)
        pixels, labels = cache.arrays(splits.train, side)
        if unchanged and not config.views:
            return _Asked(config.input_size, answers=teacher_logits(file, teacher, pixels))

        def epoch(number: int):
            augment = Augment(config.augment, config.seed, config.mixup, config.cutmix)
            classes = len(splits.class_names)
            return training_stream(
                pixels, labels, classes, augment, config.batch, config.seed, number
            )

        how = (config.augment, config.mixup, config.seed, config.batch)
        if config.cutmix:  # what was remembered before there was CutMix is as good as ever
            how += (config.cutmix,)
        answers = view_logits(
            file,
            teacher,
            epoch,
            min(config.views, config.epochs),
            steps_per_epoch(len(labels), config.batch),
            f"{_identity(splits.class_names, pixels, labels)} {how}",
        )
        return _Asked(config.input_size, answers=answers)


def _teacher(name: str) -> keras.Model:
    return FocusRCNet(weights=name) if name in PRETRAINED else load_model(name)


def _teacher_file(name: str) -> Path:
    """Where a teacher's weights lie."""
    return pretrained_path(name) if name in PRETRAINED else Path(name)


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


def _identity(class_names, *arrays: np.ndarray) -> str:
    """Of pictures and labels, every one of them, and their order."""
    digest = hashlib.sha256(repr((tuple(class_names), *(one.shape for one in arrays))).encode())
    for array in arrays:
        for start in range(0, len(array), 1024):  # they may be larger than the memory
            digest.update(np.ascontiguousarray(array[start : start + 1024]))
    return digest.hexdigest()[:16]
