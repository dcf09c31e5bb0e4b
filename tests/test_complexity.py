"""The counts against the paper's figures, and against small layers counted by hand."""

import keras
import pytest
from keras import layers

from rcnet_tf.complexity import PARTS, count, total
from rcnet_tf.layers import Classifier, Focus, SimAM
from rcnet_tf.model import FocusRCNet


def counts(*sequence, shape):
    """Non-zero counts of layers in sequence: {field: value}."""
    cost = total(count(keras.Sequential([keras.Input(shape), *sequence])))
    return {field: getattr(cost, field) for field in (*PARTS, "macs") if getattr(cost, field)}


def test_the_papers_complexity_at_380():
    cost = total(count(FocusRCNet(weights=None, input_shape=(380, 380, 3))))
    assert cost.parameters == 525_802
    assert {part: getattr(cost, part) for part in PARTS} == {
        "convolution": 368_511_840,
        "convolution_bias": 13_207_584,
        "dense": 3_078,
        "batch_norm": 28_295_424,
        "relu": 8_709_840,
        "pooling": 73_728,
    }
    assert cost.complexity == 418_801_494
    assert cost.macs == 368_514_912


def test_multiply_accumulates_at_224():
    model = FocusRCNet(weights=None)
    costs = count(model)
    assert total(costs).macs == 126_653_568
    assert total(costs).parameters == 525_802
    assert total(costs).fixed_parameters == model.count_params() - 525_802
    assert max(cost.activations for cost in costs) == 112 * 112 * 48
    # Counting leaves the model as it was: a layer called twice would have no single output.
    assert model.get_layer("logits").output.shape == (None, 6)


def test_the_papers_teacher():
    from rcnet_tf.networks import application

    teacher = application("EfficientNetB4", [f"class_{i}" for i in range(6)], input_size=380)
    costs = count(teacher)
    assert total(costs).parameters == 17_559_374
    assert total(costs).fixed_parameters == teacher.count_params() - 17_559_374
    # 4.49 G in the paper, where the means of squeeze-and-excitation were not counted.
    excitation = sum(cost.pooling for cost in costs if "_se_" in cost.name)
    assert round((total(costs).complexity - excitation) / 1e9, 2) == 4.49


@pytest.mark.parametrize(
    "layer, shape, expected",
    [
        (layers.Conv2D(8, 3, use_bias=False), (6, 5, 4), {"convolution": 4 * 3 * 8 * 36}),
        (
            layers.Conv2D(8, 3, strides=2, padding="same", groups=2),
            (7, 5, 4),
            {"convolution": 4 * 3 * 8 * 18, "convolution_bias": 4 * 3 * 8},
        ),
        (
            layers.Conv2D(8, 1, activation="relu"),
            (2, 2, 4),
            {"convolution": 128, "convolution_bias": 32, "relu": 32},
        ),
        (layers.Conv1D(2, 3, use_bias=False), (10, 4), {"convolution": 8 * 2 * 12}),
        (
            layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2),
            (5, 5, 4),
            {"convolution": 9 * 8 * 9, "convolution_bias": 9 * 8},
        ),
        (
            layers.SeparableConv2D(6, 3, padding="same", use_bias=False),
            (4, 4, 2),
            {"convolution": 16 * (2 * 9 + 2 * 6)},
        ),
        # Each of 4 x 4 x 3 inputs is spread over 2 x 2 positions in 5 channels.
        (
            layers.Conv2DTranspose(5, 2, strides=2, use_bias=False),
            (4, 4, 3),
            {"convolution": 16 * 3 * 4 * 5},
        ),
        (Focus(24), (8, 8, 3), {"convolution": 16 * 12 * 24}),
        (layers.Dense(5), (7,), {"dense": 40}),
        (layers.Dense(5, use_bias=False), (3, 7), {"dense": 105}),
        (Classifier("a b c".split()), (7,), {"dense": 24}),
        (layers.BatchNormalization(), (3, 3, 4), {"batch_norm": 72}),
        (layers.ReLU(max_value=6), (3, 3, 4), {"relu": 36}),
        (layers.Activation("relu6"), (3, 3, 4), {"relu": 36}),
        (layers.LeakyReLU(), (5,), {"relu": 5}),
        (layers.Activation("silu"), (3, 3, 4), {}),
        (layers.MaxPooling2D(2), (5, 5, 4), {"pooling": 100}),
        (layers.GlobalAveragePooling2D(), (5, 5, 4), {"pooling": 100}),
        (SimAM(), (5, 5, 4), {}),
        (layers.Dropout(0.5), (5,), {}),
    ],
)
def test_layers_by_hand(layer, shape, expected):
    found = counts(layer, shape=shape)
    macs = found.pop("macs", 0)
    assert found == expected
    bias = layer.units if expected.get("dense") and layer.use_bias else 0
    assert macs == expected.get("convolution", 0) + expected.get("dense", 0) - bias


def test_models_inside_models_are_opened():
    # The inner model does not know its size; the outer one does.
    source = keras.Input((None, None, 3))
    inner = keras.Model(source, layers.Conv2D(4, 1, use_bias=False, name="conv")(source), name="in")
    tail = keras.Sequential([layers.GlobalAveragePooling2D(), layers.Dense(2)], name="tail")
    inputs = keras.Input((6, 5, 3))
    costs = count(keras.Model(inputs, tail(inner(inputs[:, ::-1]) + 1.0)))
    assert costs[0].name == "in/conv"
    assert costs[0].output_shape == (6, 5, 4)
    assert costs[-1].name.startswith("tail/dense")
    assert total(costs).macs == 6 * 5 * 12 + 8
    assert total(costs).parameters == 12 + 10


def test_a_layer_called_twice_has_its_parameters_once():
    shared = layers.Dense(3, use_bias=False)
    inputs = keras.Input((3,))
    costs = count(keras.Model(inputs, shared(shared(inputs))))
    assert [cost.parameters for cost in costs] == [9, 0]
    assert total(costs).macs == 18


def test_a_layer_of_two_models_counts_in_each():
    inputs = keras.Input((3,))
    middle = layers.Dense(4, name="middle")(inputs)
    keras.Model(inputs, layers.Dense(2)(middle))
    model = keras.Model(inputs, middle)
    model(keras.Input((3,)))
    assert [cost.name for cost in count(model)] == ["middle"]


def test_frozen_weights_are_not_trainable():
    layer = layers.Dense(3)
    model = keras.Sequential([keras.Input((2,)), layer])
    layer.trainable = False
    assert (total(count(model)).parameters, total(count(model)).fixed_parameters) == (0, 9)


def test_unknown_sizes_and_other_models_are_refused():
    inputs = keras.Input((None, None, 3))
    with pytest.raises(ValueError, match="unknown size"):
        count(keras.Model(inputs, layers.Conv2D(2, 1)(inputs)))
    with pytest.raises(ValueError, match="input shape is not known"):
        count(keras.Sequential([layers.Dense(2)]))

    class Own(keras.Model):
        def call(self, x):
            return x

    inputs = keras.Input((3,))
    with pytest.raises(ValueError, match="functional or sequential"):
        count(keras.Model(inputs, Own()(inputs)))
    with pytest.raises(ValueError, match="no costs"):
        total([])
