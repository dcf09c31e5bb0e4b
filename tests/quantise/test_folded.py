"""Folding BatchNorm away, and unfolding it again."""

import keras
import numpy as np
import pytest
from keras import layers

from rcnet_tf.layers import BatchNorm, Focus, Pointwise
from rcnet_tf.quantise.folded import Folded, fold, unfold

RANDOM = np.random.default_rng(3)
CASES = {
    "conv": lambda: layers.Conv2D(5, 3, 2, padding="same"),
    "valid": lambda: layers.Conv2D(5, 3, padding="valid", use_bias=False),
    "pointwise": lambda: Pointwise(5),
    "depthwise": lambda: layers.DepthwiseConv2D(3, strides=2, padding="same"),
    "focus": lambda: Focus(5),
}


def make(kind):
    """A convolution and a BatchNorm after it, both with weights that matter."""
    convolution, norm = CASES[kind](), BatchNorm()
    inputs = keras.Input((8, 8, 4))
    model = keras.Model(inputs, norm(convolution(inputs)))
    for layer in (convolution, norm):
        layer.set_weights([RANDOM.uniform(0.3, 1.5, w.shape) for w in layer.get_weights()])
    return model, convolution, norm


@pytest.mark.parametrize("kind", CASES)
def test_folded_layer_computes_the_same(kind):
    model, convolution, norm = make(kind)
    folded = Folded(rounding=False, **Folded.options(convolution))
    x = RANDOM.normal(size=(2, 8, 8, 4)).astype(np.float32)
    shape = folded(x).shape
    assert tuple(shape[1:]) == folded.compute_output_shape((None, 8, 8, 4))[1:]
    folded.set_weights(fold(convolution, norm))
    np.testing.assert_allclose(np.array(folded(x)), np.array(model(x)), rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("kind", CASES)
def test_unfolding_is_the_inverse(kind):
    model, convolution, norm = make(kind)
    norm.gamma.assign([0.0, *np.array(norm.gamma)[1:]])  # a channel that is switched off
    kernel, bias = fold(convolution, norm)
    kernel, bias = kernel + 0.01, bias - 0.2
    unfold(kernel, bias, convolution, norm)
    again = fold(convolution, norm)
    np.testing.assert_allclose(again[0], kernel, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(again[1], bias, rtol=1e-4, atol=1e-5)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_dense_has_no_norm():
    dense = layers.Dense(3)
    dense.build((None, 7))
    kernel, bias = fold(dense, None)
    unfold(kernel * 2, bias + 1, dense, None)
    np.testing.assert_allclose(np.array(dense.kernel), kernel * 2)
    np.testing.assert_allclose(np.array(dense.bias), bias + 1)


def test_what_has_no_int8_kernel_of_this_kind():
    dilated = layers.Conv2D(4, 3, dilation_rate=2)
    dilated.build((None, 8, 8, 4))
    fused = layers.Dense(3, activation="tanh")
    fused.build((None, 7))
    assert Folded.options(dilated) is None and Folded.options(fused) is None
    with pytest.raises(ValueError, match="kind 'other': expected one of conv"):
        Folded("other", (1, 1))
