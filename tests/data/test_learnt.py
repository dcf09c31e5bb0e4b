"""A figure on pictures that a network has learnt from does not go without a word."""

import json

import pytest

from rcnet_tf.data import learnt, splits
from rcnet_tf.data.learnt import warn_of_another_split
from rcnet_tf.data.load import load
from rcnet_tf.files import sha256
from rcnet_tf.weights import pretrained_path


@pytest.fixture
def trashnet(make_zip):
    return make_zip({f"dataset-resized/{path}": b"x" for path in splits.manifest()})


@pytest.fixture
def trained_on(tmp_path):
    """Data and split -> the network of a run."""

    def run(data, split):
        (tmp_path / "config.json").write_text(json.dumps({"data": str(data), "split": split}))
        return tmp_path / "best.keras"

    return run


@pytest.mark.parametrize("model", ["trashnet", pretrained_path("trashnet", 96)])
def test_shipped_weights(trashnet, capsys, model):
    warn_of_another_split(model, trashnet, load(trashnet, "42"))
    assert capsys.readouterr().err == ""
    warn_of_another_split(model, trashnet, load(trashnet, "777"))
    (line,) = capsys.readouterr().err.splitlines()
    assert (
        line.startswith(f"{model} was trained on split 42")
        and "split 777's val and test parts" in line
    )


def test_runs(trashnet, trained_on, capsys, tmp_path):
    parts = load(trashnet, "777")
    for data in (trashnet, "trashnet"):
        warn_of_another_split(trained_on(data, "777"), trashnet, parts)
        assert capsys.readouterr().err == ""
        warn_of_another_split(trained_on(data, "123"), trashnet, parts)
        assert "was trained on split 123" in capsys.readouterr().err
    warn_of_another_split(trained_on("/there/dataset-resized", "123"), trashnet, parts)
    assert "was trained on split 123" in capsys.readouterr().err
    warn_of_another_split(trained_on("bottles.zip", "123"), trashnet, parts)
    warn_of_another_split(trained_on("bottles.zip", "123"), "trashnet", parts)
    warn_of_another_split(tmp_path / "elsewhere" / "best.keras", trashnet, parts)
    for content in ("{", "[]", "{}"):
        (tmp_path / "config.json").write_text(content)
        warn_of_another_split(tmp_path / "best.keras", trashnet, parts)
    assert capsys.readouterr().err == ""


def test_what_a_run_has_recognised_counts(trashnet, trained_on, capsys, tmp_path):
    """TrashNet under a name of one's own, and own pictures under TrashNet's."""
    parts = load(trashnet, "777")
    for name, warned in (("trashnet", True), ("tn.zip", False)):
        (tmp_path / "sources.json").write_text(json.dumps({"pictures": name}))
        warn_of_another_split(trained_on("/there/dataset-resized.zip", "123"), "trashnet", parts)
        assert ("was trained on split 123" in capsys.readouterr().err) == warned
    assert learnt.called(trashnet, parts) == "trashnet"


def test_val_taken_out_of_an_own_train_folder(make_zip, trained_on, capsys):
    names = [
        f"{part}/{name}/{i}.jpg" for part in ("train", "test") for name in "ab" for i in range(9)
    ]
    mine = make_zip({name: name.encode() for name in names})
    warn_of_another_split(trained_on(mine, "7"), mine, load(mine, "7"))
    assert "flatter" not in capsys.readouterr().err
    warn_of_another_split(trained_on(mine, "8"), mine, load(mine, "7"))
    assert "has seen some of split 7's val part, and" in capsys.readouterr().err
    whole = make_zip({name.replace("test", "val"): name.encode() for name in names}, "whole.zip")
    warn_of_another_split(trained_on(whole, "8"), whole, load(whole, "7"))
    assert "flatter" not in capsys.readouterr().err, "nothing depends on the seed"


def test_own_pictures(make_zip, trained_on, capsys):
    mine = make_zip({f"{name}/{i}.jpg": b"%d" % i for name in "ab" for i in range(9)})
    warn_of_another_split("trashnet", mine, load(mine, "7"))
    warn_of_another_split(trained_on(mine, "7"), mine, load(mine, "7"))
    assert "flatter" not in capsys.readouterr().err
    warn_of_another_split(trained_on(mine, "8"), mine, load(mine, "7"))
    assert "was trained on split 8" in capsys.readouterr().err


def test_converted_networks(tmp_path):
    model = tmp_path / "mine_int8.tflite"
    model.write_bytes(b"int8")
    assert learnt.trained_on(model) is None  # nothing beside it
    (tmp_path / "config.json").write_text(json.dumps({"data": "/my/cans", "split": "8"}))
    assert learnt.trained_on(model) == ("cans", "8")  # in the folder of its run
    report = {
        "model": {"trained_on": {"data": "bottles", "split": "7"}},
        "files": {model.name: {"sha256": sha256(model)}},
    }
    (tmp_path / "report.json").write_text(json.dumps(report))
    assert learnt.trained_on(model) == ("bottles", "7")
    other = tmp_path / "other_int8.tflite"
    assert learnt.trained_on(other) is None  # of another conversion
    model.write_bytes(b"int8 of another conversion under the same name")
    assert learnt.trained_on(model) is None
    model.write_bytes(b"int8")
    (tmp_path / "report.json").write_text(json.dumps({**report, "model": {"trained_on": None}}))
    assert learnt.trained_on(model) is None
