"""Pictures of the network: Focus, blocks, SimAM, costs."""

import keras
import numpy as np
import pytest

from rcnet_tf.blocks import BLOCKS
from rcnet_tf.complexity import count
from rcnet_tf.evaluation.drawing import PALETTE
from rcnet_tf.plots import blocks, focus
from rcnet_tf.plots.attention import attention_maps, attention_overlay
from rcnet_tf.plots.costs import stage_costs
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.summary import stages


def test_focus_enlarges_where_pixels_differ(seen, holds):
    picture = np.full((64, 64, 3), 200, np.uint8)
    picture[34:38, 18:22] = 0
    assert focus._most_contrast(picture) == (32, 16)
    kind, pixels = seen(focus.focus_picture(picture))
    assert kind == "JPEG"
    assert all(holds(pixels, PALETTE[phase]) for phase in (0, 1, 2, 4))


def test_focus_refuses_odd_sides():
    with pytest.raises(ValueError, match="even"):
        focus.focus_picture(np.zeros((65, 65, 3), np.uint8))


@pytest.mark.parametrize(
    ("name", "widths"),
    [
        ("sandglass", [32, 32, 16, 32, 32]),
        ("inverted_residual", [32, 192, 192, 32]),
        ("bottleneck", [32, 16, 16, 32]),
    ],
)
def test_widths_of_a_block(name, widths):
    shape = blocks._Shape(_block(name))
    assert shape.widths == widths and shape.shortcut


def test_a_block_with_a_stride_has_no_shortcut():
    assert not blocks._Shape(_block("sandglass", stride=2)).shortcut


def test_blocks_are_drawn(seen, holds):
    kind, pixels = seen(blocks.block_shapes({name: _block(name) for name in BLOCKS}))
    assert kind == "PNG"
    assert all(holds(pixels, colour) for colour in PALETTE[:3])


def _block(name, stride=1):
    source = keras.Input((8, 8, 32))
    return keras.Model(source, BLOCKS[name](source, 32, stride, name))


def test_attention_is_the_mean_weight_of_the_channels(network, pictures):
    maps = attention_maps(network, pictures[:2])
    assert list(maps) == [f"stage{stage}_simam" for stage in range(1, 5)]
    layer = network.get_layer("stage2_simam")
    x = keras.Model(network.input, layer.input).predict_on_batch(preprocess_input(pictures[:2]))
    squares = (x - x.mean(axis=(1, 2), keepdims=True)) ** 2
    variance = x.var(axis=(1, 2), keepdims=True, ddof=1)
    expected = 1 / (1 + np.exp(-(squares / (4 * (variance + layer.lambda_)) + 0.5)))
    np.testing.assert_allclose(maps["stage2_simam"], expected.mean(axis=-1), rtol=1e-4)


def test_attention_is_laid_over_the_pictures(network, pictures, seen):
    maps = attention_maps(network, pictures[:2])
    kind, pixels = seen(attention_overlay(pictures[:2], ["one", "two"], maps, "narrow"))
    assert kind == "JPEG" and pixels.shape[1] > 900


def test_a_network_without_simam_has_no_attention(pictures):
    source = keras.Input((64, 64, 3))
    with pytest.raises(ValueError, match="has no SimAM"):
        attention_maps(keras.Model(source, keras.layers.ReLU()(source)), pictures[:1])


def test_costs_are_drawn_in_three_colours(network, seen, holds):
    kind, pixels = seen(stage_costs(stages(count(network)), "narrow"))
    assert kind == "PNG"
    assert all(holds(pixels, colour, 500) for colour in PALETTE[:3])
