import dataclasses

import keras
import numpy as np
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.model import FocusRCNet
from rcnet_tf.networks import build
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.initialise import initialise

CLASSES = ("can", "jar", "leaf")
CONFIG = TrainConfig(input_size=64, width=0.25)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A network with weights of its own, as a .keras file and as a .weights.h5 file."""
    folder = tmp_path_factory.mktemp("trained")
    keras.utils.set_random_seed(1)
    network = build(CONFIG, CLASSES)
    network.save(folder / "trained.keras")
    network.save_weights(folder / "trained.weights.h5")
    return folder, network


def fresh(source, class_names=CLASSES, **settings):
    config = dataclasses.replace(CONFIG, init_from=str(source), **settings)
    keras.utils.set_random_seed(2)
    network = build(config, class_names)
    return network, config


def equal_layers(network, other):
    return {
        layer.name
        for layer in network.layers
        if layer.weights
        and all(
            np.array_equal(a, b)
            for a, b in zip(
                layer.get_weights(), other.get_layer(layer.name).get_weights(), strict=True
            )
        )
    }


@pytest.mark.parametrize("name", ["trained.keras", "trained.weights.h5"])
def test_the_same_network(trained, name):
    folder, other = trained
    network, config = fresh(folder / name)
    assert "logits" not in equal_layers(network, other)
    initialise(network, config)
    assert equal_layers(network, other) == {layer.name for layer in network.layers if layer.weights}


@pytest.mark.parametrize(
    ("class_names", "settings"),
    [(("a", "b"), {}), (("leaf", "jar", "can"), {}), (("x", "y", "z"), {"input_size": 96})],
    ids=["fewer classes", "another order", "another size"],
)
def test_other_classes_and_sizes(trained, capsys, class_names, settings):
    folder, other = trained
    network, config = fresh(folder / "trained.keras", class_names, **settings)
    before = network.get_layer("logits").get_weights()[0]
    initialise(network, config)
    np.testing.assert_array_equal(network.get_layer("logits").get_weights()[0], before)
    names = {layer.name for layer in network.layers if layer.weights and layer.name != "logits"}
    assert equal_layers(network, other) - {"logits"} == names
    said = capsys.readouterr().err
    assert f"{len(names)} layers taken over; new: logits" in said
    size = settings.get("input_size", 64)
    assert ("--input-size 64 would keep its size" in said) == (size != 64)


def test_shipped_weights_for_other_classes(capsys):
    """What own pictures start from: everything but the classifier."""
    network, config = fresh("trashnet", width=1.0)
    initialise(network, config)
    shipped = FocusRCNet(input_shape=(64, 64, 3))
    layers = {layer.name for layer in network.layers if layer.weights}
    assert equal_layers(network, shipped) == layers - {"logits"}
    said = capsys.readouterr().err
    assert said.endswith("layers taken over; new: logits\n")
    assert "trashnet takes 96 x 96 pixels, and is trained on for 64 x 64" in said


def test_files_that_do_not_fit(trained, tmp_path):
    folder, _ = trained
    network, config = fresh(folder / "trained.weights.h5", width=0.5)
    with pytest.raises(UserError, match=r"--init-from .* do not fit"):
        initialise(network, config)
    network, config = fresh(folder / "trained.keras", width=4.0)
    with pytest.raises(UserError, match="none of its layers fits"):
        initialise(network, config)
    (tmp_path / "broken.keras").write_bytes(b"PK")
    for name, message in [
        ("broken.keras", "not a .keras file"),
        ("missing.keras", "no such file"),
        ("missing.weights.h5", "no such file"),
        ("weights.pt", "expected a .keras file"),
        ("imagenet", "expected a .keras file"),
    ]:
        network, config = fresh(tmp_path / name if name != "imagenet" else name)
        with pytest.raises(UserError, match=message):
            initialise(network, config)


def test_an_application_of_another_input_size(tmp_path):
    small = dataclasses.replace(CONFIG, model="MobileNetV2", input_size=96)
    teacher = build(small, CLASSES)
    teacher.save(tmp_path / "teacher.keras")
    config = dataclasses.replace(small, input_size=64, init_from=str(tmp_path / "teacher.keras"))
    keras.utils.set_random_seed(3)
    network = build(config, CLASSES)
    initialise(network, config)
    for a, b in zip(network.get_weights(), teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
