"""Noise by its statistics, few bits by the firmware's arithmetic."""

import numpy as np
import pytest

from rcnet_tf.corruptions import sensor
from rcnet_tf.corruptions.light import LIGHT

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("electrons", [2000, 80])
@pytest.mark.parametrize("value", [90, 180])
def test_variance_of_a_count_is_the_count_and_that_of_reading_it(electrons, value):
    frame = np.full((200, 200, 3), value, np.uint8)
    result = LIGHT[sensor.noise(frame, electrons, np.random.default_rng(1))]
    count = LIGHT[value] * electrons
    assert result.mean() * electrons == pytest.approx(count, rel=0.02)
    deviation = np.sqrt(count + sensor.READ_NOISE**2)
    assert result.std() * electrons == pytest.approx(deviation, rel=0.05)
    # Every sample of every channel has noise of its own.
    assert abs(np.corrcoef(result[..., 0].ravel(), result[..., 1].ravel())[0, 1]) < 0.05


def test_rgb565_is_widened_as_the_firmware_does():
    values = np.arange(256)
    frame = np.stack([values] * 3, axis=-1).astype(np.uint8)[None]
    result = sensor.depth(frame, "565", RANDOM)[0]
    five, six = values >> 3, values >> 2
    assert np.array_equal(result[:, 0], five << 3 | five >> 2)
    assert np.array_equal(result[:, 1], six << 2 | six >> 4)
    assert np.array_equal(result[:, 2], five << 3 | five >> 2)


@pytest.mark.parametrize("bits, levels", [("888", 256), ("444", 16), ("332", 8), ("222", 4)])
def test_few_bits_are_few_even_levels(bits, levels):
    frame = np.stack([np.arange(256)] * 3, axis=-1).astype(np.uint8)[None]
    red = np.unique(sensor.depth(frame, bits, RANDOM)[..., 0])
    assert len(red) == levels
    assert (red[0], red[-1]) == (0, 255)
    assert np.ptp(np.diff(red)) <= 1


def test_jpeg_keeps_the_shape_and_loses_more_at_lower_quality():
    ramp = np.linspace(0, 255, 37 * 51 * 3).reshape(37, 51, 3)
    frame = (ramp + np.random.default_rng(2).normal(0, 9, ramp.shape)).clip(0, 255).astype(np.uint8)
    errors = []
    for quality in (95, 50, 5):
        result = sensor.jpeg(frame, quality, RANDOM)
        assert result.shape == frame.shape and result.dtype == np.uint8
        errors.append(np.abs(result.astype(int) - frame).mean())
    assert 0 < errors[0] < errors[1] < errors[2]
