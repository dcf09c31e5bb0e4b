"""What a point of light becomes."""

import numpy as np
import pytest

from rcnet_tf.corruptions import optics
from rcnet_tf.corruptions.light import LIGHT, pixels

ROWS, COLUMNS = 64, 512  # severities count pixels of frames that are 512 wide


def point():
    """A bright point in the middle, so bright that a pixel's steps do not matter after blurring."""
    frame = np.zeros((ROWS, COLUMNS, 3), np.uint8)
    frame[ROWS // 2, COLUMNS // 2] = 255
    return frame


def spread_of(frame):
    """Light (ROWS, COLUMNS), and vertical and horizontal distance from the point."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    return LIGHT[frame[..., 0]], y - ROWS // 2, x - COLUMNS // 2


@pytest.mark.parametrize("radius", [1, 3, 8])
def test_a_point_out_of_focus_is_a_disk(radius):
    light, y, x = spread_of(optics.defocus(point(), radius, np.random.default_rng(0)))
    distance = np.hypot(x, y)
    assert np.all(light[distance > radius + 0.8] == 0)
    inside = light[distance < radius - 0.8]
    np.testing.assert_allclose(inside, 1 / (np.pi * radius**2), rtol=0.1)
    assert light.sum() == pytest.approx(1, rel=0.1)


def test_a_moving_point_is_a_line():
    light, y, x = spread_of(optics.shake(point(), 21, np.random.default_rng(3)))
    assert light.sum() == pytest.approx(1, rel=0.1)
    along, across = np.linalg.eigvalsh(np.cov(np.stack([x[light > 0], y[light > 0]])))[::-1]
    assert 12 * along == pytest.approx(21**2, rel=0.25)  # a uniform line's variance
    assert across < 1
    other = optics.shake(point(), 21, np.random.default_rng(4))
    assert not np.array_equal(LIGHT[other[..., 0]], light)  # in another direction


def test_blur_averages_light_and_not_pixels():
    # Fine stripes of black and white far from each other's edge: half the light.
    frame = np.zeros((ROWS, COLUMNS, 3), np.uint8)
    frame[:, ::2] = 255
    result = optics.defocus(frame, 20, np.random.default_rng(0))
    half = int(pixels(np.array(0.5)))
    assert half == 188
    assert abs(int(result[ROWS // 2, COLUMNS // 2, 0]) - half) <= 2


def test_a_plain_frame_stays_and_small_frames_blur_in_proportion():
    plain = np.full((9, 7, 3), 131, np.uint8)
    for blur in (optics.defocus, optics.shake):
        result = blur(plain, 31, np.random.default_rng(0))
        assert np.max(np.abs(result.astype(int) - 131)) <= 1
    small = point()[::4, ::4]
    assert small.any()
    light = LIGHT[optics.defocus(small, 8, np.random.default_rng(0))[..., 0]]
    assert np.count_nonzero(light) <= 5 * 5  # a radius of 2
