"""The figures of an evaluation, from labels and probabilities.

Conventions, where textbooks differ:

- a picture's prediction is its most probable class, of equals the first, as on the chip;
- a class that is never predicted has precision 0, and a class of precision and recall 0 has F1 0;
- a class without pictures has no precision, recall, F1 or AUC: they are None, not 0, and macro
  averages go over the other classes;
- AUC is one class against the rest, ties counting half; macro is the plain mean over classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn import metrics

from rcnet_tf.evaluation.confidence import (
    Answers,
    Bin,
    answers,
    expected_calibration_error,
    reliability,
)
from rcnet_tf.evaluation.probabilities import checked


@dataclass(frozen=True)
class ClassScores:
    """Figures of one class, 0 to 1; None where the data does not define them.

    Attributes:
        name: of the class.
        pictures: how many the data has of it.
        predicted: how many pictures were taken for it.
    """

    name: str
    pictures: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float | None
    auc: float | None


@dataclass(frozen=True)
class Scores:
    """Figures of a model on labelled pictures, 0 to 1.

    Attributes:
        accuracy: share of pictures whose most probable class is theirs.
        reliability: how right pictures are that are about equally sure, see `confidence`.
        answers: what a threshold of confidence leaves to answer, see `confidence`.
        macro: means of the classes' "precision", "recall", "f1" and "auc"; None where no class has
            one.
        classes: in the order of the model's outputs.
        confusion: int64 (classes, classes): pictures of the row's class taken for the column's.
    """

    accuracy: float
    reliability: tuple[Bin, ...]
    answers: tuple[Answers, ...]
    macro: dict[str, float | None]
    classes: tuple[ClassScores, ...]
    confusion: np.ndarray

    @property
    def calibration_error(self) -> float:
        """Expected gap between confidence and accuracy, see `confidence`."""
        return expected_calibration_error(self.reliability)


def measure(labels: np.ndarray, probabilities: np.ndarray, class_names) -> Scores:
    """Compare a model's probabilities with the truth.

    Args:
        labels: integer (N,), N at least 1: index of the true class.
        probabilities: float (N, classes), finite, 0 to 1.
        class_names: in the order of the columns.

    Raises:
        ValueError: shapes or values do not fit.

    Example:
        >>> probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
        >>> scores = measure(np.array([0, 1, 1]), probabilities, ("glass", "paper"))
        >>> round(scores.accuracy, 4), scores.confusion.tolist()
        (0.6667, [[1, 0], [1, 1]])
    """
    labels = np.asarray(labels)
    probabilities = _checked(labels, probabilities, len(class_names))
    outputs = np.arange(len(class_names))
    predicted = probabilities.argmax(axis=1)
    confusion = metrics.confusion_matrix(labels, predicted, labels=outputs)
    precision, recall, f1, pictures = metrics.precision_recall_fscore_support(
        labels, predicted, labels=outputs, zero_division=0
    )
    classes = tuple(
        ClassScores(
            name=name,
            pictures=int(pictures[i]),
            predicted=int(confusion[:, i].sum()),
            precision=float(precision[i]) if pictures[i] else None,
            recall=float(recall[i]) if pictures[i] else None,
            f1=float(f1[i]) if pictures[i] else None,
            auc=_auc(labels == i, probabilities[:, i]),
        )
        for i, name in enumerate(class_names)
    )
    return Scores(
        accuracy=float(np.mean(predicted == labels)),
        reliability=reliability(labels, probabilities),
        answers=answers(labels, probabilities),
        macro={
            figure: _mean([getattr(one, figure) for one in classes])
            for figure in ("precision", "recall", "f1", "auc")
        },
        classes=classes,
        confusion=confusion,
    )


@dataclass(frozen=True)
class Roc:
    """A ROC curve: two float arrays of equal length, both rising from 0 to 1, and the area."""

    false_positive_rate: np.ndarray
    true_positive_rate: np.ndarray
    auc: float


def roc_of_class(labels: np.ndarray, probabilities: np.ndarray, index: int) -> Roc | None:
    """One class against the rest; None where all pictures or none are of the class.

    Args:
        labels: integer (N,).
        probabilities: float (N, classes).
        index: of the class.

    Example:
        >>> probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
        >>> roc_of_class(np.array([0, 1, 1]), probabilities, 1).auc
        1.0
    """
    return _roc(labels == index, probabilities[:, index])


def roc_micro(labels: np.ndarray, probabilities: np.ndarray) -> Roc | None:
    """All classes' decisions in one heap: every (picture, class) pair counts once."""
    truth = np.arange(probabilities.shape[1]) == labels[:, None]  # (N, classes)
    return _roc(truth.ravel(), probabilities.ravel())


def roc_macro(curves: list[Roc], points: int = 1001) -> Roc | None:
    """Mean height of the curves; its area is the mean of their areas but for the grid's width.

    Args:
        curves: of `roc_of_class`.
        points: of the grid from 0 to 1 on which they are averaged.
    """
    if not curves:
        return None
    grid = np.linspace(0.0, 1.0, points)
    heights = [np.interp(grid, c.false_positive_rate, c.true_positive_rate) for c in curves]
    mean = np.mean(heights, axis=0)
    mean[0] = 0.0  # curves begin in the corner
    return Roc(grid, mean, float(np.mean([curve.auc for curve in curves])))


def _checked(labels: np.ndarray, probabilities: np.ndarray, classes: int) -> np.ndarray:
    probabilities = np.asarray(probabilities)
    if labels.ndim != 1 or not len(labels) or probabilities.shape != (len(labels), classes):
        raise ValueError(
            f"expected labels (N,) and probabilities (N, {classes}), "
            f"got {labels.shape} and {probabilities.shape}"
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels {labels.min()} to {labels.max()}: expected 0 to {classes - 1}")
    return checked(probabilities)


def _auc(truth: np.ndarray, score: np.ndarray) -> float | None:
    curve = _roc(truth, score)
    return None if curve is None else curve.auc


def _roc(truth: np.ndarray, score: np.ndarray) -> Roc | None:
    if truth.all() or not truth.any():
        return None
    false_positive, true_positive, _ = metrics.roc_curve(truth, score)
    return Roc(false_positive, true_positive, float(metrics.auc(false_positive, true_positive)))


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
