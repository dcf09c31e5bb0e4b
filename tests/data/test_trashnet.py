"""TrashNet is recognised, and what is wrong with a copy of it is named.

All but the last tests use files with TrashNet's names and other contents.
"""

import zipfile
from collections import Counter

import pytest

from rcnet_tf.data import cache, splits, trashnet
from rcnet_tf.data.load import load
from rcnet_tf.data.published import PUBLISHED
from rcnet_tf.errors import UserError


@pytest.fixture
def names():
    return {f"dataset-resized/{path}": b"x" for path in splits.manifest()}


@pytest.mark.parametrize("seed", PUBLISHED)
def test_published_splits(make_zip, names, seed, capsys):
    result = load(make_zip(names), seed)
    assert result.name == seed
    for part in splits.PARTS:
        pictures = getattr(result, part).pictures
        assert {p.key for p in pictures} == {
            path for path, where in splits.published(seed).items() if where == part
        }
        assert all(result.class_names[p.label] == p.key.split("/")[0] for p in pictures)
    assert len(result.skipped) == 6
    assert capsys.readouterr().err == ""


def test_paper_split(make_zip, names):
    result = load(make_zip(names), "paper")
    assert result.val is result.test
    keys = [{p.key for p in part.pictures} for part in (result.train, result.val)]
    assert len(keys[0] | keys[1]) == 2521
    assert not keys[0] & keys[1]
    assert len(keys[1]) == 756  # 30 % of 2521
    whole = Counter(result.train.labels.tolist()) + Counter(result.val.labels.tolist())
    for label, count in Counter(result.val.labels.tolist()).items():
        assert abs(count - 0.3 * whole[label]) <= 0.5


def test_missing_and_additional_files_are_named(make_zip, names):
    fewer = {path: x for path, x in names.items() if not path.endswith("glass/glass7.jpg")}
    with pytest.raises(UserError, match=r"files missing: 1 \(glass/glass7.jpg\)"):
        load(make_zip(fewer))
    more = {**names, **{f"dataset-resized/trash/mine{i}.jpg": b"x" for i in range(4)}}
    with pytest.raises(UserError, match=r"not part of it: 4 \(trash/mine0.jpg, .*, \.\.\.\)"):
        load(make_zip(more))


def test_unknown_split_lists_the_known(make_zip, names):
    with pytest.raises(UserError, match="no split '43' of TrashNet; expected one of 42, 123"):
        load(make_zip(names), "43")


def test_a_few_of_its_pictures_are_an_ordinary_folder(make_zip, names):
    few = dict(list(names.items())[::30])
    assert load(make_zip(few), "1").name == "seed 1"


def test_other_contents_are_named_when_decoding(make_zip, names):
    result = load(make_zip(names))
    with pytest.raises(UserError, match=r"differ .*: 378 \(cardboard/cardboard1"):
        cache.arrays(result.val, 64)
    with pytest.raises(UserError, match=r"files with other contents: 379 \("):
        trashnet.verify(result.test, "here")


def test_the_variable_names_the_default(make_zip, names, monkeypatch):
    monkeypatch.setenv("RCNET_TF_TRASHNET", str(make_zip(names)))
    assert load("trashnet", "123").name == "123"
    few = dict(list(names.items())[::30])
    monkeypatch.setenv("RCNET_TF_TRASHNET", str(make_zip(few, "few.zip")))
    with pytest.raises(UserError, match=r"few.zip is not TrashNet"):
        load("trashnet")


def test_real_trashnet_is_the_published_one(trashnet_zip):
    result = load(trashnet_zip)
    for part in splits.PARTS:
        trashnet.verify(getattr(result, part), trashnet_zip)


def test_real_trashnet_with_one_file_exchanged(trashnet_zip, tmp_path):
    """As a folder; a truncated picture in a published split is an error, not a skipped file."""
    with zipfile.ZipFile(trashnet_zip) as archive:
        archive.extractall(tmp_path)
    wrong = next(key for key, part in splits.published("42").items() if part == "val")
    file = tmp_path / "dataset-resized" / wrong
    file.write_bytes(file.read_bytes()[:-500])
    result = load(tmp_path)
    with pytest.raises(UserError, match=rf"pictures that differ .*: 1 \({wrong}\)"):
        cache.arrays(result.val, 64)
    assert cache.arrays(result.test, 64)[0].shape == (379, 64, 64, 3)
