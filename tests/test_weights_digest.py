"""The same weights have the same digest, whenever their file was written."""

import functools
import zipfile

import keras
import numpy as np
import pytest
from keras import layers

from rcnet_tf.errors import UserError
from rcnet_tf.keras_files import load_model
from rcnet_tf.weights import load_pretrained
from rcnet_tf.weights_digest import weights_sha256


def network(value=0.5):
    initial = keras.initializers.Constant(value)
    dense = layers.Dense(2, kernel_initializer=initial, name="dense")
    return keras.Sequential([keras.Input((3,)), dense], name="network")


def test_time_does_not_matter_and_values_do(tmp_path):
    network().save(tmp_path / "a.keras")
    model = keras.saving.load_model(tmp_path / "a.keras")
    model.save(tmp_path / "b.keras")
    network(0.25).save(tmp_path / "c.keras")
    first, again, other = (weights_sha256(tmp_path / f"{name}.keras") for name in "abc")
    assert first == again != other and len(first) == 64
    network().save_weights(tmp_path / "a.weights.h5")
    assert weights_sha256(tmp_path / "a.weights.h5") == first


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_damage_is_one_kind_of_error(tmp_path, packing):
    """By a few bytes, to weights and to a `.keras` that has been packed anew; always the same."""
    network().save(tmp_path / "a.keras")
    network().save_weights(tmp_path / "a.weights.h5")
    with (
        zipfile.ZipFile(tmp_path / "a.keras") as stored,
        zipfile.ZipFile(tmp_path / "b.keras", "w") as packed,
    ):
        for member in stored.namelist():
            content = b"{}" if member == "metadata.json" else stored.read(member)  # it has a date
            packed.writestr(zipfile.ZipInfo(member), content, packing)
    generator, refused = np.random.default_rng(0), 0
    readers = {
        "b.keras": (weights_sha256, load_model),
        "a.weights.h5": (weights_sha256, functools.partial(load_pretrained, network())),
    }
    for name, ways in readers.items():
        content = (tmp_path / name).read_bytes()
        for _ in range(30):
            damaged = bytearray(content)
            for at in generator.integers(len(content), size=8):
                damaged[at] = generator.integers(256)
            (tmp_path / f"damaged.{name}").write_bytes(damaged)
            for read in ways:
                try:
                    read(tmp_path / f"damaged.{name}")
                except (UserError, ValueError):  # the latter is a promise of FocusRCNet(weights=)
                    refused += 1
    assert refused > 30


@pytest.mark.parametrize("name", ["no.keras", "no.h5", "missing.keras"])
def test_what_is_none(tmp_path, name):
    if name != "missing.keras":
        (tmp_path / name).write_bytes(b"no weights")
    with pytest.raises(UserError, match="no weights can be read"):
        weights_sha256(tmp_path / name)
