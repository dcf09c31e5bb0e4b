"""FakeQuant against the arithmetic of int8 tensors, in NumPy."""

import keras
import numpy as np
import pytest

from rcnet_tf.quantise.fake_quant import FakeQuant, disabled, per_channel


def stored_and_read(x, scale, zero_point):
    """What an int8 tensor keeps of x."""
    stored = np.clip(np.round(x / scale) + zero_point, -128, 127)
    return (stored - zero_point) * scale


def quantiser(low, high, **options):
    layer = FakeQuant("tensor", **options)
    layer.build((None,))
    layer.set_range(low, high)
    return layer


@pytest.mark.parametrize("ends", [(-1.0, 127 / 128), (0.0, 6.0), (-0.28, 5.9), (-3.0, 0.0)])
def test_values_are_those_of_an_int8_tensor(ends):
    layer = quantiser(*ends)
    scale, zero_point = layer.quantisation()
    assert -128 <= zero_point <= 127
    x = np.linspace(2 * ends[0] - 1, 2 * ends[1] + 1, 5000).astype(np.float32)
    actual, expected = np.array(layer(x)), stored_and_read(x, scale, zero_point)
    # A value halfway between two steps may go either way.
    assert np.mean(np.abs(actual - expected) > 1e-5) < 0.002
    np.testing.assert_allclose(actual, expected, atol=1.01 * scale)
    assert 0.0 in np.array(layer(np.zeros(1, np.float32)))


def test_the_input_is_kept_exactly():
    layer = quantiser(-1.0, 127 / 128)
    assert layer.quantisation() == (1 / 128, 0)
    pixels = (np.arange(256, dtype=np.float32) - 128) / 128
    np.testing.assert_array_equal(np.array(layer(pixels)), pixels)


def test_zero_is_made_part_of_the_range():
    layer = quantiser(0.5, 4.0)
    assert np.array(layer.range).tolist() == [0.0, 4.0]


def test_gradient_passes_inside_and_stops_outside():
    tf = pytest.importorskip("tensorflow")
    layer = quantiser(-1.0, 1.0)
    x = tf.constant([-2.0, -0.3, 0.4, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
    assert tape.gradient(y, x).numpy().tolist() == [0.0, 1.0, 1.0, 0.0]


def test_disabled_lets_pass_and_comes_back_even_after_an_error():
    layer = quantiser(-1.0, 1.0)
    inputs = keras.Input((3,))
    model = keras.Model(inputs, layer(inputs))
    x = np.array([[5.0, 0.123456, -7.0]], np.float32)
    with pytest.raises(KeyError), disabled(model):
        np.testing.assert_array_equal(np.array(model(x)), x)
        raise KeyError
    assert np.abs(np.array(model(x))).max() < 1.01


def test_kernel_is_rounded_per_channel_symmetrically():
    kernel = np.random.default_rng(0).normal(size=(3, 3, 4, 5)).astype(np.float32)
    kernel *= np.array([1, 10, 0.01, 3, 0], np.float32)  # the last channel is switched off
    rounded = np.array(per_channel(keras.ops.convert_to_tensor(kernel), 3))
    scale = np.abs(kernel).max(axis=(0, 1, 2)) / 127
    for channel in range(4):
        steps = rounded[..., channel] / scale[channel]
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-3)
        assert np.abs(rounded - kernel)[..., channel].max() <= 0.5001 * scale[channel]
    assert not rounded[..., 4].any()
