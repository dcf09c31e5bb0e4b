"""FocusRCNet: the paper's network, its ablations, and the conventions of keras.applications."""

import inspect
import json

import keras
import numpy as np
import pytest
from keras import layers, ops

from rcnet_tf.labels import TRASHNET
from rcnet_tf.layers import SimAM
from rcnet_tf.model import STAGES, FocusRCNet, logits_model, scaled

SHAPE = (64, 64, 3)

# A model made from a list of one input warns at every call with a bare tensor.
pytestmark = pytest.mark.filterwarnings("error:The structure of")


@pytest.fixture(scope="module")
def network():
    return randomised(FocusRCNet(weights=None, input_shape=SHAPE))


@pytest.fixture
def policy():
    """Set the global dtype policy; it is float32 again afterwards."""
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy("float32")


def randomised(model, seed=0):
    """Moving statistics other than 0 and 1, or BatchNorm would hide mistakes."""
    draw = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.name in ("moving_mean", "beta", "bias"):
            weight.assign(draw.normal(0, 0.3, weight.shape))
        elif weight.name in ("moving_variance", "gamma"):
            weight.assign(draw.uniform(0.7, 1.5, weight.shape))
    return model


def images(batch=2, size=64, seed=0):
    shape = (batch, size, size, 3)
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def parameters(block="sandglass", stem="focus", classes=6, width=1.0):
    """Trainable parameters by the papers' tables; every convolution of a block has a bias."""

    def pointwise(cin, cout):
        return cin * cout + cout + 2 * cout  # kernel, bias, BatchNorm

    def depthwise(c):
        return 9 * c + c + 2 * c

    def sandglass(cin, cout):
        middle = cin // 2
        return depthwise(cin) + pointwise(cin, middle) + pointwise(middle, cout) + depthwise(cout)

    def inverted_residual(cin, cout):
        return pointwise(cin, 6 * cin) + depthwise(6 * cin) + pointwise(6 * cin, cout)

    def bottleneck(cin, cout):
        return pointwise(cin, cin // 2) + depthwise(cin // 2) + pointwise(cin // 2, cout)

    channels = scaled(24, width)
    count = (12 if stem == "focus" else 27) * channels + 2 * channels
    for blocks, stage_channels in ((4, 48), (3, 96), (2, 192), (2, 384)):
        for _ in range(blocks):
            count += locals()[block](channels, scaled(stage_channels, width))
            channels = scaled(stage_channels, width)
    head = scaled(512, width)
    return count + channels * head + 2 * head + head * classes + classes


def test_the_papers_parameters(network):
    assert trainable(network) == parameters() == 525_802
    assert STAGES == ((4, 48), (3, 96), (2, 192), (2, 384))


@pytest.mark.parametrize(
    "settings",
    [
        {"stem": "conv"},
        {"block": "inverted_residual"},
        {"block": "bottleneck"},
        {"width": 0.5},
        {"width": 0.25, "classes": 3},
    ],
    ids=str,
)
def test_parameters_of_ablations(settings):
    model = FocusRCNet(weights=None, input_shape=SHAPE, **settings)
    assert trainable(model) == parameters(**settings)
    assert model.output_shape == (None, settings.get("classes", 6))


def test_attention_is_optional_and_free(network):
    plain = FocusRCNet(weights=None, input_shape=SHAPE, attention=None)
    assert trainable(plain) == trainable(network)
    assert sum(isinstance(layer, SimAM) for layer in network.layers) == 4
    assert not any(isinstance(layer, SimAM) for layer in plain.layers)


def test_feature_maps_are_the_papers(network):
    shapes = [network.get_layer(f"stage{i}_simam").output.shape[1:] for i in (1, 2, 3, 4)]
    assert shapes == [(16, 16, 48), (8, 8, 96), (4, 4, 192), (2, 2, 384)]
    assert network.get_layer("focus").output.shape[1:] == (32, 32, 24)
    assert network.get_layer("conv5").output.shape[1:] == (2, 2, 512)


def test_head_and_stem_have_no_bias_and_end_in_silu(network):
    for name in ("focus", "conv5"):
        assert [weight.name for weight in network.get_layer(name).weights] == ["kernel"]
        x = network.get_layer(f"{name}_bn").output
        activated = keras.Model(network.input, network.get_layer(f"{name}_silu").output)
        x = ops.convert_to_numpy(keras.Model(network.input, x)(images()))
        np.testing.assert_allclose(activated(images()), x / (1 + np.exp(-x)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("size", [64, 66, 94, 224, 446, 448])
def test_even_sizes(size):
    model = FocusRCNet(weights=None, input_shape=(size, size, 3), width=0.25)
    side = -(-size // 2)
    for _ in STAGES:
        side = -(-side // 2)
    assert model.get_layer("conv5").output.shape == (None, side, side, 128)
    outputs = model(images(1, size))
    assert outputs.shape == (1, 6)
    np.testing.assert_allclose(ops.sum(outputs), 1, rtol=1e-5)


@pytest.mark.parametrize(
    "shape",
    [
        *((side, side, 3) for side in (0, 62, 65, 225, 449, 450, None)),
        (64, 96, 3),
        (64, 64, 1),
        (64, 64),
    ],
    ids=str,
)
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="expected"):
        FocusRCNet(weights=None, input_shape=shape)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"block": "fire"}, "sandglass, inverted_residual, bottleneck"),
        ({"stem": "patch"}, "'focus' or 'conv'"),
        ({"attention": "se"}, "'simam' or None"),
        ({"pooling": "sum"}, "None, 'avg' or 'max'"),
        ({"width": 0}, "above 0"),
        ({"width": float("nan")}, "above 0"),
        ({"width": 9}, "8 at most"),
        ({"classes": 0}, "at least 1"),
        ({"classes": 3, "class_names": ["a", "b"]}, "2 class_names for 3 classes"),
        ({"weights": "imagenet"}, "weights 'imagenet': expected"),
        ({"weights": "none.weights.h5"}, "no such file"),
    ],
    ids=str,
)
def test_other_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        FocusRCNet(**{"weights": None, "input_shape": SHAPE, **settings})


