"""Signal, noise and ranges of one tensor against NumPy."""

import numpy as np
import pytest

from rcnet_tf.export.noise import Sums, decibels

STEP = 0.5
LIMITS = (-64.0, 63.5)


def maps(count=3, seed=0, scale=1.0):
    return (scale * np.random.default_rng(seed).normal(0, 8, (count, 6, 6, 4))).astype(np.float32)


def summed(stored, real):
    sums = Sums(LIMITS, STEP)
    for one, other in zip(stored, real, strict=True):
        sums.add(one[None], other[None])
        sums.add_own(one[None], other[None], None)
    return sums.figures()


@pytest.mark.parametrize("expected", [0.0, 20.0, 47.3])
def test_known_ratio(expected):
    real = maps()
    noise = maps(seed=1)
    noise *= np.sqrt(np.sum(real**2) / np.sum(noise**2) / 10 ** (expected / 10))
    figures = summed(real + noise, real)
    assert figures["total_db"] == pytest.approx(expected, abs=1e-3)
    assert figures["own_db"] == pytest.approx(expected, abs=1e-3)


def test_rounding_is_as_the_textbook_says():
    real = maps(40)
    figures = summed(np.round(real / STEP) * STEP, real)
    # Signal 8^2, noise step^2 / 12.
    assert figures["total_db"] == pytest.approx(10 * np.log10(64 * 12 / STEP**2), abs=0.2)
    assert figures["clipped"] == 0 and figures["clipped_share"] == 0


def test_nothing_to_compare():
    assert decibels(1.0, 0.0) is None and decibels(0.0, 1.0) is None
    zeros = np.zeros((1, 2, 2, 3), np.float32)
    figures = summed(zeros, zeros)
    assert figures["total_db"] is figures["own_db"] is figures["channel_ratio"] is None


def test_range_and_percentiles():
    values = np.linspace(-3, 5, 100_000, dtype=np.float32).reshape(1, 100, 100, 10)
    figures = summed(values, values)
    assert (figures["low"], figures["high"]) == (-3, 5)
    assert figures["p_low"] == pytest.approx(-2.992, abs=0.03)
    assert figures["p_high"] == pytest.approx(4.992, abs=0.03)
    assert figures["bits"] == pytest.approx(np.log2(1 + 8 / STEP), abs=0.02)


def test_clipped_values_are_counted_and_blamed():
    real = maps(8)
    real[0, 0, 0] = 100.0  # 4 of 1152 values, beyond the range by far more than rounding
    stored = np.clip(np.round(real / STEP) * STEP, *LIMITS)
    figures = summed(stored, real)
    assert figures["clipped"] == pytest.approx(4 / real.size)
    beyond = np.sum((100.0 - 63.5) ** 2 * 4)
    share = beyond / np.sum((stored - real) ** 2)
    assert figures["clipped_share"] == pytest.approx(share, rel=1e-4)


def test_half_a_step_beyond_the_range_is_rounding():
    edge = np.full((1, 2, 2, 1), 63.7, np.float32)
    assert summed(np.full_like(edge, 63.5), edge)["clipped"] == 0


def test_quiet_channels():
    real = maps(10)
    real[..., 0] /= 32  # one of four: below the fifth percentile's next neighbour
    figures = summed(np.round(real / STEP) * STEP, real)
    signal, noise = 1 / 4**2, np.mean((np.round(real / STEP) * STEP - real)[..., 0] ** 2)
    assert figures["quiet_db"] < figures["own_db"] - 15
    assert 10 * np.log10(signal / noise) - 1 < figures["quiet_db"]
    loudest = np.abs(real).max(axis=(0, 1, 2))
    ratio = np.percentile(loudest, 95) / np.percentile(loudest, 5)
    assert figures["channel_ratio"] == pytest.approx(ratio)


def test_share_of_the_weights():
    real, weights, rounding = maps(), maps(seed=1, scale=0.03), maps(seed=2, scale=0.01)
    sums = Sums(LIMITS, STEP)
    sums.add(real, real)
    error = sums.add_own(real + weights + rounding, real, real + weights)
    np.testing.assert_allclose(error, weights + rounding, atol=1e-5)
    share = sums.figures()["weights_share"]
    assert share == pytest.approx(np.sum(weights**2) / np.sum((weights + rounding) ** 2), rel=1e-3)


def test_where_there_is_no_answer_there_is_no_error():
    real = np.array([[1.0, np.inf, np.nan, 2.0]], np.float32)
    error = Sums(LIMITS, STEP).add_own(np.array([[1.5, 63.5, 0.0, 2.0]], np.float32), real, None)
    assert error.tolist() == [[0.5, 0.0, 0.0, 0.0]]
