import keras
import numpy as np
import pytest
import small_network

from rcnet_tf.data.cache import CACHE_VARIABLE
from rcnet_tf.keras_files import load_model
from rcnet_tf.model import logits_model
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.loop import train
from rcnet_tf.training.teacher_cache import teacher_logits, view_logits

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


def test_every_view_is_asked_about_once(cache, tmp_path):
    path, teacher = save_teacher(tmp_path / "a.keras", 0)
    batches = PIXELS[:36].reshape(3, 3, 4, 64, 64, 3).astype(np.float32)  # epoch, step, picture
    asked = []

    def epoch(number):
        for images in batches[number]:
            asked.append(number)
            yield images, None

    logits = view_logits(path, teacher, epoch, 2, 3, "these")
    assert logits.shape == (6, 4, 3) and asked == [0, 0, 0, 1, 1, 1]
    expected = logits_model(teacher).predict(
        preprocess_input(batches[:2].reshape(24, 64, 64, 3)), verbose=0
    )
    np.testing.assert_allclose(logits.reshape(24, 3), expected, rtol=1e-4, atol=1e-5)

    # One view more: of those that are known only the first batch is looked at.
    asked.clear()
    more = view_logits(path, teacher, epoch, 3, 3, "these")
    np.testing.assert_array_equal(more[:6], logits)
    assert asked == [0, 1, 2, 2, 2]
    view_logits(path, teacher, epoch, 1, 3, "others")
    assert len(list(cache.glob("teacher-*.npy"))) == 4


def test_a_student_learns_the_same_from_what_is_remembered(pictures, tmp_path, monkeypatch):
    for module in ("loop", "task"):
        monkeypatch.setattr(f"rcnet_tf.training.{module}.build", small_network.build)
    keras.utils.set_random_seed(0)
    path = tmp_path / "teacher.keras"
    small_network.build(TrainConfig(input_size=64), ("can", "jar", "leaf")).save(path)
    settings = dict(data=str(pictures), split="0", input_size=64, epochs=2, batch=8, dropout=0.0,
                    augment="camera", mixup=0.2, alpha=1.0, teacher=str(path))  # fmt: skip
    weights = []
    for name, views in (("asked", 0), ("remembered", 2), ("again", 1)):
        out = tmp_path / name
        train(TrainConfig(**settings, views=views), out, tensorboard=False)
        weights.append(
            np.concatenate([w.ravel() for w in load_model(out / "final.keras").get_weights()])
        )
    np.testing.assert_allclose(weights[1], weights[0], atol=1e-4)
    assert np.abs(weights[2] - weights[0]).max() > 1e-3, "the second epoch was the first again"


def test_no_place_to_keep_them(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file" / "cache"))
    path, teacher = save_teacher(tmp_path / "a.keras", 0)
    assert teacher_logits(path, teacher, PIXELS[:3]).shape == (3, 3)
