"""Calibration error, reliability and answers against their definitions, written out."""

import numpy as np
import pytest

from rcnet_tf.evaluation import confidence
from rcnet_tf.evaluation.confidence import Answers, expected_calibration_error, reliability


def example(count=500, seed=3):
    """Labels, and probabilities that favour them."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, count)
    scores = rng.random((count, 4)) + 0.5 * np.eye(4)[labels]
    return labels, (scores / scores.sum(1, keepdims=True)).astype(np.float32)


def test_calibration_error_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.65, 0.35]])
    labels = np.array([0, 0, 1, 0])
    # Bins of a fifth: three pictures at 0.9, two of them right; one at 0.65, right.
    expected = 3 / 4 * abs(0.9 - 2 / 3) + 1 / 4 * abs(0.65 - 1)
    bins = reliability(labels, probabilities, bins=5)
    assert expected_calibration_error(bins) == pytest.approx(expected)
    assert [one.pictures for one in bins] == [0, 0, 0, 1, 3]
    assert (bins[4].confidence, bins[4].accuracy) == pytest.approx((0.9, 2 / 3))
    assert (bins[0].low, bins[0].high, bins[0].confidence) == (0, 0.2, None)


def test_calibration_error_by_loop_and_its_limits():
    labels, probabilities = example()
    sure, correct = probabilities.max(1), probabilities.argmax(1) == labels
    expected = 0.0
    for b in range(15):
        inside = (sure > b / 15) & (sure <= (b + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(sure[inside].mean() - correct[inside].mean())
    assert expected > 0.05
    error = expected_calibration_error(reliability(labels, probabilities))
    assert error == pytest.approx(expected, abs=1e-6)
    order = np.arange(4)
    assert expected_calibration_error(reliability(order, np.eye(4))) == 0
    assert expected_calibration_error(reliability(order, np.eye(4)[::-1])) == 1


def test_steps_of_int8_stay_in_their_bins():
    # The most sure that an int8 softmax can be, always right: what is missing to 1 remains.
    probabilities = np.array([[255, 0], [255, 1]]) / 256
    bins = reliability(np.array([0, 0]), probabilities)
    assert bins[-1].pictures == 2
    assert expected_calibration_error(bins) == pytest.approx(1 / 256)


def test_answers_are_counted_by_the_rounded_percent_of_the_firmware():
    levels = np.arange(128, 256)  # int8 outputs + 128 of the first of two classes
    probabilities = np.stack([levels, 256 - levels], axis=1) / 256
    labels = levels % 3 == 0  # true: the second class
    for one in confidence.answers(labels.astype(int), probabilities, (0, 50, 73, 99, 100)):
        # firmware_bridge/camera/rcnet_top.c
        kept = (levels * 100 + 128) // 256 >= one.threshold
        assert one.answered == kept.sum()
        assert one.correct == np.sum(kept & ~labels)


def test_no_answers_above_every_confidence():
    assert confidence.answers(np.array([0]), np.array([[0.6, 0.4]]), (60, 61)) == (
        Answers(60, 1, 1),
        Answers(61, 0, 0),
    )
