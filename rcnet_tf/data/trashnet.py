"""TrashNet (Yang and Thung, 2016): recognised, verified and split as published.

2527 pictures of 512 x 384 in six classes. Three identical pairs carry two labels
(glass115 = metal91, glass176 = plastic152, glass389 = plastic332) and are in no part.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os

from rcnet_tf.data import folder, sources, splits
from rcnet_tf.data.decode import UnreadablePicture
from rcnet_tf.data.published import MAIN, PUBLISHED
from rcnet_tf.data.sources import Picture, PictureSet
from rcnet_tf.errors import UserError
from rcnet_tf.labels import TRASHNET as CLASS_NAMES

SPLIT_NAMES = (*PUBLISHED, "paper")
DOWNLOAD = "https://huggingface.co/datasets/garythung/trashnet/resolve/main/dataset-resized.zip"
VARIABLE = "RCNET_TF_TRASHNET"
"""Environment variable: a local dataset-resized.zip, or the folder extracted from it."""

# The paper's authors did not publish their 70/30 split. This seed stands for it, so that it is at
# least always the same one.
PAPER_SEED = "paper"


def recognise(tree: folder.Tree) -> bool:
    """Whether these are TrashNet's: its six classes and at least half of its file names."""
    if tree.class_names != CLASS_NAMES or "all" not in tree.parts:
        return False
    names = splits.manifest()
    return 2 * sum(p.key in names for p in tree.parts["all"].pictures) >= len(names)


def read(path: str | os.PathLike, name: str) -> splits.Splits:
    """Open a local TrashNet, a folder or zip, and split it: see `split`."""
    source = sources.open_source(path)
    tree = folder.read_tree(source)
    if not recognise(tree):
        raise UserError(f"{path} is not TrashNet; get dataset-resized.zip from {DOWNLOAD}")
    return split(tree, name, source.name)


def is_split(parts: splits.Splits) -> bool:
    """Whether pictures, as `load.load` has split them, are TrashNet's, wherever they lie."""
    return parts.name in SPLIT_NAMES


def split(tree: folder.Tree, name: str, where: str) -> splits.Splits:
    """Split TrashNet as published.

    Contents are not read here: every picture carries the SHA-256 it must have, and who decodes it
    compares (`altered`).

    Args:
        tree: the whole of TrashNet.
        name: a published seed, or "paper": 70 % for training and the same 30 % as val and test.
        where: the folder or zip, for messages.

    Raises:
        UserError: no such split; files are missing, or there are others as well.
    """
    if name not in SPLIT_NAMES:
        raise UserError(f"no split {name!r} of TrashNet; expected one of {', '.join(SPLIT_NAMES)}")
    names = splits.manifest()
    pictures = tree.parts["all"].pictures
    present = {picture.key for picture in pictures}
    complain(where, "files missing", names.keys() - present)
    complain(where, "files that are not part of it", present - names.keys())

    part_of = published_or_paper(name)
    whole = PictureSet(
        CLASS_NAMES,
        tuple(dataclasses.replace(p, sha256=names[p.key].sha256) for p in pictures),
    )
    parts = [part_of[picture.key] for picture in pictures]
    train, val, test = (splits.select(whole, parts, part) for part in splits.PARTS)
    conflicts = [key for key, part in part_of.items() if part == "excluded"]
    skipped = [*tree.skipped, *((key, "the same picture under two labels") for key in conflicts)]
    return splits.Splits(
        name,
        CLASS_NAMES,
        train,
        val,
        val if name == "paper" else test,
        tuple(sorted(skipped)),
        drawn=name,
    )


def published_or_paper(name: str) -> dict[str, str]:
    """Path -> part for a name in `SPLIT_NAMES`; the paper's split has no part "test"."""
    if name != "paper":
        return splits.published(name)
    excluded = {key: part for key, part in splits.published(MAIN).items() if part == "excluded"}
    kept = [key for key in splits.manifest() if key not in excluded]
    labels = [CLASS_NAMES.index(key.split("/")[0]) for key in kept]
    drawn = splits.stratified(kept, labels, PAPER_SEED, (70, 30, 0))
    return {**dict(zip(kept, drawn, strict=True)), **excluded}


def altered(picture: Picture, content: bytes) -> bool:
    """Whether a picture's content differs from the one its manifest promises, if it has one."""
    return picture.sha256 is not None and hashlib.sha256(content).hexdigest() != picture.sha256


def verify(pictures: PictureSet, where: str) -> None:
    """Read every picture and compare it with its manifest; raises `UserError` naming the wrong."""

    def wrong(picture: Picture) -> bool:
        try:
            return altered(picture, picture.read())
        except UnreadablePicture:
            return True

    complain(where, "files with other contents", {p.key for p in pictures.pictures if wrong(p)})


def complain(where: str, what: str, keys: set[str]) -> None:
    """Raise `UserError` if there are any wrong files."""
    if keys:
        raise UserError(
            f"{where} looks like TrashNet, but there are {what}: {len(keys)} "
            f"({sources.listed(keys)}); get it again from {DOWNLOAD}, or, for pictures of your "
            "own, sort them into train, val and test folders of class folders"
        )
