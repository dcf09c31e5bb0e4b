"""The shipped pictures are TrashNet's, of the right parts, chosen by the stated rule."""

import hashlib
import os
from collections import Counter

import pytest

from rcnet_tf import shipped_pictures
from rcnet_tf.data import cache, splits
from rcnet_tf.data.sources import Picture, PictureSet
from rcnet_tf.labels import TRASHNET


@pytest.mark.parametrize(
    ("pictures", "part", "per_class"),
    [(shipped_pictures.calibration(), "train", 20), (shipped_pictures.demo(), "test", 10)],
)
def test_they_are_of_their_part_and_unchanged(pictures, part, per_class):
    assert pictures.class_names == TRASHNET
    assert Counter(pictures.labels.tolist()) == dict.fromkeys(range(6), per_class)
    manifest = splits.manifest()
    for picture in pictures.pictures:
        entry = manifest[picture.key]
        assert entry.parts["42"] == part
        assert hashlib.sha256(picture.read()).hexdigest() == entry.sha256


def test_the_rule_chose_them():
    """From the manifest alone: of each class and part the smallest SHA-256 of "42 key"."""
    for pictures, part in (
        (shipped_pictures.calibration(), "train"),
        (shipped_pictures.demo(), "test"),
    ):
        count = len(pictures) // len(TRASHNET)
        expected = []
        for name in TRASHNET:
            keys = [
                key
                for key, entry in splits.manifest().items()
                if key.startswith(f"{name}/") and entry.parts["42"] == part
            ]
            keys.sort(key=lambda key: hashlib.sha256(f"42 {key}".encode()).digest())
            expected += sorted(keys[:count])
        assert [picture.key for picture in pictures.pictures] == expected


def test_the_zip_gives_the_same_files():
    path = os.environ.get("RCNET_TF_TRASHNET")
    if not path:
        pytest.skip("RCNET_TF_TRASHNET names no dataset-resized.zip")
    shipped = {"calibration": shipped_pictures.calibration(), "demo": shipped_pictures.demo()}
    for name, chosen in shipped_pictures.chosen_of(path).items():
        assert [p.key for p in chosen.pictures] == [p.key for p in shipped[name].pictures]
        for ours, theirs in zip(shipped[name].pictures, chosen.pictures, strict=True):
            assert ours.read() == theirs.read()


def test_they_decode(tmp_path, monkeypatch):
    monkeypatch.setenv("RCNET_TF_CACHE", str(tmp_path))
    pixels, labels = cache.arrays(shipped_pictures.demo(), 64)
    assert pixels.shape == (60, 64, 64, 3)
    assert labels.tolist() == [label for label in range(6) for _ in range(10)]


def test_small_classes_are_taken_whole():
    pictures = tuple(Picture(f"c{i % 2}/{i}.png", i % 2, None, "") for i in range(7))
    chosen = shipped_pictures.choose(PictureSet(("c0", "c1"), pictures), 4)
    assert Counter(picture.label for picture in chosen.pictures) == {0: 4, 1: 3}


def test_all_assets_are_small():
    """What a wheel carries: pictures, and a file of weights for each size."""
    files = [path for path in shipped_pictures.ASSETS.rglob("*") if path.is_file()]
    weights = [path.stat().st_size for path in files if path.name.endswith(".weights.h5")]
    assert sum(path.stat().st_size for path in files) - sum(weights) < 4 * 2**20
    assert max(weights) < 3 * 2**20
    assert (shipped_pictures.ASSETS / "LICENSE.trashnet.txt").is_file()
