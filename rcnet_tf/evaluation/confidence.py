"""Whether a model is as right as it is sure, and what a bin gains that may say "I don't know".

A picture's confidence is the probability of its most probable class. That of an int8 network goes
in steps of 1/256 and never reaches 1, but 255/256: its calibration error has a floor of some tenths
of a percent where it is always right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 15
"""Bins of confidence, as Guo et al. 2017 take them."""

THRESHOLDS = (0, 50, 60, 70, 80, 90, 95, 99)
"""Confidences below which nothing is answered, percent."""


@dataclass(frozen=True)
class Bin:
    """The pictures whose confidence lies in (low, high].

    Attributes:
        low, high: 0 to 1.
        pictures: how many.
        confidence: their mean; None where there are none.
        accuracy: share that is right; None where there are none.
    """

    low: float
    high: float
    pictures: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Answers:
    """What is answered where everything less sure is "I don't know".

    Attributes:
        threshold: percent; who is less sure says nothing.
        answered: number of pictures that are answered.
        correct: number of these answered rightly.
    """

    threshold: int
    answered: int
    correct: int


def reliability(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> tuple[Bin, ...]:
    """Sort pictures by their confidence into bins of equal width.

    Args:
        labels: integer (N,), N at least 1.
        probabilities: float (N, classes), 0 to 1.
        bins: how many; the first holds confidence 0 as well.
    """
    confidence, correct = _decisions(labels, probabilities)
    chosen = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)  # (N,)
    count = np.bincount(chosen, minlength=bins)  # (bins,)
    sure = np.bincount(chosen, weights=confidence, minlength=bins)
    right = np.bincount(chosen, weights=correct, minlength=bins)
    return tuple(
        Bin(
            low=b / bins,
            high=(b + 1) / bins,
            pictures=int(count[b]),
            confidence=float(sure[b] / count[b]) if count[b] else None,
            accuracy=float(right[b] / count[b]) if count[b] else None,
        )
        for b in range(bins)
    )


def expected_calibration_error(bins: tuple[Bin, ...]) -> float:
    """Mean gap between confidence and accuracy over the bins of `reliability`, 0 to 1.

    Each bin's gap counts with its number of pictures.

    Reference: Guo et al. "On calibration of modern neural networks." ICML 2017, Eq. 3, with its 15
    bins.

    Example:
        >>> bins = reliability(np.array([0, 1]), np.array([[0.9, 0.1], [0.3, 0.7]]))
        >>> round(expected_calibration_error(bins), 4)  # right where 90 % and where 70 % sure
        0.2
    """
    gaps = (one.pictures * abs((one.confidence or 0.0) - (one.accuracy or 0.0)) for one in bins)
    return sum(gaps) / sum(one.pictures for one in bins)


def answers(
    labels: np.ndarray, probabilities: np.ndarray, thresholds: tuple[int, ...] = THRESHOLDS
) -> tuple[Answers, ...]:
    """Count answers by the rule of the firmware (`firmware_bridge/camera/rcnet_top.h`).

    Args:
        labels, probabilities: as of `reliability`.
        thresholds: percent. The confidence is rounded to whole percents, half up, before it is
            compared, so that what a display shows is what decides.

    Example:
        >>> answers(np.array([0, 1]), np.array([[0.9, 0.1], [0.3, 0.7]]), thresholds=(80,))
        (Answers(threshold=80, answered=1, correct=1),)
    """
    confidence, correct = _decisions(labels, probabilities)
    percent = np.floor(100 * confidence + 0.5)  # (N,)
    return tuple(
        Answers(
            threshold=threshold,
            answered=int(np.sum(percent >= threshold)),
            correct=int(np.sum(correct[percent >= threshold])),
        )
        for threshold in thresholds
    )


def _decisions(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Confidence, float64 (N,), and whether the decision is right, bool (N,)."""
    probabilities = np.asarray(probabilities)
    confidence = probabilities.max(axis=1).astype(np.float64)
    return confidence, probabilities.argmax(axis=1) == labels
