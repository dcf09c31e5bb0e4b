"""Networks of other people's making in int8: whatever is converted decides as Keras does."""

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from keras import layers
from narrow_model import SIZE, patches

from rcnet_tf.errors import UserError
from rcnet_tf.export import tflite
from rcnet_tf.layers import Classifier, SimAM
from rcnet_tf.preprocess import preprocess_input, quantize_input
from rcnet_tf.quantise import lower
from rcnet_tf.quantise.lower import Unsupported, logits, quantisers
from rcnet_tf.quantise.prepare import equalised, prepare
from rcnet_tf.tflite_file import flatbuffer


def conv(x, filters=8, side=3, strides=1):
    return layers.Conv2D(
        filters, side, strides, padding="same", kernel_initializer="he_normal"
    )(x)  # fmt: skip


def relu(x):
    return layers.ReLU()(x)


def norm(x, **options):
    return layers.BatchNormalization(**options)(x)


def half(image):
    """Features of half the side, (B, 32, 32, 8), by a convolution alone."""
    return conv(image, strides=2)


def max_pool(x):
    x = layers.MaxPooling2D()(relu(half(x)))
    return relu(conv(x))


def max_pool_before_relu(x):
    return relu(conv(relu(layers.MaxPooling2D()(half(x)))))


def max_pool_before_silu(x):
    return relu(conv(layers.Activation("silu")(layers.MaxPooling2D()(half(x)))))


def max_pools_in_branches(x):
    x = relu(half(x))
    first, second = layers.MaxPooling2D()(x), layers.MaxPooling2D(3, 2, padding="same")(x)
    return layers.Add()([conv(first), relu(conv(second))])


def max_pool_before_simam(x):
    return SimAM()(layers.MaxPooling2D()(relu(half(x))))


def max_pool_of_the_picture(x):
    return relu(conv(layers.MaxPooling2D(4)(x)))


def flatten(x):
    x = layers.Flatten()(layers.MaxPooling2D(4)(relu(half(x))))
    return layers.Dropout(0.3)(relu(norm(layers.Dense(16)(x))))


def flatten_without_relu(x):
    return layers.Flatten()(conv(relu(conv(x, strides=4)), strides=4))


def reshape(x):
    x = layers.Reshape((32, 8, 8))(relu(conv(x, strides=4)))
    return relu(conv(layers.Reshape((8, 8, 32))(x)))


def identity(x):
    x = layers.Identity()(relu(conv(layers.Identity()(half(x)))))
    return relu(layers.Identity()(conv(x)))


def residual(x):
    x = layers.MaxPooling2D(3, 2, padding="same")(relu(norm(conv(x, strides=2))))
    return relu(layers.Add()([x, norm(conv(relu(norm(conv(x)))))]))


def shared_behind_norm(x):
    x = norm(half(x))
    return layers.Add()([x, conv(x, side=1)])


def silu_of_shared(x):
    x = half(x)
    return layers.Add()([layers.Activation("silu")(x), conv(x, side=1)])


LOWERED = [
    max_pool,
    max_pool_before_relu,
    max_pool_before_silu,
    max_pools_in_branches,
    max_pool_before_simam,
    max_pool_of_the_picture,
    flatten,
    flatten_without_relu,
    reshape,
    identity,
    residual,
    shared_behind_norm,
    silu_of_shared,
]


def norm_of_shared(x):
    x = half(x)
    return layers.Add()([conv(x, side=1), norm(x)])


def norm_of_shared_read_first(x):
    x = half(x)
    return layers.Add()([relu(conv(relu(x))), norm(x)])


def norm_behind_identity(x):
    return relu(norm(layers.Identity()(half(x))))


def norm_of_rows(x):
    # As many rows as channels: folded by mistake, nothing would complain.
    return relu(norm(conv(x, filters=32, strides=2), axis=1))


def norm_of_one_call_of_two(x):
    x, twice = relu(half(x)), layers.Conv2D(8, 3, padding="same")
    return layers.Add()([twice(x), norm(twice(relu(x)))])


def relu_with_slope(x):
    return relu(conv(layers.ReLU(negative_slope=0.1)(half(x))))


def relu_of_shared(x):
    x = half(x)
    return layers.Add()([relu(x), conv(x, side=1)])


def relu_and_itself(x):
    x = half(x)
    return layers.Add()([relu(x), x])


