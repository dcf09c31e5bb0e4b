"""Figures against their definitions, written out in NumPy."""

import numpy as np
import pytest

from rcnet_tf.evaluation import metrics

NAMES = ("a", "b", "c", "d")


def example(seed=0, count=200, steps=None):
    """Labels, and probabilities that favour them; rounded to `steps` values for ties."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, count)
    scores = rng.random((count, 4)) + 0.5 * np.eye(4)[labels]
    probabilities = (scores / scores.sum(1, keepdims=True)).astype(np.float32)
    if steps:
        probabilities = np.round(probabilities * steps) / steps
    return labels, probabilities


def auc_by_pairs(truth, score):
    """Share of (positive, negative) pairs that are in order; ties count half."""
    difference = score[truth][:, None] - score[~truth][None, :]
    return np.mean((difference > 0) + 0.5 * (difference == 0))


@pytest.mark.parametrize("steps", [None, 8])
def test_auc_is_the_share_of_ordered_pairs(steps):
    labels, probabilities = example(steps=steps)
    scores = metrics.measure(labels, probabilities, NAMES)
    expected = [auc_by_pairs(labels == i, probabilities[:, i]) for i in range(4)]
    assert 0.5 < min(expected) < max(expected) < 1
    np.testing.assert_allclose([one.auc for one in scores.classes], expected, atol=1e-12)
    assert scores.macro["auc"] == pytest.approx(np.mean(expected))


def test_counts_and_shares():
    labels, probabilities = example(1)
    predicted = probabilities.argmax(1)
    scores = metrics.measure(labels, probabilities, NAMES)
    assert scores.accuracy == np.mean(labels == predicted)
    for i, one in enumerate(scores.classes):
        hits = np.sum((labels == i) & (predicted == i))
        precision, recall = hits / np.sum(predicted == i), hits / np.sum(labels == i)
        assert (one.name, one.pictures, one.predicted) == (
            NAMES[i],
            np.sum(labels == i),
            np.sum(predicted == i),
        )
        assert one.precision == pytest.approx(precision)
        assert one.recall == pytest.approx(recall)
        assert one.f1 == pytest.approx(2 * precision * recall / (precision + recall))
        for j in range(4):
            assert scores.confusion[i, j] == np.sum((labels == i) & (predicted == j))
    for figure in ("precision", "recall", "f1"):
        mean = np.mean([getattr(one, figure) for one in scores.classes])
        assert scores.macro[figure] == pytest.approx(mean)


def test_class_without_pictures_has_no_figures_and_leaves_the_averages():
    labels, probabilities = example(2)
    kept = labels != 3
    labels, probabilities = labels[kept], probabilities[kept]
    scores = metrics.measure(labels, probabilities, NAMES)
    absent = scores.classes[3]
    assert absent.pictures == 0
    assert absent.predicted > 0
    assert (absent.precision, absent.recall, absent.f1, absent.auc) == (None,) * 4
    assert scores.macro["recall"] == pytest.approx(
        np.mean([one.recall for one in scores.classes[:3]])
    )
    assert scores.macro["auc"] == pytest.approx(np.mean([one.auc for one in scores.classes[:3]]))


def test_pictures_of_one_class_only_have_no_auc():
    scores = metrics.measure(np.zeros(3, int), np.eye(4)[[0, 0, 1]], NAMES)
    assert scores.classes[0].auc is None
    assert scores.macro["auc"] is None
    assert scores.classes[0].recall == pytest.approx(2 / 3)
    assert scores.classes[0].precision == 1


def test_class_that_is_never_predicted_has_precision_0():
    probabilities = np.tile([0.6, 0.4, 0.0, 0.0], (4, 1))
    scores = metrics.measure(np.array([0, 1, 2, 3]), probabilities, NAMES)
    assert [one.precision for one in scores.classes] == [0.25, 0, 0, 0]
    assert [one.f1 for one in scores.classes] == [0.4, 0, 0, 0]


def test_of_equal_probabilities_the_first_wins():
    scores = metrics.measure(np.array([1]), np.array([[0.0, 0.5, 0.5, 0.0]]), NAMES)
    assert scores.accuracy == 1


def test_roc_curves_begin_and_end_in_the_corners():
    labels, probabilities = example(4)
    curves = [metrics.roc_of_class(labels, probabilities, i) for i in range(4)]
    micro, macro = metrics.roc_micro(labels, probabilities), metrics.roc_macro(curves)
    for curve in (*curves, micro, macro):
        rates = curve.false_positive_rate, curve.true_positive_rate
        assert all(rate[0] == 0 and rate[-1] == 1 for rate in rates)
        assert all(np.all(np.diff(rate) >= 0) for rate in rates)
    truth = np.eye(4, dtype=bool)[labels]
    assert micro.auc == pytest.approx(auc_by_pairs(truth.ravel(), probabilities.ravel()))
    area = np.trapezoid(macro.true_positive_rate, macro.false_positive_rate)
    assert macro.auc == pytest.approx(area, abs=1e-3)
    assert metrics.roc_macro([]) is None
    assert metrics.roc_of_class(np.zeros(3, int), np.eye(4)[:3], 0) is None


@pytest.mark.parametrize(
    "labels, probabilities",
    [
        ([0, 1], np.eye(4)[:3]),
        ([0, 1], np.eye(3)[:2]),
        ([0, 4], np.eye(4)[:2]),
        ([-1, 0], np.eye(4)[:2]),
        ([], np.empty((0, 4))),
        ([0, 1], 7 * np.eye(4)[:2]),
        ([0, 1], np.full((2, 4), np.nan)),
        ([0, 1], -np.eye(4)[:2]),
    ],
)
def test_what_does_not_fit_is_refused(labels, probabilities):
    with pytest.raises(ValueError, match="expected"):
        metrics.measure(np.array(labels, int), probabilities, NAMES)
