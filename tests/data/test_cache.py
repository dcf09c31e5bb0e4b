"""Arrays are right, aligned with their labels, and made once."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rcnet_tf.data import cache
from rcnet_tf.data.folder import read_tree
from rcnet_tf.data.sources import open_source
from rcnet_tf.errors import UserError


def pictures(path):
    return read_tree(open_source(path)).parts["all"]


def greys(pixels):
    assert (pixels == pixels[:, :1, :1, :1]).all()
    return pixels[:, 0, 0, 0].tolist()


@pytest.fixture
def fails_to_decode(monkeypatch):
    """From here on decoding is an error: what comes must come from the cache."""

    def start():
        def refuse(content):
            raise AssertionError("decoded again")

        monkeypatch.setattr(cache, "decode", refuse)

    return start


@pytest.mark.parametrize("make", ["make_folder", "make_zip"])
def test_pixels_and_labels(request, make, two_classes, fails_to_decode):
    path = request.getfixturevalue(make)(two_classes)
    for again in (False, True):
        pixels, labels = cache.arrays(pictures(path), 10)
        assert pixels.shape == (40, 10, 10, 3)
        assert pixels.dtype == np.uint8
        assert labels.dtype == np.int32
        assert greys(pixels) == [*range(20), *range(100, 120)]
        assert labels.tolist() == [0] * 20 + [1] * 20
        assert not pixels.flags.writeable
        if not again:
            fails_to_decode()


def test_more_pictures_than_one_chunk(make_zip, encode):
    rng = np.random.default_rng(0)
    originals = rng.integers(0, 256, (300, 7, 7, 3), dtype=np.uint8)
    files = {f"{'ab'[i % 2]}/{i:03}.png": encode(originals[i]) for i in range(300)}
    pixels, labels = cache.arrays(pictures(make_zip(files)), 7)
    np.testing.assert_array_equal(pixels, np.concatenate([originals[::2], originals[1::2]]))
    assert labels.tolist() == [0] * 150 + [1] * 150


def test_unreadable_pictures_leave_labels_aligned(make_folder, two_classes, capsys):
    bad = {"a/00.png": b"", "a/07.png": two_classes["a/07.png"][:40], "b/19.png": b"text"}
    path = make_folder({**two_classes, **bad})
    for _ in range(2):  # decoded, then from the cache
        result = cache.decoded(pictures(path), 10)
        grey = [value for value in (*range(20), *range(100, 120)) if value not in (0, 7, 119)]
        assert greys(result.pixels) == grey
        assert result.labels.tolist() == [int(value >= 100) for value in grey]
        assert len(result.keys) == 37
        assert not set(result.keys) & set(bad)
        assert [key for key, _ in result.skipped] == sorted(bad)
        assert "skipped 3 of 40 pictures as unreadable: a/00.png (empty file)" in (
            capsys.readouterr().err
        )


def test_a_picture_that_becomes_readable_is_taken(make_folder, two_classes):
    path = make_folder(two_classes)
    file, aside = path / "a" / "05.png", path.parent / "aside"
    before = pictures(path)
    file.rename(aside)
    assert len(cache.arrays(before, 10)[0]) == 39
    aside.rename(file)
    assert greys(cache.arrays(before, 10)[0]) == [*range(20), *range(100, 120)]


def test_a_class_with_nothing_readable(make_folder, two_classes):
    broken = {path: content if path[0] == "a" else b"" for path, content in two_classes.items()}
    with pytest.raises(UserError, match="no readable picture of class b"):
        cache.arrays(pictures(make_folder(broken)), 10)
    with pytest.raises(UserError, match="none of 40 pictures can be read: a/00"):
        cache.arrays(pictures(make_folder(dict.fromkeys(two_classes, b""), "second")), 10)


def test_size_and_content_make_the_key(make_folder, two_classes, plain):
    path = make_folder(two_classes)
    assert cache.arrays(pictures(path), 10)[0].shape == (40, 10, 10, 3)
    assert cache.arrays(pictures(path), 12)[0].shape == (40, 12, 12, 3)
    file = path / "a" / "03.png"
    time_before = file.stat().st_mtime_ns
    file.write_bytes(plain(77))
    os.utime(file, ns=(time_before + 1000, time_before + 1000))
    assert greys(cache.arrays(pictures(path), 10)[0])[3] == 77


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "header", "json", "list", "no json"])
def test_a_damaged_entry_is_built_again(make_zip, two_classes, cache_folder, damage):
    path = make_zip(two_classes)
    cache.arrays(pictures(path), 10)
    (npy,) = cache_folder.glob("*.npy")
    (json,) = cache_folder.glob("*.json")
    content = bytearray(npy.read_bytes())
    if damage == "flip":
        content[-100] ^= 4
    elif damage == "cut":
        del content[-100:]
    elif damage == "empty":
        content.clear()
    elif damage == "header":
        content[:40] = bytes(40)
    elif damage == "json":
        json.write_bytes(json.read_bytes()[:-5])
    elif damage == "list":
        json.write_text("[1, 2]")
    else:
        json.unlink()
    npy.write_bytes(content)
    assert greys(cache.arrays(pictures(path), 10)[0]) == [*range(20), *range(100, 120)]
    assert cache._read_entry(npy.with_suffix(""), 40, 10) is not None


def test_unwritable_cache_decodes_in_memory(make_zip, two_classes, cache_folder, capsys):
    cache_folder.write_text("a file where the folder should be")
    pixels, labels = cache.arrays(pictures(make_zip(two_classes)), 10)
    assert greys(pixels) == [*range(20), *range(100, 120)]
    assert len(labels) == 40
    lines = [line for line in capsys.readouterr().err.splitlines() if "cannot cache" in line]
    assert len(lines) == 1
    assert "RCNET_TF_CACHE" in lines[0]


def test_many_at_once(make_zip, two_classes, cache_folder):
    path = make_zip(two_classes)
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: cache.arrays(pictures(path), 10), range(6)))
    for pixels, _ in results:
        assert greys(pixels) == [*range(20), *range(100, 120)]
    assert len(list(cache_folder.iterdir())) == 2  # one entry and nothing left over


def test_remains_of_killed_writers_go_after_a_day(make_zip, two_classes, cache_folder):
    cache_folder.mkdir()
    old, new = cache_folder / ".writing-old", cache_folder / ".writing-new"
    old.touch()
    new.touch()
    os.utime(old, (time.time() - 90000,) * 2)
    cache.arrays(pictures(make_zip(two_classes)), 10)
    assert new.exists()
    assert not old.exists()
