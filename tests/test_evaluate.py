"""The command, from files to files, with a model whose answers are known."""

import csv
import hashlib
import json
import os
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
from colour_model import SIZE, colour_model, save_picture, save_pictures
from PIL import Image

from rcnet_tf import evaluate, runtime
from rcnet_tf.errors import UserError

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def model(colours):
    return colours


def run(tmp_path, *arguments):
    """The report, after the command ran with `arguments`."""
    out = tmp_path / "out"
    evaluate.main([*map(str, arguments), "--out", str(out)])
    return json.loads((out / "evaluation.json").read_text())


def test_things_of_none_of_the_classes(tmp_path, model, capsys):
    data = save_pictures(tmp_path / "pictures")
    save_picture(tmp_path / "things" / "leaf.png", "green")
    report = run(tmp_path, "--model", model, "--data", data, "--unknown", tmp_path / "things")
    assert report["unknown"]["pictures"] == 1
    assert report["unknown"]["classes"] == {"red": 0, "green": 1, "blue": 0}
    said = capsys.readouterr().out
    assert "no class, answered" in said
    assert "of no class: things, 1 picture; most often taken for green (1)" in said


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("nowhere", "nowhere: expected a folder of pictures or a zip"),
        ("", "'': expected a folder"),
        ("one.png", "one.png: expected a folder"),
        ("notes", "notes: no pictures in it; expected a folder"),
        ("phone", "no pictures in it, 1 cannot be read .HEIC, which is not supported"),
    ],
)
def test_no_things_are_one_line_before_anything_is_classified(
    tmp_path, monkeypatch, model, given, message
):
    monkeypatch.chdir(tmp_path)
    data = save_pictures(tmp_path / "pictures")
    save_picture(tmp_path / "one.png", "green")
    for name in ("notes/read.txt", "phone/photo.heic"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"something")
    monkeypatch.setattr(type(runtime.load(model)), "predict", None)
    with pytest.raises(UserError, match=message):
        run(tmp_path, "--model", model, "--data", data, "--unknown", given)


def test_report_table_and_pictures(tmp_path, model, capsys):
    data = save_pictures(tmp_path / "pictures")
    report = run(tmp_path, "--model", model, "--data", data, "--part", "all")
    # The model's outputs are red, green, blue; the data's labels are blue, green, red.
    assert [one["name"] for one in report["classes"]] == ["red", "green", "blue"]
    assert report["confusion"] == [[9, 1, 0], [0, 10, 0], [0, 0, 10]]
    assert report["accuracy"] == round(29 / 30, 6)
    assert report["correct"] == 29
    assert report["classes"][0] == {
        "name": "red",
        "pictures": 10,
        "predicted": 9,
        "precision": 1.0,
        "recall": 0.9,
        "f1": round(18 / 19, 6),
        "auc": report["classes"][0]["auc"],
    }
    assert report["classes"][2]["auc"] == 1.0
    assert report["model"] == {
        "file": "colours.keras",
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "kind": "keras",
        "input_size": SIZE,
    }
    assert report["data"] == {
        "name": "pictures",
        "split": "seed 42",
        "part": "all",
        "pictures": 30,
        "unreadable": [],
        "left_out": [],
    }
    assert sum(one["pictures"] for one in report["reliability"]) == 30
    assert report["answers"][0] == {"threshold": 0, "answered": 30, "correct": 29}
    for name in ("confusion.png", "roc.png", "reliability.png"):
        with Image.open(tmp_path / "out" / name) as picture:
            picture.load()
    printed = capsys.readouterr().out
    assert "accuracy 96.67 % (29 of 30 pictures)" in printed
    assert "most often confused: red taken for green (1)" in printed