def relu_of_shared_norm(x):
    x = norm(half(x))
    return layers.Add()([relu(x), conv(x, side=1)])


def relu_called_twice(x):
    clamp = layers.ReLU()
    return clamp(conv(clamp(half(x))))


def number_minus_features(x):
    return 1.0 - relu(half(x))


def input_by_name(x):
    x = relu(half(x))
    return layers.Add()(inputs=[x, layers.ReLU()(inputs=conv(x))])


LOWERING_REFUSED = [
    input_by_name,
    norm_of_shared,
    norm_of_shared_read_first,
    norm_behind_identity,
    norm_of_rows,
    norm_of_one_call_of_two,
    relu_with_slope,
    relu_of_shared,
    relu_and_itself,
    relu_of_shared_norm,
    relu_called_twice,
    number_minus_features,
]


def sum_of_three(x):
    x = relu(half(x))
    return layers.Add()([x, conv(x), conv(x)])


def relu_up_to_4(x):
    return relu(conv(layers.ReLU(4.0)(half(x))))


REFUSED_BY_THE_CONVERTER = [sum_of_three, relu_up_to_4]


def network(features, pictures=None):
    """A classifier on features, of random weights.

    Args:
        features: what makes them of the picture.
        pictures: its decisions about them are to differ; it is the same network without.
    """
    keras.utils.set_random_seed(3)
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = features(image)
    if len(x.shape) == 4:
        x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = Classifier(("a", "b", "c"), name="logits")(x)
    x = layers.Activation("softmax", dtype="float32", name="predictions")(x)
    model = keras.Model(image, x, name=features.__name__)
    random = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            shape = layer.gamma.shape
            gamma, variance = (random.uniform(0.5, 1.5, shape) for _ in range(2))
            beta, mean = (random.normal(0.0, 0.3, shape) for _ in range(2))
            layer.set_weights([gamma, beta, mean, variance])
    if pictures is not None:
        decide(model, pictures)
    return model


def decide(model, pictures):
    """Move and scale the logits until each class is the answer to some pictures."""
    classifier = model.get_layer("logits")
    scores = np.asarray(keras.Model(model.input, classifier.output)(preprocess_input(pictures)))
    kernel, bias = classifier.get_weights()
    gain = 2 / scores.std(axis=0)
    classifier.set_weights([kernel * gain, (bias - scores.mean(axis=0)) * gain])


