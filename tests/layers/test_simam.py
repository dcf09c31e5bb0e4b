"""SimAM against the paper's energy, and at the edges."""

import keras
import numpy as np
import pytest
from keras import ops

from rcnet_tf.layers import SimAM


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def oracle(x, lambda_=1e-4):
    """Yang et al. 2021: the minimal energy of each neuron t,

        e = 4 (v + lambda) / ((t - mu)^2 + 2 v + 2 lambda),

    mu and v over the n positions of its own channel, v divided by n - 1; then t * sigmoid(1 / e).
    """
    x = x.astype(np.float64)
    result = np.empty_like(x)
    for b in range(x.shape[0]):
        for c in range(x.shape[3]):
            t = x[b, :, :, c]
            v = np.var(t, ddof=1) if t.size > 1 else 0.0
            energy = 4 * (v + lambda_) / ((t - t.mean()) ** 2 + 2 * v + 2 * lambda_)
            result[b, :, :, c] = t * sigmoid(1 / energy)
    return result


def images(shape, deviation=1.0, mean=0.0, seed=0):
    return np.random.default_rng(seed).normal(mean, deviation, shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(1, 7, 7, 5), (3, 4, 6, 2), (2, 1, 9, 3), (1, 28, 28, 1)])
@pytest.mark.parametrize("mean", [0.0, 5.0])
def test_minimises_the_energy(shape, mean):
    x = images(shape, 2.0, mean)
    np.testing.assert_allclose(SimAM()(x), oracle(x), rtol=1e-5, atol=1e-6)


def test_two_positions_by_hand():
    # mu = 1, (x - mu)^2 = 1, v = (1 + 1) / (2 - 1) = 2; dividing by n would give v = 1.
    x = np.array([0.0, 2.0], np.float32).reshape(1, 1, 2, 1)
    expected = 2 * sigmoid(1 / (4 * (2 + 1e-4)) + 0.5)
    np.testing.assert_allclose(ops.ravel(SimAM()(x)), [0, expected], rtol=1e-6)


@pytest.mark.parametrize("lambda_", [1e-7, 1e-2, 1.0])
def test_lambda(lambda_):
    x = images((2, 5, 5, 3), 0.1)
    np.testing.assert_allclose(SimAM(lambda_)(x), oracle(x, lambda_), rtol=1e-5)


@pytest.mark.parametrize("lambda_", [0, -1e-4, float("nan")])
def test_lambda_must_be_positive(lambda_):
    with pytest.raises(ValueError, match="above 0"):
        SimAM(lambda_)


def test_pictures_and_channels_do_not_mix():
    x = images((2, 4, 4, 3))
    whole = ops.convert_to_numpy(SimAM()(x))
    x[0] = 100.0 * x[0]
    x[:, :, :, 1] = 7.0
    np.testing.assert_array_equal(ops.convert_to_numpy(SimAM()(x))[1, :, :, 0], whole[1, :, :, 0])
    np.testing.assert_array_equal(ops.convert_to_numpy(SimAM()(x))[1, :, :, 2], whole[1, :, :, 2])


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("value", [0.0, 1.0, -3.0, 1e-4, 250.0])
@pytest.mark.parametrize("side", [1, 7])
def test_a_constant_channel_is_scaled_by_sigmoid_of_a_half(dtype, value, side):
    x = ops.full((1, side, side, 2), value, dtype)
    outputs = ops.cast(SimAM(dtype=dtype)(x), "float32")
    tolerance = {"float32": 1e-6, "float16": 1e-3, "bfloat16": 8e-3}[dtype]
    np.testing.assert_allclose(outputs, ops.cast(x, "float32") * sigmoid(0.5), rtol=tolerance)


def test_one_position():
    x = images((3, 1, 1, 8))
    np.testing.assert_allclose(SimAM()(x), x * sigmoid(0.5), rtol=1e-6)
    np.testing.assert_allclose(SimAM()(x), oracle(x), rtol=1e-6)


@pytest.mark.parametrize("deviation", [1e-30, 1e-12, 1e-3, 1e3, 1e9, 1e15])
def test_tiny_and_huge_values(deviation):
    x = images((2, 6, 6, 3), deviation)
    np.testing.assert_allclose(SimAM()(x), oracle(x), rtol=1e-5)


@pytest.mark.parametrize("dtype, digits", [("float16", 2**-10), ("bfloat16", 2**-7)])
def test_16_bits_keep_their_digits_on_large_maps(dtype, digits):
    # Its squares sum to 3e8: far beyond float16, and beyond bfloat16's 8 bits of precision.
    x = ops.convert_to_numpy(
        ops.cast(ops.cast(images((1, 56, 56, 2), 100.0, 300.0), dtype), "float32")
    )
    outputs = ops.cast(SimAM(dtype=dtype)(ops.cast(x, dtype)), "float32")
    np.testing.assert_allclose(outputs, oracle(x), rtol=2 * digits)


def test_size_may_be_unknown():
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, SimAM()(inputs))
    for shape in ((2, 5, 4, 3), (1, 1, 1, 3), (1, 2, 1, 3)):
        x = images(shape)
        np.testing.assert_allclose(model(x), oracle(x), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(model.predict(x, verbose=0), oracle(x), rtol=1e-5, atol=1e-6)


def test_has_no_parameters():
    layer = SimAM()
    layer(images((1, 3, 3, 2)))
    assert layer.count_params() == 0
