import json

import h5py
import keras
import numpy as np
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.training import checkpoint

STATE = {"epochs_done": 1, "history": [{"epoch": 1, "loss": 0.1 + 0.2}], "data": "pictures"}


@pytest.fixture
def variables():
    draw = np.random.default_rng(0)
    return [
        keras.Variable(draw.normal(size=(3, 4)).astype("float32"), name="kernel"),
        keras.Variable(np.array([7, 9], np.uint32), dtype="uint32", name="seed"),
        keras.Variable(np.array(5, np.int32), dtype="int32", name="steps"),
    ]


def test_round_trip_to_the_last_bit(tmp_path, variables):
    checkpoint.save(tmp_path / "c.h5", variables, STATE)
    state, arrays = checkpoint.load(tmp_path / "c.h5", variables, "pictures")
    assert state == STATE
    for variable, array in zip(variables, arrays, strict=True):
        np.testing.assert_array_equal(np.asarray(variable), array)
        assert array.dtype == np.asarray(variable).dtype


def test_no_file_is_a_fresh_start(tmp_path, variables):
    assert checkpoint.load(tmp_path / "c.h5", variables, "pictures") == (None, [])


def test_damaged_files(tmp_path, variables):
    path = tmp_path / "c.h5"
    checkpoint.save(path, variables, STATE)
    whole = path.read_bytes()
    for content in (b"", b"not HDF5", whole[: len(whole) // 2], whole[:100]):
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"damaged checkpoint .* delete it to start"):
            checkpoint.load(path, variables, "pictures")
    for state in ("{", "[]", '{"epochs_done": 2, "history": []}', None):
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            if state is None:
                del file.attrs["state"]
            else:
                file.attrs["state"] = state
        with pytest.raises(UserError, match="damaged checkpoint"):
            checkpoint.load(path, variables, "pictures")


def test_another_network_or_other_pictures(tmp_path, variables):
    path = tmp_path / "c.h5"
    checkpoint.save(path, variables, STATE)
    with pytest.raises(UserError, match="checkpoint of another network"):
        checkpoint.load(path, variables[:2], "pictures")
    with pytest.raises(UserError, match="the pictures, or the teacher, are not"):
        checkpoint.load(path, variables, "others")


def test_another_version(tmp_path, variables):
    path = tmp_path / "c.h5"
    checkpoint.save(path, variables, STATE)
    with h5py.File(path, "r+") as file:
        file.attrs["state"] = json.dumps(STATE)
    with pytest.raises(UserError, match="checkpoint of another version"):
        checkpoint.load(path, variables, "pictures")