def run(content, pictures):
    """Probabilities: (N, classes)."""
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    (source,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    answers = []
    for picture in quantize_input(pictures):
        interpreter.set_tensor(source["index"], picture[None])
        interpreter.invoke()
        answers.append(interpreter.get_tensor(result["index"])[0])
    return (np.array(answers, np.float32) + 128) / 256


@pytest.fixture
def fallen_back(monkeypatch):
    """Names of the networks that are converted with the converter's own ranges."""
    names, plain = [], tflite.plain_int8

    def noted(model, *arguments):
        names.append(model.name)
        return plain(model, *arguments)

    monkeypatch.setattr(tflite, "plain_int8", noted)
    return names


def assert_decides_as_keras(model, content):
    test = patches(40, seed=9)
    expected = np.asarray(model(preprocess_input(test), training=False))
    assert len(set(expected.argmax(axis=1))) == 3
    actual = run(content, test)
    assert np.mean(actual.argmax(axis=1) == expected.argmax(axis=1)) >= 0.85
    assert np.mean(np.abs(actual - expected)) < 0.06


@pytest.mark.parametrize("features", LOWERED)
def test_lowered(features, pictures, fallen_back):
    model = network(features, pictures)
    assert_decides_as_keras(model, tflite.int8(model, pictures))
    assert fallen_back == []


@pytest.mark.parametrize("features", LOWERING_REFUSED)
def test_what_cannot_be_lowered_falls_back(features, pictures, fallen_back):
    model = network(features, pictures)
    with pytest.raises(Unsupported):
        lower.lower(model)
    assert_decides_as_keras(model, tflite.int8(model, pictures))
    assert fallen_back == [model.name]


@pytest.mark.parametrize("features", REFUSED_BY_THE_CONVERTER)
def test_what_the_converter_goes_its_own_way_with_falls_back(features, pictures, fallen_back):
    model, done = network(features, pictures), []
    with pytest.raises(Unsupported, match="the converter chose a range of its own for"):
        tflite.from_lowered(lower.lower(model), tuple("abc"))
    assert_decides_as_keras(model, tflite.int8(model, pictures, done.append))
    assert fallen_back == [model.name]
    assert sum(done) == len(pictures)  # a progress line counts no picture twice


def test_copies_are_named_after_what_they_copy(pictures):
    def features(x):
        x = layers.ReLU(name="relu")(conv(x, strides=2))
        x = layers.MaxPooling2D()(layers.MaxPooling2D()(x))
        return layers.Flatten()(x)

    graph = flatbuffer.parse(tflite.int8(network(features), pictures)).subgraphs[0]
    names = [graph.tensors[index].name.decode() for one in graph.operators for index in one.outputs]
    copies = ["relu/max_pool_2d", "relu/max_pool_2d/max_pool_2d"]
    assert names == ["relu", *copies, f"{copies[1]}/reshape", "logits", "predictions"]

    content = tflite.int8(network(max_pools_in_branches), pictures)
    names = [tensor.name for tensor in flatbuffer.parse(content).subgraphs[0].tensors]
    assert len([name for name in names if b"/max_pool_2d" in name]) == 2
    assert len({*filter(None, names)}) == len([*filter(None, names)])


def test_logits_are_what_the_softmax_takes(pictures):
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = layers.MaxPooling2D(8)(conv(relu(conv(image, strides=4)), filters=3, strides=2))
    x = layers.Flatten(name="flat")(x)
    model = keras.Model(image, layers.Activation("softmax", name="predictions")(x))
    lowered = lower.lower(model)
    assert logits(lowered) is lowered.get_layer("flat").output


def test_a_softmax_that_is_not_the_end(pictures, fallen_back):
    model = network(max_pool, pictures)
    model = keras.Model(model.input, layers.Reshape((3,))(model.output), name="reshaped")
    with pytest.raises(Unsupported, match="does not end in a softmax"):
        lower.lower(model)
    content = tflite.int8(model, pictures)
    assert fallen_back == ["reshaped"]
    expected = np.asarray(model(preprocess_input(pictures), training=False))
    assert np.mean(np.abs(run(content, pictures) - expected)) < 0.06


def test_a_silu_on_a_tensor_of_its_own_is_known_to_its_rounding():
    def features(x):
        return layers.Activation("silu", name="silu")(half(x))

    names = [one.silu for one in quantisers(lower.lower(network(features))).values()]
    assert [name for name in names if name] == ["silu"]
    shared = quantisers(lower.lower(network(silu_of_shared))).values()
    assert not any(one.silu for one in shared)  # the range is somebody else's too


def test_one_stage_is_equalised_too(pictures):
    def features(x):
        x = norm(layers.Conv2D(8, 3, 2, padding="same", name="stage1_block1_a")(x))
        x = layers.BatchNormalization(name="stage1_block1_a_bn")(
            layers.Conv2D(8, 1, name="stage1_block1_b")(x)
        )
        return relu(layers.Conv2D(8, 1, name="conv5")(x))

    model = network(features)
    equal = equalised(model, pictures)
    gamma, alike = (np.array(one.get_layer("stage1_block1_a_bn").gamma) for one in (model, equal))
    assert np.abs(alike / gamma - 1).max() > 0.1
    outputs = [one(preprocess_input(pictures[:4]), training=False) for one in (model, equal)]
    np.testing.assert_allclose(*map(np.asarray, outputs), atol=1e-4)
    prepare(model, pictures)


def test_what_tflite_has_no_int8_for_is_named(pictures):
    def threshold(x):
        return relu(conv(layers.ReLU(threshold=0.2)(half(x))))

    with pytest.raises(UserError, match="GREATER works on bool"):
        tflite.int8(network(threshold), pictures)


def test_a_sequential_model_is_refused_in_words(pictures):
    model = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            layers.Conv2D(4, 3, 2),
            layers.GlobalAveragePooling2D(),
            Classifier(("a", "b"), name="logits"),
            layers.Activation("softmax"),
        ]
    )
    with pytest.raises(Unsupported, match="is a Sequential"):
        lower.lower(model)
    with pytest.raises(UserError, match="is a Sequential; expected a functional"):
        tflite.int8(model, pictures)
