"""The tf_keras twin computes what the Keras 3 network computes, and its weights find their way."""

import pytest

SCRIPT = """
import json
import numpy as np
import keras
from narrow_model import narrow_network, patches
from rcnet_tf.compression import twin
from rcnet_tf.errors import UserError
from rcnet_tf.model import logits_model
from rcnet_tf.preprocess import preprocess_input

VARIANTS = {
    "paper": {},
    "conv stem, inverted residuals": {"stem": "conv", "block": "inverted_residual"},
    "bottlenecks without attention": {"block": "bottleneck", "attention": None},
    "width 0.5, 3 classes": {"width": 0.5, "classes": 3},
}
images = preprocess_input(patches(4))
said = {}
for name, options in VARIANTS.items():
    network = logits_model(narrow_network(**options))
    expected = np.asarray(network(images, training=False))  # compiling would take seconds
    other = twin.build(network)
    difference = float(np.abs(np.asarray(other(images)) - expected).max())
    before = [np.copy(weight) for weight in network.get_weights()]
    for weight in network.trainable_weights:
        weight.assign(np.zeros(weight.shape))
    twin.give_back(other, network)
    same = all((a == b).all() for a, b in zip(before, network.get_weights()))
    said[name] = [difference, float(np.ptp(expected)), same]

inputs = keras.Input((64, 64, 3))
x = keras.layers.LayerNormalization(name="odd")(inputs)
try:
    twin.build(keras.Model(inputs, x, name="other"))
except UserError as error:
    said["refused"] = str(error)
import tensorflow_model_optimization  # and only now: the twin itself does without
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(elsewhere):
    return elsewhere(SCRIPT)


def test_equals_the_network(said):
    for name, (difference, span, _) in list(said.items())[:4]:
        assert difference < 1e-5 < 0.1 < span, name


def test_weights_return_to_where_they_are_from(said):
    assert [same for *_, same in list(said.values())[:4]] == [True] * 4


def test_refuses_another_network(said):
    assert said["refused"] == (
        "other has the layer odd, a LayerNormalization; expected a Focus-RCNet as rcnet_tf.train "
        "writes it"
    )
