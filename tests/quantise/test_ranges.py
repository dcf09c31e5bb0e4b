"""Ranges: the least weighted error, whatever order the pictures come in."""

import keras
import numpy as np
import pytest
from narrow_model import narrow_network, patches

from rcnet_tf import shipped_pictures
from rcnet_tf.data import cache
from rcnet_tf.model import FocusRCNet
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise import ranges
from rcnet_tf.quantise.fake_quant import disabled
from rcnet_tf.quantise.lower import logits, lower, quantisers

RANDOM = np.random.default_rng(0)


def observed(values, weights=None):
    values = np.asarray(values, np.float32)
    weights = np.ones_like(values) if weights is None else np.asarray(weights, np.float32)
    return ranges.Observed(values, weights, min(0.0, values.min()), max(0.0, values.max()))


def error(one, low, high):
    """Weighted squared error of an int8 tensor with this range, by doing it."""
    step = (high - low) / 255
    rounded = np.round(np.clip(one.values, low, high) / step) * step
    return np.sum(one.weights * (one.values - rounded) ** 2)


def test_uniform_values_keep_their_whole_range():
    low, high = ranges.best_range(observed(RANDOM.uniform(-1, 3, 100_000)))
    assert low == pytest.approx(-1, abs=0.01) and high == pytest.approx(3, abs=0.01)


def test_a_lone_outlier_is_clipped():
    values = np.append(RANDOM.normal(size=100_000), 1000.0)
    low, high = ranges.best_range(observed(values, [*np.ones(100_000), 1e-6]))
    assert high < 50 and -6 < low < -3


def test_what_matters_more_weighs_more():
    """Loud values that nothing depends on give way to quiet ones that everything does."""
    quiet, loud = RANDOM.normal(0, 0.5, 50_000), RANDOM.normal(0, 10, 50_000)
    values = np.concatenate([quiet, loud])
    alike = ranges.best_range(observed(values))
    apart = ranges.best_range(observed(values, np.repeat([1.0, 1e-6], 50_000)))
    assert apart[1] - apart[0] < 0.3 * (alike[1] - alike[0])


def test_no_candidate_does_better():
    one = observed(RANDOM.laplace(size=50_000), RANDOM.uniform(0.5, 1.5, 50_000))
    found = error(one, *ranges.best_range(one))
    for low in np.geomspace(0.2, 1, 12) * one.low:
        for high in np.geomspace(0.2, 1, 12) * one.high:
            assert found < 1.03 * error(one, low, high)


def test_a_reader_that_saturates_is_asked_what_it_makes_of_the_value():
    values = RANDOM.uniform(-20, 3, 100_000)
    plain = ranges.best_range(observed(values))
    behind_silu = ranges.best_range(observed(values), lambda x: x / (1 + np.exp(-x)))
    assert plain[0] < -19 and -9 < behind_silu[0] < -3


def test_constants_do_no_harm():
    low, high = ranges.best_range(observed(np.zeros(10)))
    assert low < 0 < high
    assert ranges.best_range(observed(np.full(10, 2.0), np.zeros(10))) == (0.0, 2.0)


def test_learnt_ranges_lose_less_than_extremes():
    """The logits of the shipped weights, at 96 pixels, on pictures that were not learnt from."""
    lowered = lower(FocusRCNet(input_shape=(96, 96, 3)))
    pictures = cache.arrays(shipped_pictures.calibration(), 96)[0][::3]
    ranges.learn(lowered, pictures)
    scores = keras.Model(lowered.input, logits(lowered))
    x = preprocess_input(cache.arrays(shipped_pictures.demo(), 96)[0][::3])
    with disabled(lowered):
        exact = np.asarray(scores(x, training=False))
    learnt = np.asarray(scores(x, training=False))
    for name, one in ranges.observe(lowered, pictures).items():
        quantisers(lowered)[name].set_range(one.low, one.high)
    extreme = np.asarray(scores(x, training=False))
    assert np.mean((learnt - exact) ** 2) < 0.5 * np.mean((extreme - exact) ** 2)


def test_fixed_ranges_stay():
    lowered = lower(narrow_network())
    before = {n: np.array(q.range) for n, q in quantisers(lowered).items() if q.fixed}
    assert {"image", "predictions", "stage1_simam/logistic"} < set(before)
    done = []
    ranges.learn(lowered, patches(12), done.append)
    assert sum(done) == 12
    for name, expected in before.items():
        np.testing.assert_array_equal(np.array(quantisers(lowered)[name].range), expected)
