"""The command on single pictures and folders, with a model whose answers are known."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from colour_model import SIZE, colour_model, save_picture, save_pictures
from PIL import Image

from rcnet_tf import predict
from rcnet_tf.errors import UserError
from rcnet_tf.files import sha256

ROOT = Path(__file__).parent.parent


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "colours.keras"
    colour_model().save(path)
    return path


def lines(capsys, *arguments):
    predict.main([*map(str, arguments)])
    return capsys.readouterr().out.splitlines()


def test_best_classes_first_in_percent(tmp_path, model, capsys):
    save_picture(tmp_path / "leaf.png", "green")
    save_picture(tmp_path / "a long name.png", "blue")
    files = tmp_path / "leaf.png", tmp_path / "a long name.png"
    first, second = lines(capsys, *files, "--model", model, "--top", 2)
    assert first.split()[0] == str(files[0])
    assert first.removeprefix(str(files[0])).split()[0] == "green"
    assert second.removeprefix(str(files[1])).split()[0] == "blue"
    assert first.index("green") == second.index("blue")
    share = float(first.split()[2])
    # Means of the channels are 40, 220, 40: logits 4 * (pixel / 128 - 1).
    logits = 4 * (np.array([40, 220, 40]) / 128 - 1)
    assert share == pytest.approx(100 * np.exp(logits[1]) / np.exp(logits).sum(), abs=0.2)
    assert len(first.split("%")) == 3


def test_what_a_folder_holds_and_cannot_be_read_is_named(tmp_path, model, capsys):
    save_picture(tmp_path / "phone" / "leaf.png", "green")
    (tmp_path / "phone" / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    (tmp_path / "phone" / "notes.txt").write_text("no picture")
    with pytest.raises(SystemExit, match="2"):
        predict.main([str(tmp_path / "phone"), "--model", str(model)])
    said = capsys.readouterr()
    assert "leaf.png" in said.out and "IMG_1.HEIC: HEIC, which is not supported" in said.err
    assert "notes.txt" not in said.out + said.err


def test_a_model_among_the_pictures(tmp_path, model, capsys):
    """What `--model *_int8.tflite` makes of two models."""
    (tmp_path / "second_int8.tflite").write_bytes(b"\x1c\0\0\0TFL3" + bytes(100))
    with pytest.raises(SystemExit, match="2"):
        predict.main([str(tmp_path / "second_int8.tflite"), "--model", str(model)])
    assert "a .tflite model; expected a picture" in capsys.readouterr().err


def test_more_pictures_than_a_batch_and_json_in_their_order(tmp_path, model, capsys):
    folder = save_pictures(tmp_path / "pictures", count=15)
    (folder / "red" / "notes.txt").write_text("not one of the pictures")
    (folder / "red" / "00.png").rename(folder / "red" / "00")  # known by its content
    predict.main([str(folder), "--model", str(model), "--json", "--top", "9"])
    records = json.loads(capsys.readouterr().out)
    assert [record["file"] for record in records] == sorted(
        str(path) for path in folder.rglob("*") if path.is_file() and path.name != "notes.txt"
    )
    for record in records:
        best = record["classes"][0]
        name = Path(record["file"])
        assert best["class"] == ("green" if name.match("red/14.png") else name.parent.name)
        assert len(record["classes"]) == 3
        assert sum(one["confidence"] for one in record["classes"]) == pytest.approx(1, abs=1e-5)


def test_sheet(tmp_path, model, capsys):
    """Of what can be read; the file says which model it is of."""
    folder = save_pictures(tmp_path / "pictures", count=2)
    (folder / "notes.png").write_text("no picture")
    with pytest.raises(SystemExit):
        predict.main([str(folder), "--model", str(model), "--sheet", str(tmp_path / "sheet.jpg")])
    capsys.readouterr()
    sheet = Image.open(tmp_path / "sheet.jpg")
    assert sheet.format == "JPEG" and sha256(model) in sheet.info["comment"].decode()
    for name, message in [("sheet.gif", "ends in .jpg"), ("pictures", "is a folder")]:
        with pytest.raises(UserError, match=message):
            predict.main([str(folder), "--sheet", str(tmp_path / name)])


def test_the_sheet_takes_no_pictures_place(tmp_path, model):
    save_picture(tmp_path / "leaf.jpg", "green")
    before = (tmp_path / "leaf.jpg").read_bytes()
    with pytest.raises(UserError, match="is one of the pictures; choose another"):
        predict.main([str(tmp_path), "--model", str(model), "--sheet", str(tmp_path / "leaf.jpg")])
    assert (tmp_path / "leaf.jpg").read_bytes() == before
    too_long = str(tmp_path / ("long" * 100))
    with pytest.raises(SystemExit):  # it is named, and the sheet is of the others
        predict.main([too_long, "--model", str(model), "--sheet", str(tmp_path / "leaf.jpg")])


def test_no_sheet_of_nothing(tmp_path, model, capsys):
    unreadable = tmp_path / "notes.png"
    unreadable.write_text("no picture")
    sheet = tmp_path / "sheet.jpg"
    with pytest.raises(SystemExit):
        predict.main([str(unreadable), "--model", str(model), "--sheet", str(sheet)])
    assert f"{sheet} not written: there is nothing to draw" in capsys.readouterr().err
    assert not sheet.exists()


def test_int8_file(tmp_path, capsys):
    from rcnet_tf.export import tflite

    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (20, 1, 1, 3)).astype(np.uint8).repeat(SIZE, 1).repeat(SIZE, 2)
    path = tmp_path / "colours_int8.tflite"
    path.write_bytes(tflite.int8(colour_model(), pictures))
    save_picture(tmp_path / "leaf.png", "green")
    (line,) = lines(capsys, tmp_path / "leaf.png", "--model", path, "--top", 1)
    assert line.split()[1] == "green"


def test_the_picture_is_turned_as_the_camera_says(tmp_path, model, capsys):
    """A palette picture with an EXIF orientation goes through the data's own decoder."""
    picture = Image.new("RGB", (10, 20), (220, 40, 40)).quantize(4)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.png", exif=exif)
    (line,) = lines(capsys, tmp_path / "turned.png", "--model", model, "--top", 1)
    assert line.split()[1] == "red"


