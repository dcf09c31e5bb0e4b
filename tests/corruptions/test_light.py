"""Exposure against the sRGB formula, value by value."""

import numpy as np
import pytest

from rcnet_tf.corruptions import light

RANDOM = np.random.default_rng(0)


def to_light(value):
    value /= 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def to_pixel(light):
    light = min(light, 1.0)
    return 255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("stops", [-3, -0.5, 0, 0.75, 1.5])
def test_exposure_multiplies_light(stops):
    frame = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    expected = [to_pixel(to_light(value) * 2**stops) for value in range(256)]
    result = light.expose(frame, stops, RANDOM)
    assert result.dtype == np.uint8
    # Light is stored in steps that are finer than the pixels'.
    np.testing.assert_allclose(result[..., 0].ravel(), expected, atol=0.7)
    if stops == 0:
        assert np.array_equal(result, frame)


def test_fading_moves_towards_the_mean():
    frame = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    grey = frame @ np.array([0.299, 0.587, 0.114])
    expected = grey.mean() + 0.3 * (frame - grey.mean())
    np.testing.assert_allclose(light.fade(frame, 30, RANDOM), expected, atol=1.5)
