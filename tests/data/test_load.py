"""One call from a path to three parts that share no picture."""

import subprocess
import sys
from collections import Counter

import pytest

from rcnet_tf.data.load import load
from rcnet_tf.errors import UserError


def keys(pictures):
    return {picture.key for picture in pictures.pictures}


def test_seeded_split_of_a_folder(make_folder, two_classes, capsys):
    splits = load(make_folder(two_classes), "5")
    assert splits.name == "seed 5"
    assert splits.class_names == ("a", "b")
    for part, count in ((splits.train, 14), (splits.val, 3), (splits.test, 3)):
        assert Counter(part.labels.tolist()) == {0: count, 1: count}
    assert keys(splits.train) | keys(splits.val) | keys(splits.test) == set(two_classes)
    assert capsys.readouterr().err == ""


def test_two_percentages(make_folder, two_classes):
    folder = make_folder(two_classes)
    splits = load(folder, "80/20")
    assert (splits.name, len(splits.train), len(splits.val)) == ("80/20", 32, 8)
    assert splits.test is splits.val and not keys(splits.train) & keys(splits.val)
    assert Counter(splits.val.labels.tolist()) == {0: 4, 1: 4}
    for wrong in ("80/30", "100/0"):
        with pytest.raises(UserError, match=f"split '{wrong}': expected two percentages"):
            load(folder, wrong)


def test_folder_and_zip_split_alike(make_folder, make_zip, two_classes):
    wrapped = {f"set/{path}": content for path, content in two_classes.items()}
    one, two = load(make_folder(two_classes)), load(make_zip(wrapped))
    assert keys(one.test) == keys(two.test)
    assert keys(one.test) != keys(load(make_folder(two_classes), "43").test)


def test_own_folders_are_kept(make_folder, plain, capsys):
    files = {
        f"{part}/{name}/{i}.png": plain(100 * p + 10 * n + i)
        for p, part in enumerate(("train", "test"))
        for n, name in enumerate("ab")
        for i in range(10)
    }
    splits = load(make_folder(files))
    assert splits.name == "own folders (val: seed 42)"
    assert len(splits.test) == 20
    assert {p.path.split("/")[0] for p in splits.test.pictures} == {"test"}
    assert {p.path.split("/")[0] for p in (*splits.train.pictures, *splits.val.pictures)} == {
        "train"
    }
    assert (len(splits.train), len(splits.val)) == (16, 4)
    assert "15 % of train" in capsys.readouterr().err

    files = {path.replace("test/", "val/"): content for path, content in files.items()}
    splits = load(make_folder(files, "second"))
    assert splits.test is splits.val
    assert (len(splits.train), len(splits.val)) == (20, 20)
    assert splits.name == "own folders"


def test_own_train_folder_by_percentages(make_folder, plain, capsys):
    names = [f"{part}/{name}" for part in ("train", "test") for name in "ab"]
    files = {
        f"{name}/{i}.png": plain(10 * n + i) for n, name in enumerate(names) for i in range(10)
    }
    splits = load(make_folder(files), "80/20")
    assert (len(splits.train), len(splits.val), len(splits.test)) == (16, 4, 20)
    assert splits.name == "own folders (val: 80/20)"
    assert "20 % of train are held out" in capsys.readouterr().err
    with pytest.raises(UserError, match="split '80/30': expected two percentages"):
        load(make_folder(files), "80/30")


def test_a_variable_that_names_nothing(monkeypatch):
    monkeypatch.setenv("RCNET_TF_TRASHNET", "/nowhere/at/all.zip")
    with pytest.raises(UserError, match=r"^RCNET_TF_TRASHNET names /nowhere/at/all\.zip, where"):
        load("trashnet")


def test_one_picture_cannot_be_in_train_and_in_val(make_folder, plain):
    files = {
        f"{part}/b/{i}.png": plain(10 * p + i)
        for p, part in enumerate(("train", "test"))
        for i in range(9)
    }
    files |= {"train/a/0.png": plain(100), "test/a/0.png": plain(101)}
    with pytest.raises(UserError, match=r"class a in .*, train folder: 1; expected at least 2"):
        load(make_folder(files))
    parts = load(
        make_folder(files | {"val/a/0.png": plain(102), "val/b/0.png": plain(103)}, "with_val")
    )
    assert sorted({picture.label for picture in parts.train.pictures}) == [0, 1]


def test_skipped_files_and_twins_are_counted(make_folder, two_classes, plain, capsys):
    files = {**two_classes, "a/notes.txt": b"x", "b/00.png": plain(0)}
    for i in range(20):
        files[f"a/again{i}.png"] = plain(i)
    splits = load(make_folder(files))
    assert splits.skipped == (("a/notes.txt", "not a picture"),)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "files skipped: 1: a/notes.txt (not a picture)" in lines[0]
    assert "pictures under more than one label: 1: a/00.png = " in lines[1]
    assert "pictures in more than one of train, val and test: " in lines[2]


def test_bad_split_name(make_folder, two_classes):
    with pytest.raises(UserError, match="split 'paper': expected a number"):
        load(make_folder(two_classes), "paper")


def test_a_path_needs_neither_tensorflow_nor_tfds(make_folder, two_classes):
    code = (
        "import sys; from rcnet_tf.data import cache, load\n"
        "splits = load.load(sys.argv[1]); cache.arrays(splits.val, 64)\n"
        "print([m for m in ('tensorflow', 'keras', 'tensorflow_datasets') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(make_folder(two_classes))]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