def test_parts_are_those_of_the_split_and_all_is_their_sum(tmp_path, model):
    data = save_pictures(tmp_path / "pictures")
    options = ("--model", model, "--data", data, "--split", "7", "--part")
    reports = {part: run(tmp_path, *options, part) for part in ("train", "val", "test", "all")}
    count = {part: report["data"]["pictures"] for part, report in reports.items()}
    assert count == {"train": 18, "val": 6, "test": 6, "all": 30}
    confusions = [np.array(reports[part]["confusion"]) for part in ("train", "val", "test")]
    assert np.array_equal(sum(confusions), reports["all"]["confusion"])


def test_all_does_not_count_a_part_twice(tmp_path, model):
    save_pictures(tmp_path / "pictures/train")
    save_pictures(tmp_path / "pictures/val")  # stands in for the missing test part
    report = run(tmp_path, "--model", model, "--data", tmp_path / "pictures", "--part", "all")
    assert report["data"]["pictures"] == 60


def test_int8_file_gives_the_same_figures(tmp_path, capsys):
    from rcnet_tf.export import tflite

    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (20, 1, 1, 3)).astype(np.uint8).repeat(SIZE, 1).repeat(SIZE, 2)
    path = tmp_path / "colours_int8.tflite"
    path.write_bytes(tflite.int8(colour_model(), pictures))
    data = save_pictures(tmp_path / "pictures")
    report = run(tmp_path, "--model", path, "--data", data, "--part", "all")
    assert report["model"]["kind"] == "tflite"
    assert report["confusion"] == [[9, 1, 0], [0, 10, 0], [0, 0, 10]]
    assert "int8" in capsys.readouterr().out


def test_predictions_of_every_picture(tmp_path, model):
    data = save_pictures(tmp_path / "pictures")
    file = tmp_path / "lists" / "predictions.csv"
    run(tmp_path, "--model", model, "--data", data, "--part", "all", "--predictions", file)
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len({(row["part"], row["key"]) for row in rows}) == 30
    assert {row["part"] for row in rows} == {"train", "val", "test"}
    for row in rows:
        assert row["key"].split("/")[0] == row["label"]
        shares = {name: float(row[f"p_{name}"]) for name in ("red", "green", "blue")}
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
        assert row["predicted"] == max(shares, key=shares.get)
        assert float(row["confidence"]) == shares[row["predicted"]]
    assert [row["key"] for row in rows if row["correct"] == "0"] == ["red/09.png"]


def test_class_the_data_lacks_has_null_figures(tmp_path, capsys):
    path = tmp_path / "four.keras"
    colour_model(("red", "green", "blue", "violet")).save(path)
    data = save_pictures(tmp_path / "pictures")
    report = run(tmp_path, "--model", path, "--data", data, "--part", "all")
    assert report["classes"][3] == {
        "name": "violet",
        "pictures": 0,
        "predicted": 0,
        "precision": None,
        "recall": None,
        "f1": None,
        "auc": None,
    }
    assert report["macro"]["recall"] == round((0.9 + 1 + 1) / 3, 6)
    assert "no pictures of violet" in capsys.readouterr().out


def test_unreadable_and_foreign_files_are_reported(tmp_path, model):
    data = save_pictures(tmp_path / "pictures")
    (data / "red" / "00.png").write_bytes(b"no picture")
    (data / "red" / "notes.txt").write_text("hello")
    report = run(tmp_path, "--model", model, "--data", data, "--part", "all")
    assert report["data"]["pictures"] == 29
    assert [one["key"] for one in report["data"]["unreadable"]] == ["red/00.png"]
    assert report["data"]["left_out"] == [{"path": "red/notes.txt", "reason": "not a picture"}]


def refused(tmp_path, match, *arguments):
    with pytest.raises(UserError, match=match):
        run(tmp_path, *arguments)
    assert not (tmp_path / "out").exists()


