import dataclasses

import keras
import numpy as np
import pytest
import small_network

from rcnet_tf.data.stream import validation_stream
from rcnet_tf.keras_files import load_model
from rcnet_tf.model import logits_model
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.training import task
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.materials import Materials
from rcnet_tf.training.optimizer import ema_decay
from rcnet_tf.training.schedule import Schedule

CLASSES = ("can", "jar", "leaf")
SIZE = 64
CONFIG = TrainConfig(input_size=SIZE, epochs=10, dropout=0.0)
draw = np.random.default_rng(0)
PIXELS = draw.integers(0, 256, (13, SIZE, SIZE, 3), dtype=np.uint8)
LABELS = draw.integers(0, 3, 13)
TARGETS = np.eye(3, dtype=np.float32)[LABELS]
GIVEN = Materials(CLASSES, PIXELS, LABELS, PIXELS, LABELS, None, None, "")


@pytest.fixture
def network():
    keras.utils.set_random_seed(0)
    return small_network.build(CONFIG, CLASSES)


def log_softmax(logits):
    logits = np.asarray(logits, np.float64)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def probabilities(network):
    return network.predict(preprocess_input(PIXELS), verbose=0)


def test_label_smoothing(network):
    made = task.make_task(
        dataclasses.replace(CONFIG, label_smoothing=0.3), logits_model(network), GIVEN, 5
    )
    logits = made.predict(PIXELS.astype(np.float32), verbose=0)
    np.testing.assert_allclose(
        np.exp(log_softmax(logits)), probabilities(network), rtol=1e-4, atol=1e-6
    )
    smooth = TARGETS * 0.7 + 0.3 / 3
    expected = -(smooth * log_softmax(logits)).sum(-1).mean()
    loss, _ = made.evaluate(PIXELS.astype(np.float32), TARGETS, verbose=0, batch_size=13)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_class_weights_weigh_the_loss(network):
    labels = np.array([0] * 6 + [1] * 3 + [2])
    weights = task.class_weights(dataclasses.replace(CONFIG, class_weight="balanced"), labels, 3)
    np.testing.assert_allclose(weights, [10 / 18, 10 / 9, 10 / 3])
    assert np.mean(weights[labels]) == pytest.approx(1)
    sums = [weights[labels[labels == c]].sum() for c in range(3)]
    np.testing.assert_allclose(sums, sums[0])  # every class counts alike
    assert task.class_weights(CONFIG, labels, 3) is None
    empty = task.class_weights(
        dataclasses.replace(CONFIG, class_weight="balanced"), np.array([0, 0, 2]), 3
    )
    assert np.isfinite(empty).all()

    made = task.make_task(CONFIG, logits_model(network), GIVEN, 5)
    pictures = PIXELS[:10].astype(np.float32)
    logits = made.predict(pictures, verbose=0)
    each = -log_softmax(logits)[np.arange(10), labels]
    expected = (each * weights[labels]).mean()
    loss, _ = made.evaluate(
        pictures, np.eye(3)[labels], sample_weight=weights[labels], verbose=0, batch_size=10
    )
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_evaluator_counts_every_picture_once(network):
    evaluator = task.make_evaluator(logits_model(network), SIZE)
    stream = validation_stream(PIXELS, LABELS, 3, 8)  # 13 pictures: the second batch is filled up
    measured = evaluator.evaluate(stream, verbose=0, return_dict=True)
    p = probabilities(network)
    expected = -np.log(p[np.arange(13), LABELS]).mean()
    np.testing.assert_allclose(measured["val_loss"], expected, rtol=1e-5)
    np.testing.assert_allclose(measured["val_accuracy"], (p.argmax(-1) == LABELS).mean(), rtol=1e-6)


@pytest.mark.parametrize("steps", [1, 5, 20, 110])
def test_a_moving_average_leaves_its_start_behind(steps):
    config = dataclasses.replace(CONFIG, epochs=20, ema=0.998)
    decay = ema_decay(config, steps)
    assert decay ** (20 * steps) < 0.02
    assert decay == 0.998 if steps == 110 else 0.75 < decay < 0.998
    assert ema_decay(dataclasses.replace(config, ema=0.5), steps) == 0.5


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="JAX traces in its own way")
def test_a_step_is_traced_once_with_one_rate(network, monkeypatch, optimizer):
    calls = []

    def counted(owner, name):
        original = getattr(owner, name)

        def call(*args, **kwargs):
            calls.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)

    config = dataclasses.replace(CONFIG, optimizer=optimizer, weight_decay=0.01, ema=0.9)
    made = task.make_task(config, logits_model(network), GIVEN, 5)
    counted(made, "compute_loss")
    counted(Schedule, "_rate")
    made.fit(PIXELS[:12].astype(np.float32), TARGETS[:12], batch_size=4, verbose=0)
    assert sorted(calls) == ["_rate", "compute_loss"]
    assert int(made.optimizer.iterations) == 3


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_optimizers(network, optimizer):
    config = dataclasses.replace(
        CONFIG, optimizer=optimizer, weight_decay=0.01, clip_norm=2.0, ema=0.9, schedule="step"
    )
    made = task.make_task(config, logits_model(network), GIVEN, 5).optimizer
    assert made.use_ema and made.ema_momentum == 0.9 and made.global_clipnorm == 2.0
    # PyTorch's L2 term is multiplied by momentum, Keras' decay is not.
    assert made.weight_decay == pytest.approx(0.1 if optimizer == "sgd" else 0.01)
    assert float(made.learning_rate) == pytest.approx(0.05)
    made.iterations.assign(5 * 90)
    assert float(made.learning_rate) == pytest.approx(0.005)
    without = dataclasses.replace(config, weight_decay=0.0)
    assert not task.make_task(without, logits_model(network), GIVEN, 5).optimizer.weight_decay


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_is_saved_as_float32(tmp_path, monkeypatch, precision):
    monkeypatch.setattr(task, "build", small_network.build)
    config = dataclasses.replace(CONFIG, precision=precision)
    keras.config.set_dtype_policy(precision)
    try:
        network = small_network.build(config, CLASSES)
        made = task.make_task(config, logits_model(network), GIVEN, 5)
        assert made.optimizer.learning_rate is not None
        made.train_on_batch(PIXELS.astype(np.float32), TARGETS)
        task.save_network(network, config, CLASSES, tmp_path / "network.keras")
        assert keras.config.dtype_policy().name == precision
    finally:
        keras.config.set_dtype_policy("float32")
    assert network.get_layer("pointwise0").compute_dtype == precision[len("mixed_") :]
    saved = load_model(tmp_path / "network.keras")
    assert {layer.compute_dtype for layer in saved.layers} == {"float32"}
    for a, b in zip(saved.get_weights(), network.get_weights(), strict=True):
        assert a.dtype == np.float32
        np.testing.assert_array_equal(a, b)
    np.testing.assert_allclose(probabilities(saved), probabilities(network), atol=0.03)
