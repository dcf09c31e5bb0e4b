"""Pointwise equals the 1x1 convolution that it replaces, in training and out of it."""

import keras
import numpy as np
import pytest

from rcnet_tf.layers.pointwise import Pointwise

tf = pytest.importorskip("tensorflow")
on_tensorflow = pytest.mark.skipif(
    keras.config.backend() != "tensorflow", reason="takes gradients with TensorFlow's tape"
)
SHAPE = (3, 5, 4, 6)


def layers(**settings):
    """A Pointwise and a Conv2D with the same weights."""
    ours, conv = Pointwise(8, **settings), keras.layers.Conv2D(8, 1, **settings)
    draw = np.random.default_rng(1)
    for layer in (ours, conv):
        layer.build(SHAPE)
    values = [draw.normal(size=w.shape) for w in conv.get_weights()]
    ours.set_weights(values)
    conv.set_weights(values)
    return ours, conv


def images(shape=SHAPE):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("training", [True, False, None])
@pytest.mark.parametrize("shape", [SHAPE, (1, 1, 1, 6)])
def test_equals_the_oracle(training, shape):
    ours, _ = layers()
    kernel, bias = ours.get_weights()
    expected = np.einsum("bhwc,cf->bhwf", images(shape), kernel[0, 0]) + bias
    np.testing.assert_allclose(ours(images(shape), training=training), expected, atol=1e-5)


@on_tensorflow
@pytest.mark.parametrize("settings", [{}, {"use_bias": False}, {"activation": "relu"}])
def test_gradients_are_those_of_conv2d(settings):
    x, results = tf.constant(images()), []
    for layer, arguments in zip(layers(**settings), ({"training": True}, {}), strict=True):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, **arguments)
            loss = tf.reduce_sum(outputs * outputs)
        gradients = tape.gradient(loss, [x, *(w.value for w in layer.trainable_weights)])
        results.append([outputs, *gradients])
    for ours, conv in zip(*results, strict=True):
        np.testing.assert_allclose(ours, conv, rtol=1e-4, atol=1e-4)


def test_same_weights_under_the_same_names():
    ours, conv = layers()
    names = [(w.name, tuple(w.shape)) for w in conv.weights]
    assert [(w.name, tuple(w.shape)) for w in ours.weights] == names


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_trains_in_16_bits(policy):
    ours, conv = layers(dtype=policy)
    outputs, expected = ours(images(), training=True), conv(images())
    assert outputs.dtype == expected.dtype
    coarse = 2**-6 if "bfloat16" in policy else 2**-9
    outputs, expected = (keras.ops.cast(t, "float32") for t in (outputs, expected))
    np.testing.assert_allclose(outputs, expected, rtol=coarse, atol=coarse)


@on_tensorflow
def test_unknown_sizes_train_too():
    inputs = keras.Input((None, None, 6))
    model = keras.Model(inputs, Pointwise(8)(inputs))
    step = tf.function(lambda x: model(x, training=True))
    assert step(tf.constant(images())).shape == (*SHAPE[:3], 8)


def test_safe_mode_round_trip(tmp_path):
    model = keras.Sequential([keras.Input(SHAPE[1:]), Pointwise(8, use_bias=False)])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert isinstance(loaded.layers[-1], Pointwise)
    np.testing.assert_array_equal(model(images()), loaded(images()))


@pytest.mark.parametrize(
    "settings", [{"kernel_size": 3}, {"strides": 2}, {"groups": 2}, {"dilation_rate": 2}]
)
def test_refuses_what_is_no_matrix_product(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Pointwise(8, **settings)
