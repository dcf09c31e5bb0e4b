"""Ranges around SiLUs, searched for by the change of the logits."""

import keras
import numpy as np
import pytest
from narrow_model import patches
from short_network import short_network

from rcnet_tf.blocks import conv_bn_silu
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise import ranges
from rcnet_tf.quantise import refine as refine_module
from rcnet_tf.quantise.fake_quant import disabled
from rcnet_tf.quantise.folded import Folded
from rcnet_tf.quantise.lower import logits, lower, quantisers
from rcnet_tf.quantise.refine import refine


@pytest.fixture
def learnt():
    """A lowered network with a wild channel in its stem, and its pictures."""
    network, pictures = short_network(), patches(16)
    norm = network.get_layer("focus_bn")
    gamma, *rest = norm.get_weights()
    norm.set_weights([gamma * np.where(np.arange(len(gamma)) == 0, 12, 1), *rest])
    lowered = lower(network)
    ranges.learn(lowered, pictures)
    return lowered, pictures


def change_of_logits(lowered, pictures, tensors):
    """That comes from rounding these tensors."""
    scores = keras.Model(lowered.input, logits(lowered))
    x = preprocess_input(pictures)
    for layer in lowered.layers:
        if isinstance(layer, Folded):
            layer.rounding = False
    with disabled(lowered):
        exact = np.asarray(scores(x, training=False))
        for tensor in tensors:
            quantisers(lowered)[tensor].enabled = True
        return float(np.mean((np.asarray(scores(x, training=False)) - exact) ** 2))


def test_bad_ranges_around_a_silu_are_found_out(learnt):
    lowered, pictures = learnt
    quantisers(lowered)["focus_bn"].set_range(-40.0, 40.0)
    quantisers(lowered)["focus_silu"].set_range(-0.28, 40.0)
    stem = ("focus_bn", "focus_silu")
    before = change_of_logits(lowered, pictures, stem)
    refine(lowered, pictures)
    assert change_of_logits(lowered, pictures, stem) < 0.5 * before
    low, high = np.asarray(quantisers(lowered)["focus_bn"].range)
    assert -40 < low < 0 < high < 40
    bottom, top = np.asarray(quantisers(lowered)["focus_silu"].range)
    assert bottom == pytest.approx(-0.278, abs=1e-3)  # the least that a SiLU gives
    assert top == pytest.approx(high / (1 + np.exp(-high)), rel=0.01)


def test_nothing_else_is_touched(learnt):
    lowered, pictures = learnt
    around = ("focus_bn", "focus_silu", "conv5_bn", "conv5_silu")
    before = {name: np.asarray(one.range).tolist() for name, one in quantisers(lowered).items()}
    refine(lowered, pictures)
    for name, one in quantisers(lowered).items():
        assert one.enabled
        if name not in around:
            assert np.asarray(one.range).tolist() == before[name]
    assert all(layer.rounding for layer in lowered.layers if isinstance(layer, Folded))


def around_a_silu():
    """A network with a path around its second SiLU."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((64, 64, 3), name="image")
    first = keras.layers.Conv2D(8, 3, 4, padding="same", use_bias=False, name="first")
    second = keras.layers.Conv2D(8, 1, use_bias=False, name="second")
    x = conv_bn_silu(inputs, first)
    x = keras.layers.Add(name="add")([x, conv_bn_silu(x, second)])
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dense(3, name="logits")(x)
    outputs = keras.layers.Activation("softmax", name="predictions")(x)
    return keras.Model(inputs, outputs)


@pytest.mark.parametrize("make", [short_network, around_a_silu])
def test_what_is_measured_is_the_whole_network(make):
    lowered, pictures = lower(make()), patches(20)
    ranges.learn(lowered, pictures)
    images, scores = preprocess_input(pictures), keras.Model(lowered.input, logits(lowered))
    silus = {name: one for name, one in quantisers(lowered).items() if one.silu}
    assert len(silus) == 2
    for name, source in silus.items():
        with refine_module._rounding(lowered, ()):
            exact = refine_module._centred(np.asarray(scores(images, training=False)))
        with refine_module._rounding(lowered, (name, source.silu)):
            cost = refine_module._cost(lowered, source, images, exact)
            for low, high in [(-2.0, 2.0), (-1.0, 0.25)]:
                refine_module._set(source, quantisers(lowered)[source.silu], low, high)
                now = refine_module._centred(np.asarray(scores(images, training=False)))
                assert cost() == pytest.approx(np.mean((now - exact) ** 2), rel=1e-2)


def test_a_network_without_silu_is_left_alone():
    inputs = keras.Input((64, 64, 3), name="image")
    x = keras.layers.Conv2D(4, 3, 2, name="conv")(inputs)
    x = keras.layers.ReLU(6.0, name="relu6")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dense(3, name="logits")(x)
    outputs = keras.layers.Activation("softmax", name="predictions")(x)
    lowered = lower(keras.Model(inputs, outputs))
    ranges.learn(lowered, patches(12))
    before = [np.asarray(one.range).tolist() for one in quantisers(lowered).values()]
    refine(lowered, patches(12))
    assert [np.asarray(one.range).tolist() for one in quantisers(lowered).values()] == before
