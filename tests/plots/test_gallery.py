"""Pictures in rows: frames, sizes, captions."""

import numpy as np
import pytest

from rcnet_tf.plots.answers import answers_picture
from rcnet_tf.plots.channels import channel_grid
from rcnet_tf.plots.gallery import RIGHT, WRONG, gallery


def test_pictures_of_different_sizes_are_drawn_as_they_are(seen, holds):
    red = np.full((60, 80, 3), (200, 0, 0), np.uint8)
    blue = np.full((7, 7, 3), (0, 0, 200), np.uint8)
    kind, pixels = seen(gallery([red, blue], ["red", "blue"], "Two", columns=2))
    assert kind == "JPEG"
    assert holds(pixels, "#C80000", 10_000) and holds(pixels, "#0000C8", 10_000)
    assert not holds(pixels, RIGHT) and not holds(pixels, WRONG)


def test_more_rows_are_higher(pictures, seen):
    few, many = (seen(gallery(pictures[:n], ["x"] * n, "Some"))[1] for n in (6, 13))
    assert many.shape[0] > 2 * few.shape[0]


def test_nothing_to_draw_is_an_error():
    with pytest.raises(ValueError, match="no pictures"):
        gallery([], [], "None")


@pytest.mark.parametrize(
    ("label", "shown", "other"), [(1, RIGHT, WRONG), (0, WRONG, RIGHT)], ids=["right", "wrong"]
)
def test_frames_tell_right_answers_from_wrong_ones(pictures, seen, holds, label, shown, other):
    grey = np.full_like(pictures[:1], 128)
    said = np.array([[0.2, 0.8]])
    _, pixels = seen(answers_picture(grey, said, [label], ("a", "b"), "Said", columns=2))
    assert holds(pixels, shown) and not holds(pixels, other)


def test_every_channel_has_a_panel(seen):
    random = np.random.default_rng(0)
    maps = random.normal(size=(8, 8, 10)).astype(np.float32)
    kind, pixels = seen(channel_grid(maps, "Ten channels", columns=4))
    assert kind == "JPEG"
    fewer = seen(channel_grid(maps[..., :8], "Eight channels", columns=4))[1]
    assert pixels.shape[0] > 1.3 * fewer.shape[0]  # a third row
