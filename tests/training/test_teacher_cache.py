import keras
import numpy as np
import pytest
import small_network

from rcnet_tf.data.cache import CACHE_VARIABLE
from rcnet_tf.keras_files import load_model
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.teacher_cache import teacher_logits

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8)


def save_teacher(path, seed):
    keras.utils.set_random_seed(seed)
    small_network.build(TrainConfig(input_size=64), ("a", "b", "c")).save(path)
    return str(path), load_model(path)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv(CACHE_VARIABLE, str(folder))
    return folder


def test_computed_once_for_each_teacher_and_data(cache, tmp_path):
    path, teacher = save_teacher(tmp_path / "a.keras", 0)
    logits = teacher_logits(path, teacher, PIXELS)
    assert logits.shape == (40, 3) and logits.dtype == np.float32
    probabilities = teacher.predict(preprocess_input(PIXELS), verbose=0)
    exponents = np.exp(logits - logits.max(-1, keepdims=True))
    np.testing.assert_allclose(
        exponents / exponents.sum(-1, keepdims=True), probabilities, rtol=1e-4, atol=1e-6
    )

    (entry,) = cache.glob("teacher-*.npy")
    np.save(entry, logits + 1)  # to see whether it is read
    np.testing.assert_array_equal(teacher_logits(path, teacher, PIXELS), logits + 1)

    assert not np.array_equal(teacher_logits(path, teacher, PIXELS[::-1]), logits + 1)
    other, another = save_teacher(tmp_path / "b.keras", 1)
    assert not np.array_equal(teacher_logits(other, another, PIXELS), logits + 1)
    assert len(list(cache.glob("teacher-*.npy"))) == 3

    for damaged in (b"", entry.read_bytes()[:100]):
        entry.write_bytes(damaged)
        np.testing.assert_array_equal(teacher_logits(path, teacher, PIXELS), logits)


def test_no_place_to_keep_them(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file" / "cache"))
    path, teacher = save_teacher(tmp_path / "a.keras", 0)
    assert teacher_logits(path, teacher, PIXELS[:3]).shape == (3, 3)
