"""From a model and a data set to figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rcnet_tf.data import cache, load, splits
from rcnet_tf.data.learnt import warn_of_another_split
from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.class_map import class_map
from rcnet_tf.evaluation.metrics import Scores, measure
from rcnet_tf.progress import Progress
from rcnet_tf.runtime import Classifier

PARTS = (*splits.PARTS, "all")
"""What can be evaluated on."""


@dataclass(frozen=True)
class Evaluation:
    """What was evaluated, and what came out.

    Attributes:
        data: name of the data set, without its folder.
        split: name of the split, as `data.splits.Splits` has it.
        part: "train", "val", "test" or "all".
        class_names: of the model, in the order of its outputs.
        keys: (part, "class/name") of the pictures, (N,).
        labels: int32 (N,), indices into `class_names`.
        probabilities: float32 (N, classes).
        scores: the figures.
        unreadable: ((part, key), reason) of the pictures that could not be decoded.
        left_out: (path, reason) of the files that are in no part of the split.
        pixels: uint8 (n, S, S, 3) as the model saw them, for each part in turn.
    """

    data: str
    split: str
    part: str
    class_names: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]
    labels: np.ndarray
    probabilities: np.ndarray
    scores: Scores
    unreadable: tuple[tuple[tuple[str, str], str], ...]
    left_out: tuple[tuple[str, str], ...]
    pixels: tuple[np.ndarray, ...] = ()

    def picture(self, index: int) -> np.ndarray:
        """A picture as the model saw it, uint8 (S, S, 3); `index` counts as in `keys`."""
        for part in self.pixels:
            if index < len(part):
                return np.asarray(part[index])
            index -= len(part)
        raise IndexError("no such picture")


def evaluate(model: Classifier, data: str, split: str, part: str) -> Evaluation:
    """Let a model classify the pictures of a data set, and compare.

    Classes are matched by name, so that their order in model and data does not matter.

    Args:
        model: of either kind.
        data: "trashnet", a folder of class folders, or a zip of one.
        split: as for `rcnet_tf.data.load.load`.
        part: "train", "val", "test", or "all": for pictures that were never trained on.

    Raises:
        UserError: the data cannot be used, has classes that the model does not know, or the model's
            outputs are no probabilities.

    Example:
        >>> from rcnet_tf import runtime, shipped_pictures
        >>> model = runtime.load("tflite/focus_rcnet_224_int8.tflite")
        >>> result = evaluate(model, str(shipped_pictures.ASSETS / "demo"), "42", "val")
        >>> result.probabilities.shape, result.scores.confusion.shape
        ((12, 6), (6, 6))
    """
    if part not in PARTS:
        raise UserError(f"part {part!r}: expected one of {', '.join(PARTS)}")
    parts = load.load(data, split)
    if part != "train":
        warn_of_another_split(model.path, data, parts)
    output_of = class_map(parts.class_names, model.class_names)
    chosen = {name: getattr(parts, name) for name in splits.PARTS if part in (name, "all")}
    if part == "all" and parts.test is parts.val:
        del chosen["test"]

    decoded = {name: cache.decoded(one, model.input_size) for name, one in chosen.items()}
    progress = Progress("classifying pictures", sum(len(one.keys) for one in decoded.values()))
    probabilities = np.concatenate(
        [model.predict(one.pixels, progress.advance) for one in decoded.values()]
    )
    labels = np.concatenate([output_of[one.labels] for one in decoded.values()])
    try:
        scores = measure(labels, probabilities, model.class_names)
    except ValueError as error:
        raise UserError(f"{model.path}: {error}; end the model in a softmax") from None
    return Evaluation(
        data=Path(data).absolute().name,
        split=parts.name,
        part=part,
        class_names=model.class_names,
        keys=tuple((name, key) for name, one in decoded.items() for key in one.keys),
        labels=labels,
        probabilities=probabilities,
        scores=scores,
        unreadable=tuple(
            ((name, key), reason) for name, one in decoded.items() for key, reason in one.skipped
        ),
        left_out=parts.skipped,
        pixels=tuple(one.pixels for one in decoded.values()),
    )


def again(model: Classifier, evaluation: Evaluation) -> Evaluation:
    """Let another model of the same classes and input size classify the very same pictures."""
    progress = Progress("classifying pictures", len(evaluation.labels))
    probabilities = np.concatenate(
        [model.predict(one, progress.advance) for one in evaluation.pixels]
    )
    scores = measure(evaluation.labels, probabilities, model.class_names)
    return replace(evaluation, probabilities=probabilities, scores=scores)
