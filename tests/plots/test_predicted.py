"""The sheet of `predict --sheet`, and the one in the README."""

from pathlib import Path

import pytest
from colour_model import save_picture
from PIL import Image

from rcnet_tf.evaluation.pictures import Prediction
from rcnet_tf.files import sha256
from rcnet_tf.plots.gallery import RIGHT, WRONG
from rcnet_tf.plots.predicted import predicted_jpeg

HOME = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("said", "names", "frame"),
    [
        ("red", ("red", "blue"), RIGHT),
        ("blue", ("red", "blue"), WRONG),
        ("blue", ("blue", "green"), None),
    ],
    ids=["right", "wrong", "not a folder of a class"],
)
def test_frames_where_folders_are_classes(seen, holds, tmp_path, said, names, frame):
    save_picture(tmp_path / "red" / "a.png", "red")
    one = Prediction(tmp_path / "red" / "a.png", ((said, 0.9),))
    _, pixels = seen(predicted_jpeg([one], names, "net"))
    assert [colour for colour in (RIGHT, WRONG) if holds(pixels, colour)] == [frame][: bool(frame)]


def test_a_picture_that_has_gone_is_left_out(seen, tmp_path):
    save_picture(tmp_path / "red" / "a.png", "red")
    there, gone = (
        Prediction(tmp_path / "red" / name, (("red", 0.9),)) for name in ("a.png", "b.png")
    )
    alone = predicted_jpeg([there], ("red", "blue"), "net")
    assert predicted_jpeg([gone, there], ("red", "blue"), "net").startswith(alone[:2])
    assert predicted_jpeg([gone], ("red", "blue"), "net") is None


def test_nothing_to_draw():
    assert predicted_jpeg([Prediction(Path("a.png"), error="no")], ("red",), "net") is None


def test_the_picture_of_the_readme_is_of_the_model_in_the_repository():
    comment = Image.open(HOME / "docs" / "answers.jpg").info["comment"].decode()
    stale = sha256(HOME / "tflite" / "focus_rcnet_224_int8.tflite") not in comment
    assert not stale, "make it again, as docs/development.md says"
