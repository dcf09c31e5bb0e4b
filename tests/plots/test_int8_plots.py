"""Pictures of int8: ranges, noise of stages, feature maps."""

import numpy as np
import pytest

from rcnet_tf.evaluation.drawing import PALETTE
from rcnet_tf.export.debug import StageNoise
from rcnet_tf.export.tflite import plain_int8
from rcnet_tf.plots.ranges import range_picture
from rcnet_tf.plots.stages import maps_beside, maps_picture, stage_noise
from rcnet_tf.quantise.ranges import Observed


def test_ranges_are_drawn_each_in_its_colour(seen, holds):
    values = np.random.default_rng(0).normal(size=5000).astype(np.float32)
    observed = Observed(values, np.ones_like(values), float(values.min()), float(values.max()))
    ranges = {"all": (observed.low, observed.high), "most": (-2.0, 2.0)}
    kind, pixels = seen(range_picture(observed, ranges, "Ranges"))
    assert kind == "PNG"
    assert holds(pixels, PALETTE[0], 500) and holds(pixels, PALETTE[1], 500)


def test_a_stage_without_noise_is_left_out_of_the_line(seen):
    stages = [StageNoise("stem", None, None, 1.0), StageNoise("stage1", 20.0, 30.0, 1.0)]
    kind, _ = seen(stage_noise(stages, "two stages"))
    assert kind == "PNG"


@pytest.fixture(scope="module")
def maps(network, pictures):
    names = ["focus_silu", "stage1_simam"]
    return maps_beside(network, plain_int8(network, pictures[:10]), pictures[3], names)


def test_float_and_int8_maps_are_of_one_channel(maps):
    assert [one.shape for one, _ in maps.values()] == [(32, 32), (16, 16)]
    for real, stored in maps.values():
        assert np.corrcoef(real.ravel(), stored.ravel())[0, 1] > 0.98
        assert np.abs(real - stored).max() > 0


def test_maps_are_drawn(maps, seen):
    kind, pixels = seen(maps_picture(maps, "a picture"))
    assert kind == "JPEG" and pixels.shape[0] > pixels.shape[1]
