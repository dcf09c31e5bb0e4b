"""Which picture is for training, validation or test: published splits, or a seeded one."""

from __future__ import annotations

import csv
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from rcnet_tf.data.published import PUBLISHED
from rcnet_tf.data.sources import PictureSet

PARTS = ("train", "val", "test")
"""Names of the parts of a split."""

MANIFEST = Path(__file__).parent.parent / "assets" / "trashnet_splits.csv"
"""The five splits: path, SHA-256 and parts of every picture."""


@dataclass(frozen=True)
class Splits:
    """A data set ready to use.

    Attributes:
        name: of the split, for reports: "42", "paper", "seed 7", "own folders", "own folders (val:
            seed 7)".
        class_names: in the order of the labels.
        train, val, test: the parts.
        skipped: (path, reason) of the files that are in no part. Pictures whose content turns out
            to be unreadable are found only when they are decoded, see `cache`.
        drawn: the `--split` by which the parts were drawn; "" where the data bring all of them.
    """

    name: str
    class_names: tuple[str, ...]
    train: PictureSet
    val: PictureSet
    test: PictureSet
    skipped: tuple[tuple[str, str], ...] = ()
    drawn: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of the manifest: TrashNet's picture `path`, and its part by published seed."""

    path: str
    sha256: str
    parts: dict[str, str]


@cache
def manifest() -> dict[str, Entry]:
    """Every picture of TrashNet by its path `class/name.jpg`.

    A part is "train", "val", "test" or "excluded"; the last for the six pictures (three identical
    pairs) that TrashNet has under two labels.
    """
    letters = {"t": "train", "v": "val", "s": "test", "x": "excluded"}
    with MANIFEST.open(newline="", encoding="utf-8") as file:
        return {
            line["path"]: Entry(
                line["path"], line["sha256"], {seed: letters[line[seed]] for seed in PUBLISHED}
            )
            for line in csv.DictReader(file)
        }


def published(seed: str) -> dict[str, str]:
    """The published 70/15/15 split of a seed in `PUBLISHED`: path -> part (see `manifest`).

    Example:
        >>> parts = list(published("42").values())
        >>> [parts.count(part) for part in (*PARTS, "excluded")]
        [1764, 378, 379, 6]
    """
    return {path: entry.parts[str(seed)] for path, entry in manifest().items()}


def stratified(
    keys: Sequence[str],
    labels: Sequence[int],
    seed: int | str,
    percent: tuple[int, int, int] = (70, 15, 15),
) -> list[str]:
    """Split every class by itself, the same way on every machine.

    Within a class the pictures are ordered by the SHA-256 of seed and key, and cut: so a picture
    more or less moves at most one other across each cut, and no random generator is involved.

    Args:
        keys: one text per picture.
        labels: its class.
        seed: any number or text.
        percent: for train, val and test. A part with a percentage gets at least one picture of
            every class that has enough of them; 0 leaves the part empty.

    Returns:
        The part of every picture: "train", "val" or "test".

    Example:
        >>> parts = stratified([f"can{i}.jpg" for i in range(20)], labels=[0] * 20, seed=7)
        >>> [parts.count(part) for part in PARTS]
        [14, 3, 3]
    """
    order = [
        hashlib.sha256(
            f"{seed}\0{unicodedata.normalize('NFC', key)}".encode(errors="replace")
        ).digest()
        for key in keys
    ]
    parts = ["train"] * len(keys)
    by_label: dict[int, list[int]] = {}
    for index, label in enumerate(labels):
        by_label.setdefault(int(label), []).append(index)
    for members in by_label.values():
        members.sort(key=lambda index: order[index])
        count = len(members)
        room = count - 1 if percent[0] else count  # one to learn from
        test = min(_share(count, percent[2]), max(room - bool(percent[1]), min(room, 1)))
        val = min(_share(count, percent[1]), room - test)
        for index in members[:test]:
            parts[index] = "test"
        for index in members[test : test + val]:
            parts[index] = "val"
    return parts


def _share(count: int, percent: int) -> int:
    """`percent` of `count` rounded half up in integers, at least 1 unless percent is 0."""
    return max(1, (count * percent + 50) // 100) if percent else 0


def select(pictures: PictureSet, parts: Sequence[str], part: str) -> PictureSet:
    """The pictures whose entry in `parts` is `part`, in their order."""
    chosen = np.flatnonzero(np.asarray(parts) == part)
    return PictureSet(pictures.class_names, tuple(pictures.pictures[i] for i in chosen))
