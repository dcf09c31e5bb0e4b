"""Ways to quantise, compared on networks of random weights."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from narrow_model import narrow_network, patches
from PIL import Image
from short_network import short_network

from rcnet_tf import compare_int8
from rcnet_tf.benchmarks import int8
from rcnet_tf.errors import UserError
from rcnet_tf.layers import Classifier, SimAM
from rcnet_tf.quantise import calibration
from rcnet_tf.quantise.lower import quantisers
from rcnet_tf.quantise.prepare import prepare


def test_default_is_what_convert_does():
    network, pictures = short_network(), patches(12)
    theirs = prepare(network, pictures)
    ours = int8.quantised(network, calibration.canonical(pictures), int8.DEFAULT)
    for name, one in quantisers(ours).items():
        expected = np.asarray(quantisers(theirs)[name].range)
        np.testing.assert_allclose(np.asarray(one.range), expected, rtol=1e-6)


def compared(network):
    """Figures in decibel by the name of the way."""
    pictures, test, done = patches(16), patches(10, seed=4), []
    report = int8.compare(network, pictures, test, np.zeros(10, int), done.append)
    assert sum(done) == len(report["rows"]) == len(int8.WAYS)
    assert all(0 <= row["same"] <= 1 for row in report["rows"])
    return {row["way"]: row["decibel"] for row in report["rows"]}


def test_learnt_ranges_beat_extremes(monkeypatch):
    """Where a stem's wild channel meets a depth of convolutions."""
    network = narrow_network()
    norm = network.get_layer("focus_bn")
    gamma, *rest = norm.get_weights()
    norm.set_weights([gamma * np.where(np.arange(len(gamma)) == 0, 12, 1), *rest])
    extremes = next(way for way in int8.WAYS if way.name == "extremes, equalised")
    monkeypatch.setattr(int8, "WAYS", (extremes, int8.DEFAULT))
    decibel = compared(network)
    assert decibel[int8.DEFAULT.name] > decibel[extremes.name] + 1


def test_every_way_is_a_way_of_its_own():
    # But for lambda: the variances of random weights are beside it.
    assert len(set(compared(short_network()).values())) >= len(int8.WAYS) - 2


def small(attention=None, name="logits", activation="relu"):
    """One convolution and a classifier; `attention` makes a layer between them."""
    keras.utils.set_random_seed(0)
    image = keras.Input((64, 64, 3))
    x = keras.layers.Conv2D(4, 3, 4)(image)
    x = keras.layers.ReLU()(x) if activation == "relu" else keras.layers.Activation(activation)(x)
    x = keras.layers.GlobalAveragePooling2D()(attention()(x) if attention else x)
    x = Classifier(("can", "jar"), name=name)(x)
    return keras.Model(image, keras.layers.Activation("softmax")(x), name="small")


@pytest.mark.parametrize("attention", [None, SimAM])
def test_as_much_attention_as_there_is(attention):
    pictures = patches(12)
    network = small(attention)
    report = int8.compare(network, pictures, pictures[:4], np.zeros(4, int), lambda count: None)
    assert len(report["rows"]) == len(int8.WAYS)


@pytest.mark.parametrize(
    "options, reason",
    [
        ({"name": "dense"}, "model 'small' has no layer 'logits'.*rcnet_tf.convert --int8 takes"),
        ({"activation": "gelu"}, r"\(Activation\) has no int8 lowering here"),
    ],
)
def test_other_networks_are_refused_before_pictures_are_read(tmp_path, options, reason):
    small(**options).save(tmp_path / "small.keras")
    with pytest.raises(UserError, match=reason):
        compare_int8.main(["--model", str(tmp_path / "small.keras"), "--data", "nowhere"])
    with pytest.raises(UserError, match=reason):
        int8.compare(small(**options), patches(12), patches(2), np.zeros(2, int), print)


def test_command(tmp_path):
    for label in ("can", "jar"):
        (tmp_path / "data" / label).mkdir(parents=True)
        for index, picture in enumerate(patches(30, seed=len(label) + ord(label[0]))):
            Image.fromarray(picture).save(tmp_path / "data" / label / f"{index}.png")
    small(SimAM).save(tmp_path / "model.keras")
    command = [sys.executable, "-m", "rcnet_tf.compare_int8", "--model", tmp_path / "model.keras"]
    options = ["--data", tmp_path / "data", "--split", "1", "--json", tmp_path / "out.json"]
    result = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    assert f"{int8.DEFAULT.name} *" in result.stdout
    assert len(json.loads((tmp_path / "out.json").read_text())["rows"]) == len(int8.WAYS)

    wrong = subprocess.run([*command, "--data", "nowhere"], capture_output=True, text=True)
    assert wrong.returncode == 2 and "no such" in wrong.stderr.splitlines()[-1]
