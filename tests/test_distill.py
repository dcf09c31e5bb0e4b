"""The Distiller against Eq. 2 written in NumPy, and what it must leave alone."""

import keras
import numpy as np
import pytest

from rcnet_tf.distill import Distiller, soft_loss
from rcnet_tf.layers import View

CLASSES = 4


def _softmax(logits):
    exponent = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponent / exponent.sum(axis=-1, keepdims=True)


def _oracle(teacher, student, temperature):
    q, p = _softmax(teacher / temperature), _softmax(student / temperature)
    return np.sum(q * (np.log(q) - np.log(p)), axis=-1)


def _network(side, name, seed):
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((side, side, 3)),
            keras.layers.Conv2D(8, 3, strides=2),
            keras.layers.BatchNormalization(),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(CLASSES),
        ],
        name=name,
    )


@pytest.fixture
def batch():
    random = np.random.default_rng(0)
    pictures = random.uniform(0, 255, (8, 32, 32, 3)).astype(np.float32)
    return pictures, np.eye(CLASSES, dtype=np.float32)[random.integers(0, CLASSES, 8)]


def _distiller(**options):
    student, teacher = _network(16, "student", 1), _network(32, "teacher", 2)
    distiller = Distiller(student, teacher, student_view=View(16), teacher_view=View(32), **options)
    distiller.compile(
        optimizer=keras.optimizers.SGD(0.1),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return distiller


@pytest.mark.parametrize("temperature", [1.0, 4.0])
@pytest.mark.parametrize("t_squared", [True, False])
def test_soft_loss_is_eq_2(temperature, t_squared):
    random = np.random.default_rng(1)
    teacher, student = random.normal(0, 3, (2, 5, CLASSES)).astype(np.float32)
    expected = _oracle(teacher, student, temperature) * (temperature**2 if t_squared else 1.0)
    measured = np.asarray(soft_loss(teacher, student, temperature, t_squared))
    np.testing.assert_allclose(measured, expected, rtol=1e-4, atol=1e-5)
    assert np.allclose(np.asarray(soft_loss(teacher, teacher, temperature)), 0, atol=1e-5)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_loss_is_the_weighted_sum(batch, alpha):
    distiller = _distiller(alpha=alpha, temperature=4.0)
    pictures, targets = batch
    logits = np.asarray(distiller(pictures))
    teacher = np.asarray(distiller.teacher_logits(pictures))
    hard = -np.mean(np.sum(targets * np.log(_softmax(logits)), axis=-1))
    soft = np.mean(_oracle(teacher, logits, 4.0)) * 16
    measured = distiller.compute_loss(x=pictures, y=targets, y_pred=logits)
    assert float(measured) == pytest.approx(alpha * soft + (1 - alpha) * hard, rel=1e-4)


def test_only_the_student_learns(batch):
    distiller = _distiller()
    before = [np.array(w) for w in distiller.teacher.weights]
    student = [np.array(w) for w in distiller.student.trainable_weights]
    first = np.asarray(distiller.teacher_logits(batch[0]))
    distiller.fit(*batch, epochs=2, batch_size=4, verbose=0)
    for old, new in zip(before, distiller.teacher.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(new), old)  # moving statistics too
    assert all(
        np.abs(np.asarray(new) - old).max() > 0
        for old, new in zip(student, distiller.student.trainable_weights, strict=True)
    )
    # Inference mode: no dropout, so the teacher's answer is the same each time.
    np.testing.assert_array_equal(np.asarray(distiller.teacher_logits(batch[0])), first)


def test_both_see_the_same_picture(batch):
    """Means of a picture survive the area average: two probes of them must agree."""

    def probe(side):
        mean = keras.Sequential(
            [keras.Input((side, side, 3)), keras.layers.GlobalAveragePooling2D()]
        )
        return mean

    distiller = Distiller(probe(16), probe(32), student_view=View(16), teacher_view=View(32))
    student = np.asarray(distiller(batch[0]))
    np.testing.assert_allclose(student, np.asarray(distiller.teacher_logits(batch[0])), atol=1e-4)


def test_cached_logits_give_the_same_loss(batch):
    pictures, targets = batch
    live = _distiller()
    logits = np.asarray(live.teacher_logits(pictures))
    cached = Distiller(_network(16, "student", 1), student_view=View(16))
    cached.compile(loss=keras.losses.CategoricalCrossentropy(from_logits=True))
    answer = np.asarray(live(pictures))
    expected = live.compute_loss(x=pictures, y=targets, y_pred=answer)
    measured = cached.compute_loss(x=(pictures, logits), y=targets, y_pred=answer)
    assert float(measured) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("wrong", [{"temperature": 0}, {"alpha": 1.5}, {"alpha": -0.1}])
def test_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Distiller(_network(16, "student", 1), _network(16, "teacher", 2), **wrong)


def test_other_classes_are_refused():
    other = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.GlobalAveragePooling2D()])
    with pytest.raises(ValueError, match="3 classes"):
        Distiller(_network(16, "student", 1), other)
