"""Focus against slices and a matrix product."""

import keras
import numpy as np
import pytest
from keras import ops

from rcnet_tf.layers import Focus
from rcnet_tf.layers.focus import focus_slices


def images(batch, height, width, channels, seed=0):
    shape = (batch, height, width, channels)
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def slices(x):
    """YOLOv5's order: (even row, even column), (odd, even), (even, odd), (odd, odd)."""
    phases = [x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]]
    return np.concatenate(phases, axis=-1)


def test_order_of_the_slices():
    # Pixel value = 10 * row + column; two channels, the second negative.
    plane = (10 * np.arange(4)[:, None] + np.arange(6)).astype(np.float32)
    x = np.stack([plane, -plane], axis=-1)[None]
    result = ops.convert_to_numpy(focus_slices(x))
    assert result.shape == (1, 2, 3, 8)
    assert result[0, 1, 2].tolist() == [24, -24, 34, -34, 25, -25, 35, -35]
    np.testing.assert_array_equal(result, slices(x))


def test_slices_are_a_permutation_of_space_to_depth():
    tf = pytest.importorskip("tensorflow")
    x = images(2, 6, 8, 3)
    phases = tf.nn.space_to_depth(x, 2).numpy()[..., [0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11]]
    np.testing.assert_array_equal(phases, ops.convert_to_numpy(focus_slices(x)))


@pytest.mark.parametrize(
    "shape, filters", [((1, 2, 2, 3), 24), ((3, 8, 6, 3), 5), ((2, 4, 4, 1), 1)]
)
def test_layer_is_slices_and_a_1x1_convolution(shape, filters):
    x, layer = images(*shape), Focus(filters)
    layer.build(shape)
    assert layer.count_params() == 4 * shape[-1] * filters  # no bias
    expected = slices(x) @ ops.convert_to_numpy(layer.kernel)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-5)


def test_convolution_kernel_is_the_layer_as_a_convolution():
    x, layer = images(2, 6, 8, 3), Focus(7)
    outputs = layer(x)
    kernel = layer.convolution_kernel()
    assert kernel.shape == (2, 2, 3, 7)
    np.testing.assert_allclose(ops.conv(x, kernel, strides=2), outputs, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("height, width", [(5, 4), (4, 5), (1, 1)])
def test_odd_sizes_are_refused(height, width):
    with pytest.raises(ValueError, match="even sizes"):
        Focus(4)(images(1, height, width, 3))
    with pytest.raises(ValueError, match="even sizes"):
        Focus(4)(keras.Input((height, width, 3)))


def test_size_may_be_unknown():
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, Focus(4)(inputs))
    assert model.output_shape == (None, None, None, 4)
    assert model(images(1, 4, 6, 3)).shape == (1, 2, 3, 4)


def test_regularizer_adds_a_loss():
    layer = Focus(4, kernel_regularizer=keras.regularizers.L2(0.5))
    layer(images(1, 4, 4, 3))
    kernel = ops.convert_to_numpy(layer.kernel)
    np.testing.assert_allclose(layer.losses[0], 0.5 * np.sum(kernel**2), rtol=1e-5)
