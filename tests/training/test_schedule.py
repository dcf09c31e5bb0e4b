import keras
import numpy as np
import pytest

from rcnet_tf.training.schedule import Schedule


def values(schedule, steps):
    return np.array([float(schedule(step)) for step in steps])


def test_cosine_with_warm_up():
    steps = np.arange(0, 101)
    progress = np.clip((steps - 10) / 90, 0, 1)
    expected = 0.5 * 0.5 * (1 + np.cos(np.pi * progress))
    expected[:10] = 0.5 * (steps[:10] + 1) / 10
    np.testing.assert_allclose(
        values(Schedule("cosine", 0.5, 100, warmup=10), steps), expected, rtol=1e-5, atol=1e-7
    )


def test_step_drops_to_a_tenth():
    steps = np.array([0, 89, 90, 179, 180, 269])
    expected = 0.05 * np.array([1, 1, 0.1, 0.1, 0.01, 0.01])
    schedule = Schedule("step", 0.05, 300, drop_every=90)
    np.testing.assert_allclose(values(schedule, steps), expected, rtol=1e-5)


def test_constant():
    np.testing.assert_allclose(values(Schedule("constant", 0.3, 10), [0, 5, 99]), 0.3, rtol=1e-6)


def test_held():
    schedule = Schedule("step", 0.05, 300, drop_every=90)
    with schedule.held(90):
        np.testing.assert_allclose(values(schedule, [0, 90, 180]), 0.005)
    np.testing.assert_allclose(values(schedule, [0, 90]), [0.05, 0.005])


def test_survives_its_configuration():
    schedule = Schedule("cosine", 0.1, 50, warmup=5)
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))
    np.testing.assert_array_equal(values(schedule, range(50)), values(again, range(50)))


def test_unknown_kind():
    with pytest.raises(ValueError, match="expected one of cosine, step, constant"):
        Schedule("linear", 0.1, 10)
