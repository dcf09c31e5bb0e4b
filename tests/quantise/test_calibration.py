"""Representative pictures: what is refused, and the two ends of the input's range."""

import numpy as np
import pytest
from narrow_model import SIZE, patches

from rcnet_tf.errors import UserError
from rcnet_tf.quantise.calibration import check, with_extremes


def test_pictures_pass():
    check(patches(10), SIZE)
    check(patches(10, low=100, high=110), SIZE)  # dull, but pictures


def noise(count):
    return np.random.default_rng(0).integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8)


def grey(count):
    values = np.arange(count, dtype=np.uint8)[:, None, None, None]
    return np.broadcast_to(values, (count, SIZE, SIZE, 3))


@pytest.mark.parametrize(
    ("pictures", "reason"),
    [
        (np.empty((0, SIZE, SIZE, 3), np.uint8), "no representative pictures"),
        (patches(9), "9 representative pictures; expected at least 10"),
        (patches(12, size=66), r"uint8 \(12, 66, 66, 3\); expected uint8 \(N, 64, 64, 3\)"),
        (patches(12)[..., :1], r"uint8 \(12, 64, 64, 1\)"),
        (patches(12).astype(np.float32), "are float32"),
        (grey(30), "30 of 30 .* single colour"),
        (np.concatenate([patches(20), grey(5)]), "5 of 25 .* single colour"),
        (patches(1).repeat(30, axis=0), "copies of one another"),
        (noise(20), "20 of 20 .* noise"),
        (np.concatenate([patches(15), noise(5)]), "5 of 20 .* noise"),
    ],
)
def test_useless_pictures_are_refused(pictures, reason):
    with pytest.raises(UserError, match=reason):
        check(pictures, SIZE)


def test_extremes_change_two_values_at_most():
    pictures = patches(10, low=50, high=200)
    changed = with_extremes(pictures)
    assert (changed.min(), changed.max()) == (0, 255)
    assert np.sum(changed != pictures) == 2
    assert pictures.min() >= 50  # a copy
    np.testing.assert_array_equal(with_extremes(changed), changed)
