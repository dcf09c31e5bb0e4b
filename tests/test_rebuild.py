"""The same weights at another input size."""

import keras
import numpy as np
import pytest
from narrow_model import SIZE, patches

from rcnet_tf.errors import UserError
from rcnet_tf.layers import Classifier
from rcnet_tf.model import FocusRCNet
from rcnet_tf.networks import application
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.rebuild import rebuild


def outputs(model, pictures):
    return np.asarray(model(preprocess_input(pictures), training=False))


def test_another_size_is_the_network_built_there(network):
    there = FocusRCNet(weights=None, width=0.25, input_shape=(96, 96, 3))
    there.set_weights(network.get_weights())
    twin = rebuild(network, 96)
    assert twin.input_shape == (None, 96, 96, 3)
    np.testing.assert_allclose(
        outputs(twin, patches(3, 96)), outputs(there, patches(3, 96)), atol=1e-6
    )


def test_fixed_batch_and_same_size(network, pictures):
    twin = rebuild(network, SIZE, batch=1)
    assert twin.input_shape == (1, SIZE, SIZE, 3)
    np.testing.assert_allclose(
        outputs(twin, pictures[:1]), outputs(network, pictures[:1]), atol=1e-6
    )


def test_the_original_is_left_alone(network):
    rebuild(network, 128, batch=1)
    assert network.input_shape == (None, SIZE, SIZE, 3)


def test_networks_inside_networks():
    network = application("MobileNetV2", ("a", "b"), SIZE)
    twin = rebuild(network, 96)
    there = application("MobileNetV2", ("a", "b"), 96)
    there.set_weights(network.get_weights())
    np.testing.assert_allclose(
        outputs(twin, patches(2, 96)), outputs(there, patches(2, 96)), atol=1e-5
    )


@pytest.mark.parametrize("size", [0, 62, 65, 450])
def test_impossible_sizes(network, size):
    with pytest.raises(UserError, match=f"input size {size}: expected an even number"):
        rebuild(network, size)


def test_a_network_tied_to_its_size_is_refused():
    inputs = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Flatten()(keras.layers.MaxPooling2D(16)(inputs))
    outputs = keras.layers.Softmax()(Classifier(("a", "b"), name="logits")(x))
    model = keras.Model(inputs, outputs, name="flat")
    with pytest.raises(UserError, match=r"flat takes 64 x 64 .* cannot be rebuilt for 96 x 96"):
        rebuild(model, 96)
    assert rebuild(model, SIZE).input_shape == (None, SIZE, SIZE, 3)
