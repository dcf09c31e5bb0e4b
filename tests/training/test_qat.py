"""Quantisation-aware training in Keras 3: what it trains, gives back, refuses and resumes."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import small_network
from narrow_model import narrow_network, patches
from PIL import Image

from rcnet_tf.errors import UserError
from rcnet_tf.export.check import check_int8
from rcnet_tf.keras_files import load_model
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise.fake_quant import disabled
from rcnet_tf.quantise.lower import quantisers
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.training import checkpoint, loop, task
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.materials import Materials
from rcnet_tf.training.qat import INT8_FILE, Quantised
from rcnet_tf.training.recipes import RECIPES

LABELS = np.zeros(20, np.int32)
GIVEN = Materials(tuple("abcdef"), patches(20), LABELS, patches(4), LABELS[:4], None, None, "x")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Class folders of 16 pictures that are no noise, and a trained network for them."""
    root = tmp_path_factory.mktemp("qat")
    for label, name in enumerate(("can", "jar")):
        (root / "data" / name).mkdir(parents=True)
        for index, picture in enumerate(patches(16, low=80 * label, high=160 + 80 * label)):
            Image.fromarray(picture).save(root / "data" / name / f"{index:02}.png")
    keras.utils.set_random_seed(1)
    config = TrainConfig(input_size=64, dropout=0.3)
    small_network.build(config, ("can", "jar")).save(root / "start.keras")
    return root


@pytest.fixture
def small(monkeypatch):
    """Two blocks in the place of Focus-RCNet."""
    monkeypatch.setattr(loop, "build", small_network.build)
    monkeypatch.setattr(task, "build", small_network.build)


def settings(folder, **options):
    defaults = dict(
        data=str(folder / "data"),
        split="0",
        input_size=64,
        init_from=str(folder / "start.keras"),
        epochs=2,
        batch=8,
        dropout=0.3,
        mixup=0.0,
        learning_rate=0.02,
    )
    return replace(RECIPES["qat"], **{**defaults, **options})


def test_folding_and_equalising_leave_the_float_network_as_it_was():
    network = narrow_network()
    x = preprocess_input(patches(4, seed=2))
    before = np.array(network(x, training=False))
    subject = Quantised(network, GIVEN)
    subject.give_back()
    np.testing.assert_allclose(np.array(network(x, training=False)), before, atol=2e-3)
    with disabled(subject.trained):
        lowered = np.array(subject.trained(x, training=False))
    np.testing.assert_allclose(lowered, before, atol=0.02)  # rounded kernels


def test_what_was_trained_is_given_back():
    network = narrow_network()
    subject = Quantised(network, GIVEN)
    for callback in subject.callbacks():
        callback.on_epoch_begin(0)
    before = [np.array(weight) for weight in network.get_weights()]
    for variable in subject.student.trainable_variables:
        variable.assign(variable * 1.02)
    subject.give_back()
    assert any(
        np.abs(a - b).max() > 1e-3 for a, b in zip(before, network.get_weights(), strict=True)
    )
    again = Quantised(network, GIVEN)
    for callback in again.callbacks():
        callback.on_epoch_begin(0)
    x = preprocess_input(patches(4, seed=2))
    np.testing.assert_allclose(
        np.array(subject.student(x, training=False)),
        np.array(again.student(x, training=False)),
        atol=0.25,  # the channels are equalised anew
    )


def test_every_variable_that_trains_is_a_folded_kernel_or_bias():
    subject = Quantised(narrow_network(), GIVEN)
    names = {variable.name for variable in subject.student.trainable_variables}
    assert names == {"kernel", "bias"}
    assert not any(
        quantiser.trainable_variables for quantiser in quantisers(subject.trained).values()
    )


def test_an_interrupted_run_ends_with_the_same_weights(folder, small, tmp_path, monkeypatch):
    config = settings(folder)
    whole = loop.train(config, tmp_path / "whole", tensorboard=False)
    assert len(whole.history) == 2 and np.isfinite(whole.history[-1]["loss"])

    save = checkpoint.save

    def saved_and_interrupted(path, variables, state):
        save(path, variables, state)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", saved_and_interrupted)
    with pytest.raises(KeyboardInterrupt):
        loop.train(config, tmp_path / "parts", tensorboard=False)
    monkeypatch.setattr(checkpoint, "save", save)
    parts = loop.train(config, tmp_path / "parts", tensorboard=False)
    assert parts.history == whole.history
    files = [(tmp_path / run / INT8_FILE).read_bytes() for run in ("whole", "parts")]
    assert files[0] == files[1]
    check_int8(flatbuffer.parse(files[0]), "small")
    one, other = (load_model(tmp_path / run / "final.keras") for run in ("whole", "parts"))
    for expected, actual in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, expected)
    start = load_model(folder / "start.keras")
    assert one.count_params() == start.count_params()  # a plain network
    moved = [
        np.abs(a - b).max() for a, b in zip(one.get_weights(), start.get_weights(), strict=True)
    ]
    assert max(moved) > 1e-3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"init_from": ""}, "--qat starts from a trained network; add --init-from"),
        ({"prune": 0.5}, "--qat and --prune in one run; expected one of them"),
        ({"precision": "mixed_float16"}, "--qat with --precision mixed_float16; expected float32"),
        ({"qat": "torch"}, "--qat 'torch': expected one of '', 'keras', 'tfmot'"),
    ],
)
def test_settings_that_do_not_go_together(options, message, folder, tmp_path):
    with pytest.raises(UserError, match=message):
        loop.train(settings(folder, **options), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_has_no_int8_form_is_refused_before_pictures_are_read(folder, tmp_path):
    unread = settings(folder, model="MobileNetV2", data=str(tmp_path / "none"))
    with pytest.raises(UserError, match=r"--qat of MobileNetV2: symmetric \(Rescaling\) has no"):
        loop.train(unread, tmp_path / "run")
    assert not (tmp_path / "run").exists()