@pytest.mark.parametrize("width, channels", [(1.0, 24), (0.5, 16), (0.25, 8), (0.01, 8), (2, 48)])
def test_width_keeps_channels_at_multiples_of_8(width, channels):
    assert scaled(24, width) == channels


def test_arguments_are_those_of_keras_applications():
    own = list(inspect.signature(FocusRCNet).parameters)
    theirs = list(inspect.signature(keras.applications.EfficientNetB0).parameters)
    theirs.remove("name")  # ours comes last, after the settings of this network
    assert own[: len(theirs)] == theirs and own[-1] == "name"
    assert inspect.signature(FocusRCNet).parameters["weights"].default == "trashnet"


def test_without_top(network):
    settings = {"weights": None, "input_shape": SHAPE, "include_top": False}
    features = FocusRCNet(**settings)
    assert features.output_shape == (None, 2, 2, 512)
    features.set_weights(network.get_weights()[:-2])
    maps = ops.convert_to_numpy(features(images()))
    for pooling, function in (("avg", np.mean), ("max", np.max)):
        pooled = FocusRCNet(pooling=pooling, **settings)
        pooled.set_weights(features.get_weights())
        assert pooled.output_shape == (None, 512)
        np.testing.assert_allclose(pooled(images()), function(maps, axis=(1, 2)), rtol=1e-4)


def test_classifier_activation(network):
    scores = FocusRCNet(weights=None, input_shape=SHAPE, classifier_activation=None)
    scores.set_weights(network.get_weights())
    logits = ops.convert_to_numpy(scores(images()))
    np.testing.assert_allclose(ops.softmax(logits), network(images()), rtol=1e-5)
    np.testing.assert_allclose(logits_model(network)(images()), logits, rtol=1e-5)


