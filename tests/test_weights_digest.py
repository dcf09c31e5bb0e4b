"""The same weights have the same digest, whenever their file was written."""

import keras
import pytest
from keras import layers

from rcnet_tf.errors import UserError
from rcnet_tf.weights_digest import weights_sha256


def network(value=0.5):
    initial = keras.initializers.Constant(value)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, kernel_initializer=initial)])
    return model


def test_time_does_not_matter_and_values_do(tmp_path):
    network().save(tmp_path / "a.keras")
    model = keras.saving.load_model(tmp_path / "a.keras")
    model.save(tmp_path / "b.keras")
    network(0.25).save(tmp_path / "c.keras")
    first, again, other = (weights_sha256(tmp_path / f"{name}.keras") for name in "abc")
    assert first == again != other and len(first) == 64
    network().save_weights(tmp_path / "a.weights.h5")
    assert weights_sha256(tmp_path / "a.weights.h5") == first


@pytest.mark.parametrize("name", ["no.keras", "no.h5", "missing.keras"])
def test_what_is_none(tmp_path, name):
    if name != "missing.keras":
        (tmp_path / name).write_bytes(b"no weights")
    with pytest.raises(UserError, match="no weights can be read"):
        weights_sha256(tmp_path / name)
