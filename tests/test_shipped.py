"""Without --model: the shipped weights, or a clear line."""

import keras
import numpy as np
import pytest

from rcnet_tf import FocusRCNet, weights
from rcnet_tf.errors import UserError
from rcnet_tf.files import sha256
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.shipped import open_model


@pytest.mark.parametrize("name", ["shipped.weights.h5", "shipped.keras"])
def test_shipped_weights_are_loaded_into_the_network(tmp_path, monkeypatch, name):
    keras.utils.set_random_seed(3)
    network = FocusRCNet(weights=None)
    path = tmp_path / name
    network.save_weights(path) if name.endswith(".h5") else network.save(path)
    monkeypatch.setitem(weights.PRETRAINED, "trashnet", {224: (str(path), sha256(path))})

    model = open_model(None)
    assert model.path == path
    assert (model.kind, model.input_size) == ("keras", 224)
    assert model.class_names == ("cardboard", "glass", "metal", "paper", "plastic", "trash")
    pixels = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3)).astype(np.uint8)
    expected = np.asarray(network(preprocess_input(pixels)))
    np.testing.assert_allclose(model.predict(pixels), expected, atol=1e-5)


def test_missing_and_damaged_weights_are_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "PRETRAINED", {})
    monkeypatch.setattr("rcnet_tf.shipped.PRETRAINED", {})
    with pytest.raises(UserError, match="comes without weights; give --model"):
        open_model(None)
    damaged = {"trashnet": {224: (str(tmp_path / "none.weights.h5"), "0" * 64)}}
    monkeypatch.setattr(weights, "PRETRAINED", damaged)
    monkeypatch.setattr("rcnet_tf.shipped.PRETRAINED", damaged)
    with pytest.raises(UserError, match="missing or damaged: reinstall"):
        open_model(None)


def test_the_weights_nearest_to_the_size_are_taken(tmp_path, monkeypatch):
    files = {}
    for size in (64, 224):
        network = FocusRCNet(weights=None, input_shape=(size, size, 3))
        path = tmp_path / f"{size}.weights.h5"
        network.save_weights(path)
        files[size] = str(path), sha256(path)
    monkeypatch.setitem(weights.PRETRAINED, "trashnet", files)
    for wanted, taken in ((64, 64), (96, 64), (128, 224), (448, 224), (None, 224)):
        model = open_model(None, wanted)
        assert (model.path.name, model.input_size) == (f"{taken}.weights.h5", taken)
    network, expected = FocusRCNet(input_shape=(96, 96, 3)), open_model(None, 64).model
    for a, b in zip(network.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
