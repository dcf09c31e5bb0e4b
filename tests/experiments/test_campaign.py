"""A whole campaign in small: real trainings, in processes of their own, on a folder of pictures."""

import csv

import numpy as np
import pytest
from PIL import Image

from rcnet_tf import campaign
from rcnet_tf.errors import UserError
from rcnet_tf.experiments.trainings import TRAININGS, Training

SMALL = {"input_size": 64, "width": 0.25, "batch": 8, "augment": "none", "mixup": 0.0}


@pytest.fixture
def pictures(tmp_path):
    """Two classes of 60 pictures, told apart by their colour."""
    random = np.random.default_rng(0)
    for name, colour in {"blue": (40, 60, 200), "red": (200, 60, 40)}.items():
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for index in range(60):
            pixels = np.clip(random.normal(colour, 40, (64, 64, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{index}.png")
    return tmp_path / "pictures"


def test_from_nothing_to_a_table(pictures, tmp_path, monkeypatch, capsys):
    first = Training("first", "finetune", {**SMALL, "epochs": 1, "warmup_epochs": 0.0})
    second = Training("second", "finetune", {**SMALL, "epochs": 2}, start="first", teacher="first")
    monkeypatch.setitem(TRAININGS, "first", first)
    monkeypatch.setitem(TRAININGS, "second", second)
    out = tmp_path / "out"
    arguments = ["second", "--data", str(pictures), "--splits", "42", "--out", str(out)]

    campaign.main([*arguments, "--jobs", "2"])
    assert f"{pictures} is not TrashNet" in capsys.readouterr().err
    (row,) = [
        row for row in csv.DictReader((out / "results.csv").open()) if row["test_float_accuracy"]
    ]
    assert row["training"] == "second" and int(row["best_epoch"]) in (1, 2)
    for kind in ("float", "int8", "micro"):
        assert 0 <= float(row[f"test_{kind}_accuracy"]) <= 1
        assert row[f"test_{kind}_fresh_accuracy"] == row[f"test_{kind}_accuracy"]  # not TrashNet
    assert float(row["test_float_same_decision"]) == 1.0
    assert int(row["c99_bytes"]) < int(row["arena_bytes"])
    assert "--recipe finetune" in row["command"]
    assert not (out / "first" / "42" / "measured.json").exists()  # its test part was not asked for
    assert "| second | 64 |" in (out / "tables.md").read_text()

    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.keras")}
    (out / "results.csv").rename(tmp_path / "elsewhere.csv")
    (out / "tables.md").unlink()
    there = (tmp_path / "elsewhere.csv").read_text()
    (tmp_path / "elsewhere.csv").write_text(there.replace("second,42,", "second,123,"))
    joined = ["--join", str(tmp_path / "elsewhere.csv")]
    campaign.main(["--report", "second", *joined, "--out", str(out)])
    assert "| second | 64 |" in capsys.readouterr().out
    lines = [
        (row["training"], row["split"]) for row in csv.DictReader((out / "results.csv").open())
    ]
    assert sorted(lines) == [("first", "42"), ("second", "123"), ("second", "42")]
    campaign.main(arguments)  # nothing is left to do
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.keras")} == before
    assert "started" not in capsys.readouterr().err.split("second/42, test part: done")[-1]


def test_without_a_name():
    with pytest.raises(UserError, match="--list"):
        campaign.main([])


def test_wrong_arguments(tmp_path):
    with pytest.raises(UserError, match="--jobs 0: expected at least 1"):
        campaign.main(["table4", "--jobs", "0"])
    with pytest.raises(UserError, match="holds no run of a campaign"):
        campaign.main(["--report", "--out", str(tmp_path)])
    with pytest.raises(UserError, match="'table9': expected a group"):
        campaign.main(["--report", "table9", "--out", str(tmp_path)])
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match=r"--out .*file"):
        campaign.main(["table4", "--out", str(tmp_path / "file" / "out")])
    with pytest.raises(UserError, match=r"nowhere\.zip"):  # before the first training
        campaign.main(["table4", "--data", "nowhere.zip", "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()
    with pytest.raises(UserError, match=r"--join .*file: no column .*results\.csv"):
        campaign.main(["--report", "--join", str(tmp_path / "file"), "--out", str(tmp_path)])


def test_dry_run_runs_nothing(tmp_path, capsys):
    campaign.main(["teacher", "--splits", "42", "--dry-run", "--out", str(tmp_path / "none")])
    text = capsys.readouterr().out
    assert "2 trainings, 3 commands left" in text and "--model MobileNetV2" not in text
    assert "teacher-160/42: python -m rcnet_tf.train --recipe teacher" in text  # can be pasted
    assert not (tmp_path / "none").exists()
