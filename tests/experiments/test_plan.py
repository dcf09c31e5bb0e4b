import dataclasses
import json
from pathlib import Path

import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.experiments.jobs import jobs
from rcnet_tf.experiments.plan import Places, check_splits, plan
from rcnet_tf.experiments.results import rows
from rcnet_tf.experiments.trainings import (
    GROUPS,
    IMAGENET,
    SHIPPED,
    SHIPPED_96,
    TINY_IMAGENET,
    TRAININGS,
    Training,
)


@pytest.fixture
def places(tmp_path, monkeypatch):
    for name, training in {
        "t-base": Training("base", "pretrain", pictures=TINY_IMAGENET),
        "t-teacher": Training("teacher", "teacher", {"epochs": 3}, start=IMAGENET),
        "t-student": Training(
            "student", "finetune", {"epochs": 2}, start="t-base", teacher="t-teacher"
        ),
        "t-int8": Training("int8", "qat", {"epochs": 1}, start="t-student", teacher="t-student"),
    }.items():
        monkeypatch.setitem(TRAININGS, name, training)
    return Places(tmp_path, "data.zip", "tiny.zip")


def test_its_own_teacher_is_the_network_that_it_starts_from(places):
    config = plan(["t-int8"], ["7"], places)[-1].config
    final = str(places.out / "t-student" / "7" / "final.keras")
    assert (config.init_from, config.teacher) == (final, final)


def test_shipped_weights_serve_the_split_that_they_have_learnt(places, monkeypatch):
    shipped = Training("from the shipped ones", "finetune", start=SHIPPED_96, teacher=SHIPPED)
    monkeypatch.setitem(TRAININGS, "t-shipped", shipped)
    mine, other = (plan(["t-shipped"], [split], places) for split in ("42", "123"))
    start, teacher = mine[0].config.init_from, mine[0].config.teacher
    assert (Path(start).name, teacher) == ("focus_rcnet_96_trashnet.weights.h5", "trashnet")
    assert mine[0].after == ()
    finish(mine[0], **json.loads(mine[0].config.to_json()) | {"init_from": "trashnet"})
    assert mine[0].done()  # as it was called before others were nearer
    check_splits(mine)
    with pytest.raises(UserError, match=r"t-shipped/123: the shipped .*--splits 42"):
        check_splits([*mine, *other])


def test_what_is_needed_comes_first_and_once(places):
    runs = plan(["t-student", "t-teacher"], ["42", "7"], places)
    labels = [run.label for run in runs]
    assert labels == ["t-base", "t-teacher/42", "t-student/42", "t-teacher/7", "t-student/7"]
    student = runs[-1]
    assert student.config.init_from == str(places.out / "t-base" / "all" / "final.keras")
    assert student.config.teacher == str(places.out / "t-teacher" / "7" / "best.keras")
    assert (student.config.split, student.config.epochs) == ("7", 2)
    assert runs[0].config.data == "tiny.zip" and student.config.data == "data.zip"


def test_every_training_of_the_package_makes_a_plan(tmp_path):
    everything = [*TRAININGS, *GROUPS]
    (tmp_path / "mobilenet_v2_no_top.h5").touch()
    runs = plan(everything, ["42", "123"], Places(tmp_path, "a.zip", "b.zip", str(tmp_path)))
    positions = {run.folder: index for index, run in enumerate(runs)}
    assert all(positions[needed] < positions[run.folder] for run in runs for needed in run.after)
    assert {name for group in GROUPS.values() for name in group} <= set(TRAININGS)


def finish(run, **changes):
    run.folder.mkdir(parents=True)
    settings = {**json.loads(run.config.to_json()), **changes}
    (run.folder / "config.json").write_text(json.dumps(settings))
    (run.folder / "final.keras").touch()


def test_nothing_is_trained_twice(places):
    runs = plan(["t-student"], ["42"], places)
    assert len(jobs(runs, ["t-student"], places)) == 4  # three trainings, one measurement
    finish(runs[0], data="elsewhere.zip")
    (runs[1].folder).mkdir(parents=True)
    (runs[1].folder / "config.json").write_text(runs[1].config.to_json())  # interrupted
    left = jobs(runs, ["t-student"], places)
    assert [job.label for job in left] == [
        "t-teacher/42", "t-student/42", "t-student/42, test part"
    ]  # fmt: skip
    assert {job.pictures for job in left} == {("data.zip", "42")}  # tiny.zip may be gone
    assert left[1].needs == (runs[0].folder / "final.keras", runs[1].folder / "final.keras")
    finish(runs[2])
    (runs[2].folder / "measured.json").touch()
    assert [job.label for job in jobs(runs, ["t-student"], places)] == ["t-teacher/42"]


def test_a_run_that_moved_goes_on(places, tmp_path):
    (run,) = plan(["t-teacher"], ["42"], places)
    moved = Places(tmp_path / "other", "elsewhere.zip", "", str(tmp_path))
    (tmp_path / "mobilenet_v2_no_top.h5").touch()
    (there,) = plan(["t-teacher"], ["42"], moved)
    finish(there, **json.loads(run.config.to_json()))
    assert there.done()
    student = plan(["t-student"], ["42"], places)[-1].config
    settings = {"data": "there.zip", "teacher": "/moved/t-teacher/42/best.keras"}
    assert not student.differences({**dataclasses.asdict(student), **settings})
    for other in ("/moved/t-teacher/7/best.keras", "best.keras", ""):
        assert student.differences({**dataclasses.asdict(student), "teacher": other})


def test_steps_and_choices_never_meet_the_test_part(places):
    for name in ("choice-base", "ours-96", "pretrain-64"):
        assert not any(
            "test part" in job.label for job in jobs(plan([name], ["42"], places), [name], places)
        )
    names = GROUPS["ours"]
    tested = [job.label for job in jobs(plan(names, ["42"], places), names, places)]
    assert sum("test part" in label for label in tested) == len(names)


def test_other_settings_under_the_same_name(places, capsys):
    runs = plan(["t-teacher"], ["42"], places)
    finish(runs[0], epochs=4)
    assert rows(runs) == []
    assert capsys.readouterr().err.startswith(f"left out: {runs[0].folder} was trained with other")
    with pytest.raises(UserError, match="epochs 4 there, 3 here"):
        jobs(runs, [], places)


def test_an_unknown_name_and_missing_pictures(tmp_path):
    with pytest.raises(UserError, match="expected a group"):
        plan(["nonsense"], ["42"], Places(tmp_path))
    with pytest.raises(UserError, match="--tiny-imagenet"):
        plan(["pretrain-64"], ["42"], Places(tmp_path))
    with pytest.raises(UserError, match="no weight file of MobileNetV2"):
        plan(["teacher"], ["42"], Places(tmp_path, imagenet=str(tmp_path)))
