"""`--data` and `--split` of every command -> train, val and test pictures."""

from __future__ import annotations

import os
import sys

from rcnet_tf.data import folder, sources, splits, trashnet
from rcnet_tf.data.sources import PictureSet
from rcnet_tf.errors import UserError

TRASHNET_VARIABLE = "RCNET_TF_TRASHNET"


def load(data: str | os.PathLike = "trashnet", split: str = "42") -> splits.Splits:
    """Find the pictures of a data set and split them. No picture is decoded yet.

    Args:
        data: "trashnet" (the file or folder that the variable RCNET_TF_TRASHNET names, else
            downloaded), a folder of class folders, or a zip of one. Files that are TrashNet's are
            recognised, wherever they lie.
        split: for TrashNet one of the published seeds "42", "123", "777", "2026", "3407", or
            "paper" (70/30, val = test); for other pictures a number, the seed of a stratified
            70/15/15 split. A folder with train/, val/ and test/ keeps these.

    Raises:
        UserError: nothing there, not a data set, or no such split.
    """
    split = str(split)
    if str(data) == "trashnet":
        data = _trashnet()
    source = sources.open_source(data)
    tree = folder.read_tree(source)
    if "all" not in tree.parts:
        result = _own_parts(tree, split)
    elif trashnet.recognise(tree.parts["all"]):
        result = trashnet.split(tree.parts["all"], split, source.name)
        return _with_skipped(result, tree.skipped)
    else:
        result = _seeded(tree, split)
    if result.skipped:
        print(f"{source.name}: skipped {_listed(result.skipped)}", file=sys.stderr)
    return result


def _trashnet() -> str:
    if path := os.environ.get(TRASHNET_VARIABLE):
        return path
    raise UserError("no TrashNet; pass --data path/to/dataset-resized.zip")


def _seeded(tree: folder.Tree, split: str) -> splits.Splits:
    pictures = tree.parts["all"]
    parts = splits.stratified([p.key for p in pictures.pictures], pictures.labels, _seed(split))
    train, val, test = (splits.select(pictures, parts, part) for part in splits.PARTS)
    return splits.Splits(f"seed {split}", tree.class_names, train, val, test, tree.skipped)


def _own_parts(tree: folder.Tree, split: str) -> splits.Splits:
    train, val, test = (tree.parts.get(part) for part in splits.PARTS)
    if val is None:
        # Choosing the epoch on the test pictures would flatter the result.
        parts = splits.stratified(
            [p.key for p in train.pictures], train.labels, _seed(split), (85, 15, 0)
        )
        train, val = (splits.select(train, parts, part) for part in ("train", "val"))
    test = val if test is None else test
    return splits.Splits("own folders", tree.class_names, train, val, test, tree.skipped)


def _seed(split: str) -> int:
    try:
        return int(split)
    except ValueError:
        raise UserError(
            f"split {split!r}: expected a number, the seed of the 70/15/15 split "
            "(named splits exist for TrashNet only)"
        ) from None


def _with_skipped(result: splits.Splits, more: tuple) -> splits.Splits:
    return splits.Splits(
        result.name, result.class_names, result.train, result.val, result.test,
        tuple(sorted((*result.skipped, *more))),
    )


def _listed(skipped: tuple[tuple[str, str], ...], limit: int = 3) -> str:
    shown = "; ".join(f"{path} ({reason})" for path, reason in skipped[:limit])
    more = "; ..." if len(skipped) > limit else ""
    return f"{len(skipped)} file{'s' * (len(skipped) != 1)}: {shown}{more}"