def test_logits_model_says_what_it_misses():
    inputs = keras.Input((3,))
    with pytest.raises(ValueError, match="no layer 'logits'"):
        logits_model(keras.Model(inputs, layers.Dense(2)(inputs)))


def test_class_names(network):
    def names(**settings):
        model = FocusRCNet(weights=None, input_shape=SHAPE, width=0.1, **settings)
        return model.get_layer("logits").class_names

    assert network.get_layer("logits").class_names == TRASHNET
    assert names(classes=3) == ("class_0", "class_1", "class_2")
    assert names(classes=2, class_names=["b", "a"]) == ("b", "a")


def test_input_tensor(network):
    pixels = keras.Input(SHAPE)
    model = FocusRCNet(weights=None, input_tensor=layers.Rescaling(1 / 128, -1)(pixels))
    assert model.inputs[0] is pixels
    model.set_weights(network.get_weights())
    x = images()
    np.testing.assert_allclose(model((x + 1) * 128), network(x), rtol=1e-3, atol=1e-5)
    with pytest.raises(ValueError, match="input_tensor"):
        FocusRCNet(weights=None, input_tensor=pixels, input_shape=(96, 96, 3))
    with pytest.raises(ValueError, match="even number"):
        FocusRCNet(weights=None, input_tensor=keras.Input((65, 65, 3)))


@pytest.mark.parametrize("suffix", [".weights.h5", ".keras"])
def test_weights_from_a_file(network, tmp_path, suffix):
    path = tmp_path / f"own{suffix}"
    (network.save if suffix == ".keras" else network.save_weights)(path)
    again = FocusRCNet(weights=path, input_shape=SHAPE)
    np.testing.assert_array_equal(again(images()), network(images()))
    features = FocusRCNet(weights=str(path), input_shape=SHAPE, include_top=False)
    np.testing.assert_array_equal(features.get_weights()[-1], network.get_weights()[-3])


def test_other_weights_are_refused(network, tmp_path):
    path = tmp_path / "own.weights.h5"
    network.save_weights(path)
    with pytest.raises(ValueError, match="do not fit"):
        FocusRCNet(weights=path, input_shape=SHAPE, classes=5)
    path.write_bytes(b"damaged")
    with pytest.raises(ValueError, match="do not fit"):
        FocusRCNet(weights=path, input_shape=SHAPE)


def test_round_trip_in_safe_mode(network, tmp_path):
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(images()), network(images()))
    assert json.loads(loaded.to_json())["config"] == json.loads(network.to_json())["config"]


@pytest.mark.parametrize("name", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(network, policy, name):
    policy(name)
    mixed = FocusRCNet(weights=None, input_shape=SHAPE)
    mixed.set_weights(network.get_weights())
    assert {weight.dtype for weight in mixed.weights} == {"float32"}
    compute = keras.DTypePolicy(name).compute_dtype
    assert mixed.get_layer("stage4_simam").output.dtype == compute
    outputs = mixed(images())
    assert keras.backend.standardize_dtype(outputs.dtype) == "float32"
    np.testing.assert_allclose(outputs, network(images()), atol=0.05)


def test_every_weight_learns(network):
    tf = pytest.importorskip("tensorflow")
    with tf.GradientTape() as tape:
        scores = network(images(8), training=True)
        loss = -tf.reduce_mean(tf.math.log(scores[:, 1]))
    weights = network.trainable_weights
    for weight, gradient in zip(
        weights, tape.gradient(loss, [w.value for w in weights]), strict=True
    ):
        gradient = np.abs(ops.convert_to_numpy(gradient))
        assert np.isfinite(gradient).all(), weight.path
        # A bias before BatchNorm is redundant: its gradient is 0 but for rounding.
        assert gradient.max() > 0, weight.path
