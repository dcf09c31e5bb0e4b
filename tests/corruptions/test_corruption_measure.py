"""Counts of right decisions, with a model and corruptions whose effect is known."""

import json

import numpy as np
import pytest
from colour_model import colour_model, save_pictures

from rcnet_tf.corruptions import measure as measured
from rcnet_tf.corruptions.kinds import Corruption
from rcnet_tf.errors import UserError
from rcnet_tf.runtime import load


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RCNET_TF_CACHE", str(tmp_path / "cache"))


def model(folder, name, **options):
    folder.mkdir(exist_ok=True)
    colour_model(**options).save(folder / name)
    return load(folder / name)


def swap(frame, level, random):
    """From level 3 on green is red and red is green."""
    return frame[..., [1, 0, 2]] if level >= 3 else frame


def seeing_all(seen):
    def keep(frame, level, random):
        seen.append(random.integers(1 << 30))
        return frame

    return keep


def test_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(measured, "_CHUNK", 7)  # 30 pictures are several chunks and a rest
    data = save_pictures(tmp_path / "pictures" / "train")
    save_pictures(tmp_path / "pictures" / "val")
    models = [
        model(tmp_path, "colours.keras"),
        model(tmp_path, "turned.keras", class_names=("green", "red", "blue")),
    ]
    subjects = measured.choose(str(data.parent), "42", "val", models)
    assert (subjects.part, len(subjects.pictures)) == ("val", 30)
    seen = []
    corruptions = (
        Corruption("swap", "", range(5), swap),
        Corruption("none", "", range(5), seeing_all(seen)),
    )
    result = measured.measure(models, subjects, corruptions)
    # Of 10 red ones one is green; the second model takes red for green and green for red.
    assert result.clean.tolist() == [29, 11]
    assert result.correct[0].tolist() == [[29, 29, 29, 11, 11], [29] * 5]
    assert result.correct[1].tolist() == [[11, 11, 11, 29, 29], [11] * 5]
    assert result.models == ("colours.keras", "turned.keras")
    np.testing.assert_allclose(result.accuracy[0, 0], np.array([29, 29, 29, 11, 11]) / 30)
    # One random stream a picture, the same at every severity.
    assert len(seen) == 150
    assert len(set(seen)) == 30


def test_limit_takes_pictures_of_every_class_and_unreadable_ones_are_left_out(tmp_path, capsys):
    data = save_pictures(tmp_path / "pictures")
    models = [model(tmp_path, "colours.keras")]
    few = measured.choose(str(data), "42", "train", models, limit=6)
    assert np.bincount([one.label for one in few.pictures]).tolist() == [2, 2, 2]
    (data / "red" / "03.png").write_bytes(b"no picture")
    parts = [measured.choose(str(data), "42", part, models) for part in ("train", "val", "test")]
    assert sum(len(one.pictures) for one in parts) == 29
    assert "red/03.png" in capsys.readouterr().err


def test_names_tell_models_apart(tmp_path):
    data = save_pictures(tmp_path / "pictures")
    two = [model(tmp_path / name, "best.keras") for name in ("a", "b")]
    subjects = measured.choose(str(data), "42", "val", two)
    result = measured.measure(two, subjects, ())
    assert result.models == tuple(str(tmp_path / name / "best.keras") for name in ("a", "b"))


def test_unknown_classes_are_refused(tmp_path):
    data = save_pictures(tmp_path / "pictures")
    other = model(tmp_path, "m.keras", class_names=("red", "green", "violet"))
    subjects = measured.choose(str(data), "42", "val", [other])
    with pytest.raises(UserError, match="does not know 1"):
        measured.measure([other], subjects, ())


def test_a_model_that_has_learnt_from_the_part_is_named(tmp_path, capsys):
    data = save_pictures(tmp_path / "pictures")
    one = model(tmp_path / "run", "best.keras")
    (tmp_path / "run" / "config.json").write_text(json.dumps({"data": str(data), "split": "7"}))
    for split, part, named in (("7", "val", False), ("8", "train", False), ("8", "val", True)):
        measured.choose(str(data), split, part, [one])
        assert ("was trained on split 7" in capsys.readouterr().err) == named
