"""Pictures of none of the classes."""

import zipfile

import pytest
from colour_model import save_picture, save_pictures
from PIL import Image

from rcnet_tf import runtime
from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.unknown import ask, find


@pytest.fixture
def model(colours):
    return runtime.load(colours)


@pytest.fixture
def things(tmp_path):
    """Two that look like one of the classes, one that looks like none, and a broken one."""
    folder = tmp_path / "things"
    save_picture(folder / "leaf.png", "green")
    save_picture(folder / "below" / "grass.png", "green", seed=1)
    Image.new("RGB", (20, 20), (90, 90, 90)).save(folder / "mouse.png")
    (folder / "torn.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("not counted")
    return folder


def test_what_is_answered_all_the_same(model, things):
    found = ask(model, find(things))
    assert (found.data, found.pictures, found.unreadable) == ("things", 3, 1)
    assert found.classes["green"] >= 2 and sum(found.classes.values()) == 3
    answered = {one.threshold: one.answered for one in found.answers}
    assert answered[0] == 3
    assert answered[50] == 2  # grey is a third of each
    assert not any(one.correct for one in found.answers)


def test_a_zip_gives_the_same(model, things, tmp_path):
    with zipfile.ZipFile(tmp_path / "things.zip", "w") as archive:
        for path in sorted(things.rglob("*.*")):
            archive.write(path, path.relative_to(things))
    assert ask(model, find(tmp_path / "things.zip")).answers == ask(model, find(things)).answers


def test_of_many_some_are_taken_from_everywhere(model, tmp_path):
    folder = save_pictures(tmp_path / "pictures", count=5)
    found = ask(model, find(folder, most=3))
    assert found.classes == {"red": 1, "green": 1, "blue": 1}


def test_pictures_that_are_all_broken_are_an_error(model, tmp_path):
    (tmp_path / "torn.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match="none of its 1 pictures can be read"):
        ask(model, find(tmp_path))


def test_a_picture_without_extension_counts_and_heic_is_unreadable(model, things):
    (things / "leaf.png").rename(things / "leaf")
    (things / "photo.heic").write_bytes(b"something")
    found = ask(model, find(things))
    assert (found.pictures, found.unreadable) == (3, 2)
