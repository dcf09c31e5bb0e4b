"""One interface for .keras and .tflite files."""

import errno
import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from narrow_model import SIZE, patches
from short_network import short_network

from rcnet_tf import keras_files, runtime
from rcnet_tf.errors import UserError
from rcnet_tf.export import tflite
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise.lower import lower, quantisers

NAMES = ("glass", "metal", "paper")


@pytest.fixture(scope="module")
def pixels():
    return patches(40, seed=1)


@pytest.fixture(scope="module")
def network():
    return short_network(NAMES)


@pytest.fixture(scope="module")
def files(network, pixels, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    network.save(folder / "model.keras")
    (folder / "int8.tflite").write_bytes(tflite.int8(network, pixels[:12]))
    (folder / "float32.tflite").write_bytes(tflite.float32(network))
    return folder


@pytest.mark.parametrize(
    ("file", "kind", "mean_difference"),
    [
        ("model.keras", "keras", 1e-5),
        ("float32.tflite", "tflite", 1e-5),
        ("int8.tflite", "tflite", 0.03),
    ],
)
def test_every_kind_gives_the_networks_probabilities(
    files, network, pixels, file, kind, mean_difference
):
    model = runtime.load(files / file)
    assert (model.kind, model.input_size, model.class_names) == (kind, SIZE, NAMES)
    assert model.path == files / file
    assert file in model.describe() and "64 x 64 pixels, 3 classes" in model.describe()
    done = []
    actual = model.predict(pixels, done.append)
    expected = np.asarray(network(preprocess_input(pixels), training=False))
    assert (actual.dtype, actual.shape) == (np.float32, (40, 3))
    assert np.mean(np.abs(actual - expected)) < mean_difference
    assert sum(done) == 40


def test_int8_steps_are_of_the_output_scale(files, pixels):
    model = runtime.load(files / "int8.tflite")
    raw = model.raw(pixels[:5])
    assert raw.dtype == np.int8
    np.testing.assert_array_equal(model.predict(pixels[:5]), (raw.astype(np.float32) + 128) / 256)


def test_reference_kernels(files, pixels):
    fast = runtime.load(files / "int8.tflite").raw(pixels[:5])
    reference = runtime.load(files / "int8.tflite", reference=True).raw(pixels[:5])
    assert np.max(np.abs(fast.astype(int) - reference)) <= 11


def test_a_network_that_says_nothing_is_refused_by_reference_kernels(network, pixels, tmp_path):
    dead = keras.models.clone_model(network)
    dead.set_weights(network.get_weights())
    logits = dead.get_layer("logits")
    logits.set_weights([1e-9 * weights for weights in logits.get_weights()])
    path = tmp_path / "dead.tflite"
    path.write_bytes(tflite.int8(dead, pixels[:12]))
    runtime.load(path).predict(pixels[:1])
    with pytest.raises(UserError, match="nearly the same logits"):
        runtime.load(path, reference=True)


def test_the_content_decides_not_the_name(files, tmp_path):
    (tmp_path / "a.keras").write_bytes((files / "int8.tflite").read_bytes())
    (tmp_path / "b.bin").write_bytes((files / "model.keras").read_bytes())
    assert runtime.load(tmp_path / "a.keras").kind == "tflite"
    with pytest.raises(UserError):  # Keras itself insists on the suffix
        runtime.load(tmp_path / "b.bin")


def test_no_pictures_no_probabilities(files):
    model = runtime.load(files / "int8.tflite")
    assert model.predict(np.empty((0, SIZE, SIZE, 3), np.uint8)).shape == (0, 3)


@pytest.mark.parametrize("file", ["model.keras", "int8.tflite"])
def test_pictures_of_another_kind(files, pixels, file):
    model = runtime.load(files / file)
    for wrong in (pixels[0], pixels[:, :32], pixels.astype(np.float32)):
        with pytest.raises(ValueError, match=r"expected uint8 \(N, 64, 64, 3\)"):
            model.predict(wrong)


def test_files_that_are_no_model(files, tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "photo.tflite").write_bytes(b"\xff\xd8\xff\xe0JFIF")
    for kind, name in (("tflite", "int8.tflite"), ("keras", "model.keras")):
        whole = (files / name).read_bytes()
        (tmp_path / f"cut.{kind}").write_bytes(whole[: len(whole) // 2])
    for name, reason in {
        "none.tflite": "no such file",
        "empty": "neither a .keras nor a .tflite",
        "photo.tflite": "neither a .keras nor a .tflite",
        "cut.tflite": "truncated or corrupt",
        "cut.keras": "not a .keras file",
        ".": "is a folder",
    }.items():
        with pytest.raises(UserError, match=reason):
            runtime.load(tmp_path / name)


def test_files_that_are_not_readable(files, tmp_path, monkeypatch):
    def closed(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    # Nothing is closed to the super-user.
    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(UserError, match=r"cannot read .*model\.keras: Permission denied"):
        runtime.load(files / "model.keras")
    monkeypatch.setattr("builtins.open", closed)
    with pytest.raises(UserError, match=r"cannot read .*model\.keras: Permission denied"):
        keras_files.load_model(files / "model.keras")


@pytest.mark.parametrize("change", ["no layers", "a layer that is not there"])
def test_keras_files_whose_settings_are_wrong(files, tmp_path, change):
    with zipfile.ZipFile(files / "model.keras") as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    settings = json.loads(inside["config.json"])
    if change == "no layers":
        settings["config"]["layers"] = []
    else:
        settings["config"]["output_layers"] = [["nope", 0, 0]]
    inside["config.json"] = json.dumps(settings).encode()
    with zipfile.ZipFile(tmp_path / "wrong.keras", "w") as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    with pytest.raises(UserError, match=r"cannot load .*wrong\.keras as a Keras model"):
        keras_files.load_model(tmp_path / "wrong.keras")


def test_a_sequential_model_is_functional_once_it_is_loaded(pixels, tmp_path):
    parts = [
        keras.layers.Conv2D(4, 3, 2),
        keras.layers.ReLU(),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, name="logits"),
        keras.layers.Activation("softmax"),
    ]
    keras.Sequential(parts, name="unseen").save(tmp_path / "unseen.keras")
    with pytest.raises(UserError, match=r"unseen\.keras is a Sequential of no known input shape"):
        keras_files.load_model(tmp_path / "unseen.keras")
    image = keras.Input((SIZE, SIZE, 3))
    flat = keras.layers.GlobalAveragePooling2D()(image)
    two = keras.Model(image, [flat, keras.layers.Dense(2)(flat)])
    keras.Sequential([keras.Input((SIZE, SIZE, 3)), two]).save(tmp_path / "two.keras")
    with pytest.raises(UserError, match="expected a classifier"):
        runtime.load(tmp_path / "two.keras")

    model = keras.Sequential([keras.Input((SIZE, SIZE, 3)), *parts], name="mine")
    model.save(tmp_path / "mine.keras")
    loaded = keras_files.load_model(tmp_path / "mine.keras")
    assert loaded.name == "mine" and quantisers(lower(loaded))
    np.testing.assert_allclose(
        runtime.load(tmp_path / "mine.keras").predict(pixels[:4]),
        model.predict(preprocess_input(pixels[:4]), verbose=0),
        atol=1e-6,
    )


def test_keras_models_that_classify_nothing(tmp_path):
    inputs = keras.Input((None, None, 3))
    keras.Model(inputs, keras.layers.Conv2D(2, 1)(inputs)).save(tmp_path / "any.keras")
    with pytest.raises(UserError, match="expected a classifier"):
        runtime.load(tmp_path / "any.keras")
    (tmp_path / "list.keras").write_bytes((tmp_path / "any.keras").read_bytes())


def test_models_without_names_get_numbers(tmp_path):
    inputs = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.GlobalAveragePooling2D()(inputs)
    keras.Model(inputs, keras.layers.Dense(2, "softmax")(x)).save(tmp_path / "plain.keras")
    assert runtime.load(tmp_path / "plain.keras").class_names == ("class_0", "class_1")
