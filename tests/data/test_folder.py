"""Class folders, wrapped or split, become labels; what is wrong with them is said in one line."""

import pytest

from rcnet_tf.data.folder import read_tree
from rcnet_tf.data.sources import open_source
from rcnet_tf.errors import UserError


def tree_of(make, files):
    return read_tree(open_source(make(files)))


def some(*names, count=3):
    """Names of `count` pictures in every folder; contents do not matter here."""
    return {f"{name}/{i}.jpg": b"x" for name in names for i in range(count)}


@pytest.mark.parametrize("make", ["make_folder", "make_zip"])
@pytest.mark.parametrize("wrapping", ["", "dataset/", "data/set/"])
def test_labels_are_sorted_class_names(request, make, wrapping):
    files = some(f"{wrapping}paper", f"{wrapping}Glass", f"{wrapping}can")
    tree = tree_of(request.getfixturevalue(make), files)
    assert tree.class_names == ("Glass", "can", "paper")
    pictures = tree.parts["all"].pictures
    assert [p.key for p in pictures] == sorted(path[len(wrapping) :] for path in files)
    assert all(tree.class_names[p.label] == p.key.split("/")[0] for p in pictures)
    assert tree.parts["all"].labels.tolist() == [0] * 3 + [1] * 3 + [2] * 3
    assert tree.skipped == ()


def test_folders_within_a_class_belong_to_it(make_folder):
    tree = tree_of(make_folder, some("glass", "glass/green", "metal/a/b"))
    assert tree.class_names == ("glass", "metal")
    assert tree.parts["all"].labels.tolist() == [0] * 6 + [1] * 3


def test_other_files_are_listed_and_junk_is_not(make_folder, plain):
    files = some("glass", "metal")
    files["readme.txt"] = b"hello"
    files["cover.jpg"] = b"x"
    files["glass/notes"] = b"hello"
    files["glass/phone.heic"] = b"x"
    files["glass/no_extension"] = plain(3)
    files["glass/UPPER.JPG"] = b"x"
    files["glass/Thumbs.db"] = files["metal/.hidden.jpg"] = b"x"
    tree = tree_of(make_folder, files)
    keys = [p.key for p in tree.parts["all"].pictures]
    assert len(keys) == 8
    assert "glass/no_extension" in keys
    assert "glass/UPPER.JPG" in keys
    assert tree.skipped == (
        ("cover.jpg", "outside the class folders"),
        ("glass/notes", "not a picture"),
        ("glass/phone.heic", "HEIC, which is not supported; convert it to JPEG"),
        ("readme.txt", "not a picture"),
    )


def test_a_class_without_pictures_beside_one_of_folders(make_folder):
    """What is learnt then may not be what is wanted."""
    files = some("all/glass/clear", "all/glass/green") | {"all/metal": None, "more/x.txt": b"x"}
    tree = tree_of(make_folder, files)
    assert tree.class_names == ("clear", "green")
    reason = "a folder without pictures; the classes are the folders in all/glass/"
    skipped = [path for path, why in tree.skipped if why == reason]
    assert skipped == ["all/metal/", "more/"]


def test_own_parts(make_folder):
    files = some(*(f"set/{part}/{name}" for part in ("Train", "valid", "test") for name in "ab"))
    tree = tree_of(make_folder, files)
    assert tree.class_names == ("a", "b")
    assert sorted(tree.parts) == ["test", "train", "val"]
    assert [p.path for p in tree.parts["val"].pictures][:2] == [
        "set/valid/a/0.jpg",
        "set/valid/a/1.jpg",
    ]
    assert tree.parts["test"].labels.tolist() == [0] * 3 + [1] * 3


def test_classes_that_are_called_like_parts(make_folder):
    """Pictures directly in train/ and test/: two classes, no parts."""
    assert tree_of(make_folder, some("train", "test")).class_names == ("test", "train")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"glass": None}, "no pictures"),
        ({"readme.txt": b"x"}, "no pictures"),
        (some("glass"), r"one class \(glass\)"),
        ({"a.jpg": b"x", "b.jpg": b"x"}, "no class folders"),
        ({**some("glass", "metal"), "paper": None}, "pictures of class paper in .*: 0"),
        ({**some("glass", "metal"), "docs/a.txt": b"x"}, "pictures of class docs in .*: 0"),
        (
            {**some("glass", "metal"), **some("wood", count=2)},
            "pictures of class wood in .*: 2; expected at least 3",
        ),
        (
            {**some("train/a", "train/b", "val/a", "val/b", "test/a")},
            "pictures of class b in .*, test folder: 0",
        ),
        (some("train/a", "train/b", "val/a", "val/b", "valid/a"), "two folders for one part"),
        (some("glass", "two\nlines"), r"is called 'two\\nlines'; expected printable"),
        (some("glass", "a\tb"), "expected printable characters in UTF-8"),
        (some("glass", "caf\udce9"), r"is called 'caf\\udce9'; expected printable"),
    ],
)
def test_unusable_trees(make_folder, files, message):
    with pytest.raises(UserError, match=message) as error:
        tree_of(make_folder, files)
    assert "\n" not in str(error.value)
