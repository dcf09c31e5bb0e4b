"""The calibrate command, from files to files."""

import os
import re

import numpy as np
import pytest
from colour_model import colour_model, save_pictures

from rcnet_tf import calibrate
from rcnet_tf.errors import UserError
from rcnet_tf.runtime import load


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RCNET_TF_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def data(tmp_path):
    """30 pictures as train, val and test part; in each one is wrongly labelled."""
    for part in ("train", "val", "test"):
        save_pictures(tmp_path / "pictures" / part)
    return tmp_path / "pictures"


def run(model, data, out):
    calibrate.main(["--model", str(model), "--data", str(data), "--out", str(out)])


def test_what_comes_next_knows_the_split(tmp_path, data, capsys):
    model, out = tmp_path / "colours.keras", tmp_path / "calibrated.keras"
    colour_model(sharpness=30.0).save(model)
    calibrate.main([
        "--model", str(model), "--data", str(data), "--out", str(out), "--split", "7"
    ])  # fmt: skip
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith(f"--model {out} --data {data} --split 7")


def figures(printed):
    """name -> (before, after)."""
    lines = re.findall(r"^(\S.*?) {2,}([\d.]+)(?: %)? +([\d.]+)(?: %)?$", printed, re.MULTILINE)
    return {name: (float(before), float(after)) for name, before, after in lines}


@pytest.mark.parametrize("sharpness, verdict", [(1.0, "not sure enough"), (30.0, "too sure")])
def test_confidence_comes_to_what_is_right(tmp_path, data, capsys, sharpness, verdict):
    model, out = tmp_path / "colours.keras", tmp_path / "new" / "calibrated.keras"
    colour_model(sharpness=sharpness).save(model)
    run(model, data, out)
    printed = capsys.readouterr().out
    assert f"it was {verdict}" in printed
    table = figures(printed)
    for name in ("negative log-likelihood", "expected calibration error"):
        before, after = table[name]
        assert after < before
    assert table["accuracy"] == (96.67, 96.67)
    # One of 30 is wrong; all pictures look alike to this model, so that it can only be so sure.
    assert table["mean confidence"][1] == pytest.approx(96.67, abs=1.5)

    pixels = np.random.default_rng(0).integers(0, 256, (20, 64, 64, 3), dtype=np.uint8)
    old, new = load(model), load(out)
    assert new.class_names == old.class_names
    assert np.array_equal(old.predict(pixels).argmax(1), new.predict(pixels).argmax(1))

    run(out, data, tmp_path / "twice.keras")
    temperature = float(re.search(r"temperature ([\d.]+)", capsys.readouterr().out)[1])
    assert temperature == pytest.approx(1, abs=1e-3)


def test_bad_input_writes_nothing(tmp_path, data):
    model = tmp_path / "colours.keras"
    colour_model().save(model)
    with pytest.raises(UserError, match=r"a name that ends in \.keras"):
        run(model, data, tmp_path / "calibrated.tflite")
    with pytest.raises(UserError, match="is a file"):
        run(model, data, model / "calibrated.keras")
    with pytest.raises(UserError, match="no such file"):
        run(tmp_path / "none.keras", data, tmp_path / "out.keras")
    os.remove(data / "val" / "red" / "09.png")  # the one that is wrong
    with pytest.raises(
        UserError, match=r"100 % are classified rightly.*convert it as it is: python"
    ):
        run(model, data, tmp_path / "out.keras")
    assert not (tmp_path / "out.keras").exists()
