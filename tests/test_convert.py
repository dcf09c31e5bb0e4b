"""The convert command, run as a user would."""

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import keras
import pytest
from colour_model import SIZE, colour_model, save_pictures
from narrow_model import narrow_network

from rcnet_tf import convert
from rcnet_tf.data.learnt import trained_on
from rcnet_tf.errors import UserError
from rcnet_tf.export import inspect
from rcnet_tf.files import sha256
from rcnet_tf.layers import Classifier

FILES = {
    "focus_rcnet_64_golden.bin",
    "focus_rcnet_64_int8.tflite",
    "focus_rcnet_model_data.cc",
    "focus_rcnet_model_data.h",
    "focus_rcnet_op_resolver.h",
    "known_picture.cc",
    "known_picture.h",
    "labels.txt",
    "model_settings.h",
    "report.json",
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("RCNET_TF_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "narrow.keras"
    narrow_network().save(path)
    return path


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    folder = tmp_path_factory.mktemp("colours")
    colour_model().save(folder / "colours.keras")
    save_pictures(folder / "pictures", count=20)
    return folder


def command(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "rcnet_tf.convert", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=_environment(),
    )


def _environment():

    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path}


def test_shipped_pictures(network, tmp_path):
    done = command("--int8", "--model", network, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "tflite"
    assert {path.name for path in out.iterdir()} == FILES
    report = json.loads((out / "report.json").read_text())
    assert report["pictures"]["calibration"]["count"] == 120
    assert report["pictures"]["test"]["count"] == 60
    assert report["warnings"] == []
    int8 = report["int8"]
    assert int8["sha256"] == sha256(out / int8["file"])
    assert int8["bytes"] == (out / int8["file"]).stat().st_size
    assert int8["operators"]["CONV_2D"] == 24
    assert int8["agreement"] >= 0.8
    assert report["files"].keys() == FILES - {"report.json"}
    assert all(sha256(out / name) == one["sha256"] for name, one in report["files"].items())
    assert (out / "labels.txt").read_text().split()[:2] == ["cardboard", "glass"]

    assert "accuracy on 60 pictures (TrashNet, split 42, shipped, test part)" in done.stdout
    assert f"{int8['bytes']:,} bytes" in done.stdout
    # Nobody else's chatter: what is on stderr is ours.
    ours = ("starting", "decoding", "classifying", "converting", "calibrating", "choosing")
    assert all(line.startswith(ours) for line in done.stderr.splitlines()), done.stderr


def test_own_pictures_and_every_variant(colours, tmp_path, capsys):
    pictures, out = colours / "pictures", tmp_path / "out"
    arguments = ["--model", colours / "colours.keras", "--data", pictures, "--out", out]
    convert.main([*map(str, arguments), "--int8", "--float", "--dynamic"])
    report = json.loads((out / "report.json").read_text())
    for name in ("int8", "float32", "dynamic"):
        assert report[name]["accuracy"] == report["keras"]["accuracy"] >= 0.8
        assert report[name]["agreement"] == 1.0
        content = (out / f"colours_{SIZE}_{name}.tflite").read_bytes()
        assert inspect.describe(content).labels == ("red", "green", "blue")
    model = out / f"colours_{SIZE}_int8.tflite"
    assert report["model"]["trained_on"] is None and trained_on(model) is None
    assert report["pictures"]["test"]["from"] == "pictures, split seed 42, test part"
    assert report["pictures"]["calibration"] == {
        "count": 42,
        "from": "pictures, split seed 42, training part",
    }
    assert "warning: calibrated on 42 pictures; at least 100" in capsys.readouterr().out


def test_of_a_run_on_its_validation_part(colours, tmp_path, capsys):
    run, out, pictures = tmp_path / "run", tmp_path / "out", colours / "pictures"
    run.mkdir()
    (run / "best.keras").write_bytes((colours / "colours.keras").read_bytes())
    (run / "config.json").write_text(json.dumps({"data": str(pictures), "split": "7"}))
    arguments = ["--float", "--model", run / "best.keras", "--data", pictures, "--part", "val"]
    convert.main([*map(str, arguments), "--split", "7", "--out", str(out)])
    assert "flatter" not in capsys.readouterr().err
    report = json.loads((out / "report.json").read_text())
    assert report["pictures"]["test"]["from"] == "pictures, split seed 7, validation part"
    assert report["model"]["trained_on"] == {"data": "pictures", "split": "7"}
    assert trained_on(out / f"colours_{SIZE}_float32.tflite") == ("pictures", "7")

    convert.main([*map(str, arguments), "--split", "8", "--out", str(out)])
    assert "best.keras was trained on split 7 of these" in capsys.readouterr().err


def test_the_shipped_pictures_are_of_the_test_part(tmp_path):
    with pytest.raises(UserError, match=r"--part val: .* give --data"):
        convert.main(["--part", "val", "--out", str(tmp_path)])


def test_float_alone_makes_no_c_array(colours, tmp_path):
    arguments = ["--model", colours / "colours.keras", "--data", colours / "pictures"]
    convert.main([*map(str, arguments), "--float", "--out", str(tmp_path)])
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"colours_{SIZE}_float32.tflite", "labels.txt", "report.json"}


def test_debug_says_where_the_error_comes_from(colours, tmp_path, capsys):
    arguments = ["--model", colours / "colours.keras", "--data", colours / "pictures"]
    convert.main([*map(str, arguments), "--int8", "--debug", "--out", str(tmp_path)])
    out = capsys.readouterr().out
    assert (tmp_path / "debug.txt").read_text() in out
    assert "int8 against float on 9 pictures (LiteRT, reference kernels): logits " in out
    with (tmp_path / "debug.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows][-2:] == ["logits", "predictions"]
    # Colours are told apart in int8 as well as in float: nothing loses much.
    assert all(float(row["total_db"]) > 30 for row in rows)
    content = json.loads((tmp_path / "debug.json").read_text())
    assert content["same_decision"] == 1.0 and len(content["layers"]) == len(rows)
    assert (tmp_path / "debug.png").read_bytes().startswith(b"\x89PNG")
    names = json.loads((tmp_path / "report.json").read_text())["files"].keys()
    assert {"debug.txt", "debug.csv", "debug.json", "debug.png"} <= names


def test_another_input_size(colours, tmp_path):
    arguments = ["--model", colours / "colours.keras", "--data", colours / "pictures"]
    options = ["--input-size", "96", "--arduino", "--out", str(tmp_path)]
    convert.main([*map(str, arguments), *options])
    content = (tmp_path / "colours_96_int8.tflite").read_bytes()
    assert inspect.describe(content).input.shape == (1, 96, 96, 3)
    (warning,) = (
        one
        for one in json.loads((tmp_path / "report.json").read_text())["warnings"]
        if one.startswith("the weights")
    )
    assert f"for {SIZE} pixels; trained on for 96" in warning
    library = tmp_path / "arduino" / "FocusRCNet"
    assert (library / "LICENSE").is_file()
    assert not (library / "LICENSE.trashnet.txt").exists()  # its known picture is one's own


def test_a_network_of_ones_own(colours, tmp_path, capsys):
    """Convolution, ReLU, max-pooling: nothing of Focus-RCNet, and all that is made of it."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.ReLU(name="relu")(keras.layers.Conv2D(8, 3, 2)(inputs))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.MaxPooling2D()(x))
    x = Classifier(("red", "green", "blue"), name="logits")(x)
    outputs = keras.layers.Activation("softmax", name="predictions")(x)
    keras.Model(inputs, outputs, name="own").save(tmp_path / "own.keras")
    arguments = ["--model", tmp_path / "own.keras", "--data", colours / "pictures", "--debug"]
    convert.main([*map(str, arguments), "--int8", "--out", str(tmp_path / "out")])
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["int8"]["operators"]["MAX_POOL_2D"] == 1
    assert report["int8"]["agreement"] >= 0.8
    assert "AddMaxPool2D" in (tmp_path / "out" / "own_op_resolver.h").read_text()
    assert "relu" in capsys.readouterr().out


def test_a_failure_leaves_the_folder_as_it_was(colours, tmp_path):
    inputs = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.ops.square(inputs))
    outputs = keras.layers.Softmax()(Classifier(("red", "green", "blue"), name="logits")(x))
    keras.Model(inputs, outputs, name="colours").save(tmp_path / "square.keras")
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.json").write_text("old")
    arguments = ["--model", tmp_path / "square.keras", "--data", colours / "pictures"]
    with pytest.raises(UserError, match="SQUARE"):
        convert.main([*map(str, arguments), "--out", str(out)])
    assert [path.name for path in out.iterdir()] == ["report.json"]
    assert (out / "report.json").read_text() == "old"


def test_unusable_arguments(network, colours, tmp_path):
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "model.tflite").write_bytes(b"\0\0\0\0TFL3")
    model = ["--model", str(network)]
    for arguments, reason in [
        (["--model", str(tmp_path / "none.keras")], "no such file"),
        (["--model", str(tmp_path / "model.tflite")], "cannot be read"),
        ([*model, "--input-size", "65"], "expected an even number"),
        ([*model, "--out", str(tmp_path / "file")], "is a file; choose another place"),
        ([*model, "--out", str(tmp_path / "file" / "below")], "is a file; choose another place"),
        ([*model, "--data", str(tmp_path / "nowhere")], "no such folder or file"),
        ([*model, "--data", str(colours / "pictures")], "does not know 3 of the data's 3 classes"),
        (["--model", str(colours / "colours.keras")], "the model's classes are red, green, blue"),
        ([*model, "--float", "--debug"], "--debug is about the error of int8; add --int8"),
        ([*model, "--frobnicate"], "unrecognized arguments"),
        ([*model, "--input-size", "big"], "invalid int value"),
    ]:
        with pytest.raises(UserError, match=reason):
            convert.main(arguments)


def test_a_wrong_file_is_one_line(tmp_path):
    done = command("--model", "none.keras", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("rcnet_tf.convert: error: no such file")
    assert "Traceback" not in done.stderr


def test_help_is_quick(tmp_path):
    start = time.monotonic()
    done = command("--help", cwd=tmp_path)
    assert done.returncode == 0 and "--input-size" in done.stdout
    # Its own processor time is a tenth of a second; the limit leaves room for a busy machine.
    assert time.monotonic() - start < 5
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, rcnet_tf.convert; print(sorted(sys.modules))"],
        capture_output=True,
        text=True,
        env=_environment(),
    ).stdout
    assert not {"numpy", "keras", "tensorflow"} & set(loaded.replace("'", "").split(", "))
