"""Equalising the channels of a stage: the same float network, equal ranges."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from rcnet_tf.layers import SimAM
from rcnet_tf.model import FocusRCNet
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise.equalise import equalise


def _network(**options) -> keras.Model:
    """A small network whose channels differ in loudness by a factor of 4 a layer."""
    keras.utils.set_random_seed(7)
    model = FocusRCNet(weights=None, input_shape=(64, 64, 3), width=0.25, **options)
    random = np.random.default_rng(7)
    for layer in model.layers:
        if layer.name.endswith("_bn"):
            gamma, beta, mean, variance = layer.get_weights()
            gamma = random.uniform(0.5, 2.0, gamma.shape)
            beta = random.normal(0, 0.3, beta.shape)
            layer.set_weights([gamma, beta, mean, variance])
        if isinstance(layer, SimAM):
            layer.lambda_ = 1e-9  # all that is not scaled; at random weights 1e-4 would be seen
    return model


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    random = np.random.default_rng(1)
    coarse = random.integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


def _spread(model: keras.Model, layer: str, pictures: np.ndarray) -> float:
    """Largest over smallest range of a map's channels."""
    probe = keras.Model(model.inputs, model.get_layer(layer).output)
    loudest = np.abs(probe.predict(preprocess_input(pictures), verbose=0)).max(axis=(0, 1, 2))
    return float(loudest.max() / loudest.min())


@pytest.mark.parametrize("block", ["sandglass", "inverted_residual", "bottleneck"])
def test_float_network_stays_the_same(block, pictures):
    model = _network(block=block, classifier_activation=None)
    before = model.predict(preprocess_input(pictures), verbose=0)
    equalise(model, pictures)
    after = model.predict(preprocess_input(pictures), verbose=0)
    np.testing.assert_allclose(after, before, atol=1e-3 * np.abs(before).max())


def test_channels_get_one_range(pictures):
    model = _network()
    before = _spread(model, "stage1_block4_add", pictures)
    equalise(model, pictures)
    assert before > 2
    assert _spread(model, "stage1_block4_add", pictures) < 1.01


def test_other_networks_are_left_alone(pictures):
    inputs = keras.Input((64, 64, 3))
    x = keras.layers.Conv2D(4, 3)(inputs)
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))
    before = model.get_weights()
    equalise(model, pictures)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)


def test_clustered_kernels_stay_clustered(pictures):
    model = _network()
    kernel = model.get_layer("conv5").kernel
    kernel.assign(np.round(np.array(kernel), 1))
    values = np.unique(kernel)
    quiet = _spread(model, "stage4_block2_add", pictures)
    equalise(model, pictures)
    np.testing.assert_array_equal(np.unique(kernel), values)
    assert _spread(model, "stage4_block2_add", pictures) > 0.9 * quiet  # and nothing before it
    assert _spread(model, "stage1_block4_add", pictures) < 1.01
