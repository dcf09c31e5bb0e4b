"""Rows of results.csv: what they say of a run, on whatever machine it was; and of several."""

import io
import json
import zipfile
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from rcnet_tf.data import splits
from rcnet_tf.errors import UserError
from rcnet_tf.experiments.measure import _figures
from rcnet_tf.experiments.plan import Places, plan
from rcnet_tf.experiments.results import from_csv, merge, rows, to_csv
from rcnet_tf.experiments.trainings import IMAGENET, TRAININGS, Training

HISTORY = "epoch,val_loss,val_accuracy\n1,,\n2,0.5,0.75\n3,0.4,0.75\n"


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A network to start from, a teacher and their student; all have ended."""
    monkeypatch.setitem(TRAININGS, "t-base", Training("base", "finetune", {"epochs": 3}))
    teacher = Training("teacher", "teacher", {"epochs": 3}, start=IMAGENET)
    student = Training("student", "finetune", {"epochs": 3}, start="t-base", teacher="t-teacher")
    monkeypatch.setitem(TRAININGS, "t-teacher", teacher)
    monkeypatch.setitem(TRAININGS, "t-student", student)
    result = plan(["t-student"], ["7"], Places(tmp_path / "out", "/data/pictures.zip"))
    for number, run in enumerate(result):
        run.folder.mkdir(parents=True)
        settings = json.loads(run.config.to_json())
        if run.from_imagenet:
            settings["init_from"] = "/weights/mobilenet_v2_no_top.h5"
        (run.folder / "config.json").write_text(json.dumps(settings))
        (run.folder / "history.csv").write_text(HISTORY)
        for name, value in (("best", number), ("final", number + 0.5)):
            keras_file(run.folder / f"{name}.keras", value)
    return result


def keras_file(path, value):
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file["layers/dense/vars/0"] = np.full(3, value, np.float32)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.weights.h5", weights.getvalue())


def test_a_row_can_be_done_again_on_any_machine(runs):
    base, teacher, student = rows(runs)
    assert teacher["command"] == (
        "python -m rcnet_tf.train --recipe teacher --data pictures.zip --split 7 "
        "--init-from mobilenet_v2_no_top.h5 --epochs 3 --out runs/campaign/t-teacher/7"
    )
    assert "--init-from runs/campaign/t-base/7/final.keras" in student["command"]
    assert "--teacher runs/campaign/t-teacher/7/best.keras" in student["command"]
    assert student["init_from_weights"] == base["final_weights"] != base["best_weights"]
    assert student["teacher_weights"] == teacher["best_weights"]
    assert "init_from_weights" not in teacher  # not there any more
    assert (student["best_epoch"], student["last_val_loss"]) == (2, 0.4)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("config.json", "[]", "holds no settings"),
        ("config.json", "{", "is no run"),
        ("history.csv", None, "is no history"),
        ("history.csv", "epoch\n1\n", "is no history"),
        ("history.csv", "epoch,val_accuracy\n1,\n", "no epoch that met"),
        ("measured.json", "{}", "is not what this version writes"),
        ("measured.json", "[]", "is not what this version writes"),
        ("best.keras", "x", "no weights can be read"),
    ],
)
def test_a_damaged_run_is_named_and_costs_no_other(runs, capsys, file, content, said):
    damaged = runs[-1].folder / file
    damaged.unlink(missing_ok=True)
    if content is not None:
        damaged.write_text(content)
    assert [row["training"] for row in rows(runs)] == ["t-base", "t-teacher"]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("left out: ") and said in line and str(runs[-1].folder) in line


def test_several_machines(runs):
    _, teacher, student = rows(runs)
    theirs = from_csv(to_csv([{**teacher, "test_int8_accuracy": 0.8}]))
    other = {**student, "split": "123", "val_accuracy": 0.5}
    merged = merge([teacher, student], [*theirs, other], "there.csv")
    assert [(row["training"], row["split"]) for row in merged] == [
        ("t-teacher", "7"), ("t-student", "123"), ("t-student", "7")
    ]  # fmt: skip
    assert merged[0] == {**teacher, "test_int8_accuracy": 0.8}  # what one lacks the other has

    for changed in ({"last_val_loss": 0.41}, {"best_weights": "0" * 64}):
        (name,) = changed
        with pytest.raises(UserError, match=f"there.csv: t-teacher/7 is another .*{name}"):
            merge([teacher], [{**teacher, **changed}], "there.csv")
    # Both machines have met the same pictures with the same network: nothing to compare.
    assert merge([teacher], [{**teacher, "sha256": "of another file"}], "there.csv") == [
        {**teacher, "sha256": "of another file"}
    ]


def test_what_is_no_results_csv():
    with pytest.raises(ValueError, match="no column"):
        from_csv("a,b\n1,2\n")


def test_the_pictures_by_which_settings_were_chosen_are_left_out():
    published = splits.published("123")
    keys = [key for key, part in published.items() if part == "test"]
    chosen = {key for key, part in splits.published("42").items() if part == "val"}
    right = np.array([key in chosen for key in keys])  # these alone
    assert right.sum() == 66
    evaluation = SimpleNamespace(
        split="123",
        keys=[("test", key) for key in keys],
        labels=np.zeros(len(keys), int),
        probabilities=np.stack([right, ~right], axis=1).astype(float),
        scores=SimpleNamespace(
            accuracy=right.mean(), macro={"f1": 0.5}, calibration_error=0.1, classes=[]
        ),
    )
    figures = _figures(evaluation, evaluation)
    assert figures["fresh_accuracy"] == 0.0 and figures["same_decision"] == 1.0
    evaluation.probabilities = 1 - evaluation.probabilities
    assert _figures(evaluation, evaluation)["fresh_accuracy"] == 1.0