def test_unreadable_files_are_named_and_the_others_predicted(tmp_path, model, capsys):
    save_picture(tmp_path / "leaf.png", "green")
    (tmp_path / "cut.png").write_bytes((tmp_path / "leaf.png").read_bytes()[:150])
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.jpg").write_text("hello")
    names = ("cut.png", "missing.png", "leaf.png", "empty", "text.jpg", "long" * 100)
    with pytest.raises(SystemExit) as exit_:
        predict.main([*(str(tmp_path / name) for name in names), "--model", str(model)])
    assert exit_.value.code == 2
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 1
    assert "leaf.png" in printed.out
    errors = printed.err.splitlines()
    assert [str(tmp_path / name) in line for name, line in zip(names[:2], errors, strict=False)]
    assert len(errors) == 5
    assert "no such file" in errors[1]
    assert "no pictures" in errors[2]

    with pytest.raises(SystemExit):
        predict.main([*(str(tmp_path / name) for name in names), "--model", str(model), "--json"])
    records = json.loads(capsys.readouterr().out)
    assert ["error" in record for record in records] == [True, True, False, True, True, True]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse the name")
def test_file_name_that_is_no_text(tmp_path, model, capsys):
    save_picture(tmp_path / "leaf.png", "green")
    strange = os.fsencode(tmp_path) + b"/\xff\x1b[2J.png"
    os.rename(tmp_path / "leaf.png", strange)
    (line,) = lines(capsys, os.fsdecode(strange), "--model", model)
    assert line.isprintable()
    predict.main([os.fsdecode(strange), "--model", str(model), "--json"])
    assert json.loads(capsys.readouterr().out)[0]["file"] == os.fsdecode(strange)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--model", "x.keras"], "IMAGE"),
        (["x.jpg", "--top", "0"], "--top 0"),
        (["x.jpg", "--top", "many"], "invalid int value: 'many'"),
        (["x.jpg", "--model", "none.keras"], "no such file: none.keras"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(UserError, match=message):
        predict.main(arguments)


def test_as_a_program_an_error_is_one_line_and_exit_code_2(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "rcnet_tf.predict", "x.jpg", "--model", "none.keras"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "rcnet_tf.predict: error: no such file: none.keras; expected a .keras or .tflite model"
    ]
