import importlib
import inspect

import keras
import numpy as np
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.keras_files import load_model
from rcnet_tf.networks import (
    _to_application,
    application,
    application_names,
    build,
    shufflenet_v1,
)
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.initialise import initialise

CLASSES = ("can", "jar", "leaf")
PIXELS = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3)).astype(np.float32)


def preprocessing_of(name):
    """`preprocess_input` of the module of keras.applications that has the network."""
    if name.startswith("MobileNetV3"):  # whose module does not show the networks
        return keras.applications.mobilenet_v3.preprocess_input
    for module_name in dir(keras.applications):
        module = getattr(keras.applications, module_name)
        if inspect.ismodule(module) and hasattr(module, name):
            return importlib.import_module(module.__name__).preprocess_input
    raise AssertionError(f"no module has {name}")


def test_there_are_networks():
    names = application_names()
    assert len(names) > 35
    assert {"EfficientNetB4", "MobileNetV2", "ResNet50", "VGG16"} <= set(names)


@pytest.mark.parametrize("name", application_names())
def test_input_is_rescaled_as_keras_does(name):
    inputs = keras.Input((5, 7, 3))
    rescaling = keras.Model(inputs, _to_application(name, inputs))
    found = rescaling.predict(preprocess_input(PIXELS), verbose=0)
    expected = preprocessing_of(name)(PIXELS.copy())
    np.testing.assert_allclose(found, expected, atol=2e-4)
    again = keras.Model.from_config(rescaling.get_config())
    np.testing.assert_array_equal(again.predict(preprocess_input(PIXELS), verbose=0), found)


def test_the_papers_teacher():
    # Zheng et al., Table 5, and `rcnet_tf.layers.Classifier` for six classes at 380.
    teacher = application("EfficientNetB4", [f"class {i}" for i in range(6)], 380)
    trainable = sum(int(np.prod(weight.shape)) for weight in teacher.trainable_weights)
    assert trainable == 17_559_374
    assert teacher.input_shape == (None, 380, 380, 3) and teacher.output_shape == (None, 6)
    assert teacher.get_layer("logits").class_names == tuple(f"class {i}" for i in range(6))


def test_efficientnet_normalises_its_input_wherever_its_weights_come_from(tmp_path):
    # As in Keras' own files: variance holds deviations, by whose roots it divides twice.
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    keras.utils.set_random_seed(0)
    official = keras.applications.EfficientNetB0(
        include_top=False, weights=None, input_shape=(64, 64, 3)
    )
    (norm,) = (one for one in official.layers if type(one) is keras.layers.Normalization)
    norm.set_weights([mean, deviation, np.array(0)])
    official.save_weights(tmp_path / "b0_notop.weights.h5")
    norm.set_weights([mean, deviation**2, np.array(0)])
    norm.finalize_state()
    pixels = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype(np.float32)
    expected = np.asarray(official(pixels, training=False)).mean((1, 2))

    def features(network):
        pooled = keras.Model(network.input, network.get_layer("pool").output)
        return np.asarray(pooled(preprocess_input(pixels), training=False))

    ours = application("EfficientNetB0", CLASSES, 64, str(tmp_path / "b0_notop.weights.h5"))
    np.testing.assert_allclose(features(ours), expected, rtol=1e-3, atol=1e-3 * expected.max())
    ours.save(tmp_path / "first.keras")
    config = TrainConfig(
        model="EfficientNetB0", input_size=64, init_from=str(tmp_path / "first.keras")
    )
    second = build(config, CLASSES)
    initialise(second, config)
    second.save(tmp_path / "second.keras")
    for network in (
        second,
        load_model(tmp_path / "first.keras"),
        load_model(tmp_path / "second.keras"),
    ):
        np.testing.assert_array_equal(features(network), features(ours))


def test_unknown_names_and_weights():
    with pytest.raises(UserError, match="expected focus_rcnet, ShuffleNetV1 or one of"):
        application("ResNet9000", CLASSES)
    with pytest.raises(UserError, match=r"MobileNetV2 with weights 'none.h5'"):
        application("MobileNetV2", CLASSES, 96, "none.h5")
    with pytest.raises(UserError, match=r"InceptionV3 at --input-size 64: .*75"):
        application("InceptionV3", CLASSES, 64)


@pytest.mark.parametrize("source", ["imagenet", "shufflenet.h5"])
def test_shufflenet_has_no_weights_of_imagenet(source):
    config = TrainConfig(model="ShuffleNetV1", input_size=64, width=0.25, init_from=source)
    with pytest.raises(UserError, match=f"--init-from {source}: expected a .keras file"):
        initialise(build(config, CLASSES), config)


def test_focus_rcnet_of_a_configuration():
    config = TrainConfig(input_size=96, width=0.5, block="bottleneck", attention="none")
    network = build(config, CLASSES)
    assert network.input_shape == (None, 96, 96, 3) and network.output_shape == (None, 3)
    assert not [layer for layer in network.layers if "simam" in layer.name]
    with pytest.raises(UserError, match="65"):
        build(TrainConfig(input_size=65), CLASSES)


def test_shufflenet_has_its_paper_s_size():
    # Zhang et al., Table 2: 137 M multiply-adds at width 1 with three groups, classifier included.
    from rcnet_tf.complexity import count, total

    model = shufflenet_v1(CLASSES, 224)
    assert abs(total(count(model)).macs / 137e6 - 1) < 0.01
    names = [layer.name for layer in model.layers]
    assert "stage2_unit1_reduce1" in names and "stage2_unit1_reduce2" not in names


def test_shuffle_interleaves_the_groups():
    model = shufflenet_v1(CLASSES, 64, width=0.25)
    steps = [model.get_layer(f"stage3_unit2_{step}") for step in ("groups", "shuffle", "shuffled")]
    shape = steps[0].input.shape[1:]
    x = np.broadcast_to(np.arange(shape[-1], dtype=np.float32), (1, *shape))
    for step in steps:
        x = step(x)
    each = shape[-1] // 3
    expected = [group * each + index for index in range(each) for group in range(3)]
    np.testing.assert_array_equal(np.asarray(x)[0, 1, 2], expected)


def test_width_of_networks_that_have_one_and_of_those_that_have_none():
    narrow = application("MobileNet", CLASSES, 64, width=0.25)
    assert narrow.count_params() < application("MobileNet", CLASSES, 64).count_params() / 8
    with pytest.raises(UserError, match="one width"):
        application("DenseNet121", CLASSES, 64, width=0.5)
    with pytest.raises(UserError, match="at least"):
        shufflenet_v1(CLASSES, 64, width=0.1)
