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
from rcnet_tf.experiments import measure
from rcnet_tf.experiments.plan import Places, plan
from rcnet_tf.experiments.results import from_csv, rows, to_csv
from rcnet_tf.experiments.trainings import IMAGENET, TRAININGS, Training
from rcnet_tf.training import run_folder

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
        if run.config.teacher:
            trained_with = {"python": "3.12.1", "commit": "abc"}
            sources = {"init_from": "one", "teacher": "other", "trained_with": trained_with}
            (run.folder / "sources.json").write_text(json.dumps(sources))
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
    assert base["final_weights"] != base["best_weights"] != teacher["best_weights"]
    # Of what it has learnt from, whatever lies there today.
    assert (student["init_from_weights"], student["teacher_weights"]) == ("one", "other")
    assert "init_from_weights" not in teacher
    assert (student["trained_with"], teacher["trained_with"]) == ("python=3.12.1 commit=abc", "")
    assert (student["best_epoch"], student["last_val_loss"]) == (2, 0.4)


def test_a_row_tells_on_what_it_was_trained(runs):
    """A run of an older version does not say it."""
    lines = [
        "epoch,val_loss,val_accuracy,backend",
        "1,,,jax",
        "2,0.5,0.7,jax",
        "3,0.4,0.8,tensorflow",
    ]
    (runs[1].folder / "history.csv").write_text("\n".join(lines) + "\n")
    assert [row["backend"] for row in rows(runs)] == ["", "jax tensorflow", ""]
    assert "backend" in from_csv(to_csv(rows(runs)))[1]


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("config.json", "[]", "holds no settings"),
        ("config.json", "{", "is no run"),
        ("history.csv", None, "is no history"),
        ("history.csv", "epoch\n1\n", "is no history"),
        ("history.csv", "epoch,val_accuracy\n1,\n", "is no history"),
        ("history.csv", "epoch,val_accuracy\n1,much\n", "is no history"),
        ("history.csv", "epoch,val_accuracy\n1,0.5\n", "is no history"),
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
    assert len(rows(runs)) == 2
    (line,) = capsys.readouterr().err.splitlines()  # once, however often results are written
    assert line.startswith("left out: ") and said in line and str(runs[-1].folder) in line


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("trashnet", "--split 7 --model"),  # the default
        ("/data/tiny-imagenet-200/train", "--data tiny-imagenet-200/train --split 7"),
        ("pictures", "--data pictures --split 7"),
    ],
)
def test_pictures_by_name(runs, data, said):
    settings = json.loads((runs[1].folder / "config.json").read_text())
    (runs[1].folder / "config.json").write_text(json.dumps({**settings, "data": data}))
    assert said in rows(runs)[1]["command"].replace("--init-from", "--model")


def test_figures_come_back_as_they_were(runs):
    line = {**rows(runs)[0], "val_accuracy": 1.0, "last_val_loss": float("nan"), "c99_bytes": None}
    (again,) = from_csv(to_csv([line]))
    assert again["val_accuracy"] == 1.0 and np.isnan(again["last_val_loss"])
    assert again["command"] == line["command"] and "c99_bytes" not in again


HEAD = "training,split,title,input_size,command,val_accuracy\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column training"),
        ("a,b\n1,2\n", "no column training"),
        (f"{HEAD},42,x,96,train,0.5\n", "line 2 has no training"),
        (f"{HEAD}one,42,x,96,train,0.5\none,42,x,96,train,much\n", "could not convert .*much"),
        (f"{HEAD}one,42,x,96,train,0.5,0.5\n", "line 2: "),
        (f'{HEAD}one,42,x,96,train,"0.5\n', "line 2: "),
    ],
)
def test_what_is_no_results_csv(text, said):
    with pytest.raises(ValueError, match=said):
        from_csv(text)


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
    figures = measure._figures(evaluation, evaluation)
    assert figures["fresh_accuracy"] == 0.0 and figures["same_decision"] == 1.0
    evaluation.probabilities = 1 - evaluation.probabilities
    assert measure._figures(evaluation, evaluation)["fresh_accuracy"] == 1.0


def test_once_is_enough(tmp_path):
    with pytest.raises(UserError, match="0 arguments"):
        measure.main([])
    with pytest.raises(UserError, match="holds no run"):
        measure.main([str(tmp_path), "pictures.zip"])
    (tmp_path / "measured.json").write_text("{}")
    with pytest.raises(UserError, match="has met its test part"):
        measure.main([str(tmp_path), "pictures.zip"])
    with run_folder.locked(tmp_path), pytest.raises(UserError, match="another process"):
        measure.main([str(tmp_path), "pictures.zip"])
    with pytest.raises(UserError, match="no such folder"):
        measure.main([str(tmp_path / "none"), "pictures.zip"])
