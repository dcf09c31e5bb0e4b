import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from rcnet_tf.distill import Distiller, soft_loss
from rcnet_tf.layers import View
from rcnet_tf.preprocess import preprocess_input, resize_area

draw = np.random.default_rng(0)
LABELS = np.eye(3, dtype=np.float32)[draw.integers(0, 3, 8)]
PICTURES = draw.integers(0, 256, (8, 16, 16, 3)).astype(np.float32)


def softmax(logits):
    e = np.exp(logits - logits.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def divergence(teacher, student, temperature):
    p, q = softmax(teacher / temperature), softmax(student / temperature)
    return (p * np.log(p / q)).sum(-1)


def network(size, seed=0, name=None):
    """Everything that behaves differently in training: batch normalisation and dropout."""
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((size, size, 3)),
            keras.layers.Conv2D(4, 3, strides=2),
            keras.layers.BatchNormalization(momentum=0.5),
            keras.layers.ReLU(),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3),
        ],
        name=name,
    )


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("t_squared", [True, False])
def test_soft_loss(temperature, t_squared):
    teacher, student = draw.normal(0, 3, (2, 8, 3))
    expected = divergence(teacher, student, temperature) * (temperature**2 if t_squared else 1)
    found = soft_loss(teacher.astype("float32"), student.astype("float32"), temperature, t_squared)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(soft_loss(student, student, temperature), 0, atol=1e-6)


def test_soft_loss_of_certain_networks_is_finite():
    teacher, student = np.float32([[200, 0, -200]]), np.float32([[-200, 0, 200]])
    np.testing.assert_allclose(soft_loss(teacher, student, 1.0), 400, rtol=1e-5)


def test_gradients_keep_their_size_when_the_temperature_changes():
    # What Hinton et al. multiply by T^2 for: at high T the gradient tends to (z - v) / classes.
    student, teacher = draw.normal(0, 0.1, (2, 4, 3)).astype("float32")
    student, teacher = (z - z.mean(-1, keepdims=True) for z in (student, teacher))
    step = np.float32([0.5, 0, 0])  # large: the loss is nearly quadratic, and float32 coarse
    for temperature in (10.0, 40.0):
        up, down = (soft_loss(teacher, student + s, temperature) for s in (step, -step))
        slope = np.asarray(up) - np.asarray(down)
        np.testing.assert_allclose(slope, ((student - teacher) / 3)[:, 0], rtol=0.05, atol=2e-3)


