"""Published splits are what was published; seeded ones are stable and stratified."""

from collections import Counter

import pytest

from rcnet_tf.data import splits
from rcnet_tf.data.published import PUBLISHED

KEYS = [
    f"{name}/{i}.jpg" for name, count in (("a", 100), ("b", 40), ("c", 3)) for i in range(count)
]
LABELS = ["abc".index(key[0]) for key in KEYS]


def test_manifest_has_every_picture():
    entries = splits.manifest()
    assert len(entries) == 2527
    assert Counter(path.split("/")[0] for path in entries) == {
        "cardboard": 403,
        "glass": 501,
        "metal": 410,
        "paper": 594,
        "plastic": 482,
        "trash": 137,
    }
    assert all(len(bytes.fromhex(entry.sha256)) == 32 for entry in entries.values())


@pytest.mark.parametrize("seed", PUBLISHED)
def test_published_counts(seed):
    parts = splits.published(seed)
    assert Counter(parts.values()) == {"train": 1764, "val": 378, "test": 379, "excluded": 6}
    assert {path for path, part in parts.items() if part == "excluded"} == {
        "glass/glass115.jpg",
        "glass/glass176.jpg",
        "glass/glass389.jpg",
        "metal/metal91.jpg",
        "plastic/plastic152.jpg",
        "plastic/plastic332.jpg",
    }


def test_conflicts_are_all_the_conflicts():
    labels = {}
    for entry in splits.manifest().values():
        labels.setdefault(entry.sha256, set()).add(entry.path.split("/")[0])
    conflicts = {sha for sha, names in labels.items() if len(names) > 1}
    for entry in splits.manifest().values():
        assert (entry.parts["42"] == "excluded") == (entry.sha256 in conflicts)


def test_published_splits_differ():
    assert len({tuple(splits.published(seed).values()) for seed in PUBLISHED}) == 5


def test_stratified_counts():
    parts = splits.stratified(KEYS, LABELS, 0)
    count = Counter(zip(LABELS, parts, strict=True))
    assert [count[0, part] for part in splits.PARTS] == [70, 15, 15]
    assert [count[1, part] for part in splits.PARTS] == [28, 6, 6]
    assert [count[2, part] for part in splits.PARTS] == [1, 1, 1]
    assert set(splits.stratified(KEYS, LABELS, 0, (70, 30, 0))) == {"train", "val"}


@pytest.mark.parametrize("percent", [(5, 95, 0), (1, 49, 50), (2, 0, 98)])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 40])
def test_every_class_is_learnt(percent, count):
    """However little of it there is, and however small the share."""
    parts = splits.stratified(KEYS[:count], [0] * count, 0, percent)
    assert parts.count("train") >= 1 and len(parts) == count
    if count >= 3:
        asked = {part for part, share in zip(splits.PARTS, percent, strict=True) if share}
        assert set(parts) == asked


def test_stratified_is_fixed_for_ever():
    """Golden: the same on every platform, Python and NumPy."""
    parts = splits.stratified([f"a/{i}.jpg" for i in range(10)], [0] * 10, 42)
    assert " ".join(parts) == "train train train test val train val train test train"


def test_stratified_ignores_order_but_not_the_seed():
    parts = dict(zip(KEYS, splits.stratified(KEYS, LABELS, 7), strict=True))
    backwards = splits.stratified(KEYS[::-1], LABELS[::-1], 7)
    assert dict(zip(KEYS[::-1], backwards, strict=True)) == parts
    other = dict(zip(KEYS, splits.stratified(KEYS, LABELS, 8), strict=True))
    assert sum(other[key] != parts[key] for key in KEYS) > 20


def test_one_more_picture_moves_at_most_two_others():
    before = splits.stratified(KEYS, LABELS, 7)
    for i in range(20):
        after = splits.stratified([*KEYS, f"a/new{i}.jpg"], [*LABELS, 0], 7)
        assert sum(x != y for x, y in zip(before, after, strict=False)) <= 2


def test_composed_and_decomposed_names_are_one():
    composed, decomposed = "a/\u00e9{}.jpg", "a/e\u0301{}.jpg"  # as Linux and macOS spell é
    parts = [
        splits.stratified([name.format(i) for i in range(30)], [0] * 30, 1)
        for name in (composed, decomposed)
    ]
    assert parts[0] == parts[1]
    assert splits.stratified(["a/\udcff.jpg"] * 3, [0] * 3, 1)  # a name that is no UTF-8
