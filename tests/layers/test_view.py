"""View against the contract's resize, which it carries out without rounding."""

import keras
import numpy as np
import pytest
from keras import ops

from rcnet_tf.layers import View
from rcnet_tf.preprocess import preprocess_input, resize_picture


def pictures(rows, columns, batch=2):
    shape = (batch, rows, columns, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def pixels_of(view):
    return (ops.convert_to_numpy(view).astype(np.float64) + 1) * 128


@pytest.mark.parametrize("rows, columns", [(12, 16), (9, 5), (1, 1), (3, 8), (8, 3), (40, 24)])
def test_is_the_resize_rule_but_for_its_rounding(rows, columns):
    x = pictures(rows, columns)
    exact = pixels_of(View(8)(x))
    rounded = np.stack([resize_picture(one, 8) for one in x])
    # Half up, as the rule says; 1e-3 for float32.
    assert (np.abs(exact - rounded) <= 0.5 + 1e-3).all()
    # The mean brightness is kept: no bias from the weights.
    np.testing.assert_allclose(exact.mean(axis=(1, 2)), x.mean(axis=(1, 2)), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
def test_same_size_only_scales(dtype):
    x = pictures(8, 8)
    np.testing.assert_array_equal(View(8)(x.astype(dtype)), preprocess_input(x))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_means_are_formed_in_32_bits(policy):
    # Only the result is rounded: neither the pixels nor the weights, which would not sum to 1.
    x = np.random.default_rng(0).uniform(0, 255, (1, 95, 95, 3)).astype(np.float32)
    expected = ops.cast(View(8)(x), keras.DTypePolicy(policy).compute_dtype)
    outputs = View(8, dtype=policy)(x)
    np.testing.assert_array_equal(ops.cast(outputs, "float32"), ops.cast(expected, "float32"))


def test_size_must_be_known():
    with pytest.raises(ValueError, match="height and width"):
        View(8)(keras.Input((None, None, 3)))
    with pytest.raises(ValueError, match="at least 1"):
        View(0)