def compiled(teacher, student, **options):
    views = dict(student_view=View(student.input_shape[1]))
    if teacher is not None:
        views["teacher_view"] = View(teacher.input_shape[1])
    model = Distiller(student, teacher, **views, **options)
    model.compile(
        keras.optimizers.SGD(0.1),
        keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def seen(pictures, size):
    return preprocess_input(
        np.stack([resize_area(p.astype(np.uint8), size, size) for p in pictures])
    )


@pytest.mark.parametrize(
    ("temperature", "alpha", "t_squared"), [(4.0, 0.5, True), (2.0, 0.9, False), (1.0, 0.0, True)]
)
def test_loss_of_a_batch(temperature, alpha, t_squared):
    student, teacher = network(16), network(16, seed=1)
    model = compiled(teacher, student, temperature=temperature, alpha=alpha, t_squared=t_squared)
    x = preprocess_input(PICTURES)
    y, z = np.asarray(student(x)), np.asarray(teacher(x))
    soft = divergence(z, y, temperature) * (temperature**2 if t_squared else 1)
    hard = -(LABELS * np.log(softmax(y))).sum(-1)
    loss = model.compute_loss(PICTURES, LABELS, ops.convert_to_tensor(y), training=True)
    np.testing.assert_allclose(loss, alpha * soft.mean() + (1 - alpha) * hard.mean(), rtol=1e-4)
    # Validation is of the labels alone.
    loss, accuracy = model.evaluate(PICTURES, LABELS, verbose=0)
    np.testing.assert_allclose(loss, hard.mean(), rtol=1e-4)
    assert accuracy == pytest.approx((y.argmax(-1) == LABELS.argmax(-1)).mean())


def test_sample_weights_weigh_both_losses():
    student, teacher = network(16), network(16, seed=1)
    model = compiled(teacher, student, temperature=2.0, alpha=0.3)
    x, weights = preprocess_input(PICTURES), np.float32([0, 2, 1, 0.5, 1, 1, 3, 0])
    y, z = np.asarray(student(x)), np.asarray(teacher(x))
    each = 0.3 * 4 * divergence(z, y, 2.0) - 0.7 * (LABELS * np.log(softmax(y))).sum(-1)
    loss = model.compute_loss(
        PICTURES, LABELS, ops.convert_to_tensor(y), sample_weight=weights, training=True
    )
    np.testing.assert_allclose(loss, (weights * each).mean(), rtol=1e-4)


def test_only_the_student_learns():
    student, teacher = network(16), network(16, seed=1)
    model = compiled(teacher, student)
    before = [np.array(w) for w in teacher.weights], [np.array(w) for w in student.weights]
    states = [np.array(v) for v in teacher.variables]
    assert len(model.trainable_variables) == len(student.trainable_variables) == 6
    model.fit(PICTURES, LABELS, epochs=3, batch_size=4, verbose=0)
    for old, new in zip(before[0], teacher.weights, strict=True):
        np.testing.assert_array_equal(old, np.array(new), err_msg=new.path)
    for old, new in zip(states, teacher.variables, strict=True):
        np.testing.assert_array_equal(old, np.array(new), err_msg=new.path)  # dropout not drawn
    for old, new in zip(before[1], student.weights, strict=True):
        assert not np.array_equal(old, np.array(new)), new.path  # moving statistics too


def test_teacher_answers_as_in_inference():
    student, teacher = network(16), network(16, seed=1)
    model = compiled(teacher, student)
    expected = teacher.predict(preprocess_input(PICTURES), verbose=0)
    for _ in range(2):
        np.testing.assert_allclose(model.teacher_logits(PICTURES), expected, rtol=1e-4, atol=1e-6)


class Mean(keras.layers.Layer):
    """What a network sees, as its logits: the mean of every channel, and what calls it."""

    def call(self, x):
        return ops.mean(x, axis=(1, 2))


def probe(size):
    return keras.Sequential([keras.Input((size, size, 3)), Mean(), keras.layers.Rescaling(1.0)])


def test_networks_of_different_sizes_see_one_picture():
    # The logits of both probes are the mean colour of what they see: area averages keep it, so
    # that equal pictures give equal logits, and the soft loss is 0.
    model = Distiller(probe(8), probe(12), student_view=View(8), teacher_view=View(12), alpha=1.0)
    student = model(PICTURES)
    teacher = model.teacher_logits(PICTURES)
    np.testing.assert_allclose(student, preprocess_input(PICTURES).mean((1, 2)), atol=1e-5)
    np.testing.assert_allclose(teacher, student, atol=1e-5)
    other = model.teacher_logits(PICTURES[::-1])
    assert np.abs(np.asarray(other) - np.asarray(student)).max() > 1e-2, "the probe sees nothing"


def test_views_keep_to_the_resize_rule():
    for size in (8, 12, 16):
        np.testing.assert_allclose(
            View(size)(PICTURES), seen(PICTURES, size), atol=0.5 / 128 + 1e-5
        )


def test_cached_logits_are_as_good_as_the_teacher():
    teacher = network(16, seed=1)
    students = network(16), network(16)
    logits = teacher.predict(preprocess_input(PICTURES), verbose=0)
    live, cached = compiled(teacher, students[0]), compiled(None, students[1])
    for model, inputs in ((live, PICTURES), (cached, (PICTURES, logits))):
        keras.utils.set_random_seed(5)
        for layer in model.student.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.rate = 0.0
        model.fit(inputs, LABELS, epochs=2, batch_size=8, shuffle=False, verbose=0)
    for a, b in zip(*(student.get_weights() for student in students), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="without a teacher"):
        cached.teacher_logits(PICTURES)


def test_saved_and_loaded_with_its_optimizer(tmp_path):
    student, teacher = network(16), network(16, seed=1)
    model = compiled(teacher, student, temperature=3.0, alpha=0.2, t_squared=False)
    model.fit(PICTURES, LABELS, verbose=0)
    model.save(tmp_path / "distiller.keras")
    again = keras.saving.load_model(tmp_path / "distiller.keras", safe_mode=True)
    assert (again.temperature, again.alpha, again.t_squared) == (3.0, 0.2, False)
    assert not again.teacher.trainable and len(again.trainable_variables) == 6
    np.testing.assert_allclose(
        again.predict(PICTURES, verbose=0), model.predict(PICTURES, verbose=0), rtol=1e-5
    )
    np.testing.assert_allclose(again.teacher_logits(PICTURES), model.teacher_logits(PICTURES), 1e-5)
    for a, b in zip(again.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b), err_msg=a.path)


def test_arguments_out_of_range():
    student, teacher = network(16), network(16)
    for options in ({"temperature": 0.0}, {"alpha": 1.1}, {"alpha": -0.1}):
        with pytest.raises(ValueError, match="expected a number"):
            Distiller(student, teacher, **options)
    two = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.GlobalAveragePooling2D()])
    two.add(keras.layers.Dense(2))
    with pytest.raises(ValueError, match="the teacher tells 2 classes, the student 3"):
        Distiller(student, two)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
@pytest.mark.skipif(keras.config.backend() == "jax", reason="this is JAX already")
def test_on_jax():
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-3000:]
