"""Every corruption: what all of them promise."""

import numpy as np
import pytest

from rcnet_tf.corruptions.kinds import CORRUPTIONS, LEVELS, camera_frame, named
from rcnet_tf.errors import UserError
from rcnet_tf.preprocess import resize_area

EACH = pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda one: one.name)


def frame(height=90, width=120):
    """Smooth, light, with a coloured thing and some texture on it."""
    y, x = np.mgrid[:height, :width] / height
    value = 200 + 20 * np.sin(3 * x) + 10 * y
    picture = np.stack([value, 0.97 * value, 0.93 * value], axis=-1)
    middle = slice(height // 3, 2 * height // 3), slice(width // 3, 2 * width // 3)
    random = np.random.default_rng(0)
    picture[middle] = random.normal((160, 60, 40), 25, picture[middle].shape)
    return picture.clip(0, 255).astype(np.uint8)


@EACH
def test_shape_stays_pixels_change_and_the_given_frame_does_not(corruption):
    given = frame()
    kept = given.copy()
    assert len(corruption.severities) == LEVELS
    for level in range(LEVELS):
        result = corruption(given, level, "a/1.jpg")
        assert result.dtype == np.uint8 and result.shape == given.shape
    assert not np.array_equal(result, given)
    assert np.array_equal(given, kept)


@EACH
def test_a_picture_is_always_corrupted_alike(corruption):
    once, again = (corruption(frame(), 2, "glass/7.jpg") for _ in range(2))
    assert np.array_equal(once, again)
    others = [corruption(frame(), 2, f"glass/{index}.jpg") for index in range(8, 16)]
    random = corruption.name in ("motion", "noise", "rotation", "background")
    assert all(np.array_equal(once, other) for other in others) != random


@pytest.mark.parametrize(
    "name", ["darker", "brighter", "contrast", "defocus", "motion", "noise", "jpeg", "depth"]
)
def test_severities_rise(name):
    (corruption,) = named([name])
    given = frame(384, 512)
    worse = [corruption(given, level, "a").astype(int) for level in range(LEVELS)]
    distance = [np.abs(one - given).mean() for one in worse]
    assert 0 < distance[0] < distance[-1]
    assert np.all(np.diff(distance) > -0.05)  # two qualities of JPEG may be as good


@EACH
@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (5, 40)])
def test_tiny_pictures(corruption, shape):
    given = np.full((*shape, 3), 180, np.uint8)
    for level in range(LEVELS):
        assert corruption(given, level, "x").shape == given.shape


def test_large_pictures_become_camera_frames():
    large = np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    assert np.array_equal(camera_frame(large), resize_area(large, 384, 512))
    assert camera_frame(large[:300, :400]).shape == (300, 400, 3)
    assert camera_frame(np.zeros((2000, 2, 3), np.uint8)).shape == (512, 1, 3)


def test_names():
    assert named(None) == CORRUPTIONS
    assert [one.name for one in named(["noise", "darker"])] == ["darker", "noise"]
    with pytest.raises(UserError, match="no corruption fog, rain; expected some of darker, "):
        named(["fog", "noise", "rain"])