def test_bad_input_is_one_line_and_writes_nothing(tmp_path, model):
    data = save_pictures(tmp_path / "pictures")
    refused(tmp_path, "no such file", "--model", tmp_path / "none.keras", "--data", data)
    refused(tmp_path, "neither a .keras nor", "--model", data / "red/00.png", "--data", data)
    refused(tmp_path, "no such folder", "--model", model, "--data", tmp_path / "none")
    refused(tmp_path, "split 'x'", "--model", model, "--data", data, "--split", "x")
    refused(tmp_path, "--part", "--model", model, "--data", data, "--part", "x")
    refused(tmp_path, "is a folder", "--model", model, "--data", data, "--predictions", tmp_path)
    report = tmp_path / "out" / "evaluation.json"  # has another content
    refused(tmp_path, r"ends in \.csv", "--model", model, "--data", data, "--predictions", report)
    save_picture(data / "wood" / "1.png", "red")
    save_picture(data / "wood" / "2.png", "red")
    save_picture(data / "wood" / "3.png", "red")
    refused(tmp_path, r"does not know 1 .*\(wood\); it knows 3", "--model", model, "--data", data)


def test_logits_are_no_probabilities(tmp_path):
    whole = colour_model(sharpness=40.0)
    keras.Model(whole.inputs, whole.get_layer("logits").output).save(tmp_path / "logits.keras")
    data = save_pictures(tmp_path / "pictures")
    refused(tmp_path, "softmax", "--model", tmp_path / "logits.keras", "--data", data)


def test_place_that_cannot_be_written(tmp_path, model):
    data = save_pictures(tmp_path / "pictures")
    (tmp_path / "file").write_text("")
    options = ["--model", str(model), "--data", str(data), "--out"]
    with pytest.raises(UserError, match="is a file"):
        evaluate.main([*options, str(tmp_path / "file")])
    with pytest.raises(UserError, match="is a file"):
        evaluate.main([*options, str(tmp_path / "file" / "below")])
    with pytest.raises(UserError, match="too long"):
        evaluate.main([*options, "x" * 300])
    (tmp_path / "out" / "roc.png").mkdir(parents=True)
    with pytest.raises(UserError, match=r"cannot write .*roc\.png"):
        evaluate.main([*options, str(tmp_path / "out")])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["roc.png"]


@pytest.mark.parametrize("command", ["calibrate", "evaluate", "predict", "robustness"])
def test_help_loads_nothing_heavy(command):
    code = (
        f"import sys; from rcnet_tf import {command}\n"
        f"try: {command}.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'keras', 'tensorflow', 'sklearn', 'matplotlib', 'PIL'}\n"
        "sys.exit(len(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--model" in done.stdout


def test_real_trashnet(tmp_path):
    archive = os.environ.get("RCNET_TF_TRASHNET")
    if not archive:
        pytest.skip("RCNET_TF_TRASHNET (path of dataset-resized.zip) is not set")
    from rcnet_tf import FocusRCNet
    from rcnet_tf.preprocess import preprocess_input, resize_picture

    keras.utils.set_random_seed(1)
    network = FocusRCNet(weights=None, input_shape=(64, 64, 3), width=0.25)
    network.save(tmp_path / "random.keras")
    file = tmp_path / "predictions.csv"
    options = ("--model", tmp_path / "random.keras", "--data", archive, "--predictions", file)
    report = run(tmp_path, *options)
    assert report["data"]["pictures"] == 379
    assert len(report["data"]["left_out"]) == 6
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    right = sum(row["label"] == row["predicted"] for row in rows)
    assert report["accuracy"] == round(right / 379, 6)
    names = [one["name"] for one in report["classes"]]
    with zipfile.ZipFile(archive) as pictures:
        for row in rows[::60]:
            assert row["key"].startswith(f"{row['label']}/")
            with pictures.open(f"dataset-resized/{row['key']}") as content:
                pixels = resize_picture(np.asarray(Image.open(content)), 64)
            expected = np.asarray(network(preprocess_input(pixels[None])))[0]
            written = [float(row[f"p_{name}"]) for name in names]
            np.testing.assert_allclose(written, expected, atol=1e-4)
