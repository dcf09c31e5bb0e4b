"""`--data` and `--split` of every command -> train, val and test pictures."""

from __future__ import annotations

import os
import sys

from rcnet_tf.data import folder, sources, splits, trashnet, twins
from rcnet_tf.errors import UserError


def load(data: str | os.PathLike = "trashnet", split: str | int = "42") -> splits.Splits:
    """Find the pictures of a data set and split them. No picture is decoded yet.

    Files left out and pictures that occur twice are counted on stderr.

    Args:
        data: "trashnet" (the zip or folder that the variable RCNET_TF_TRASHNET names, else
            downloaded), a folder of class folders, or a zip of one. Files that are TrashNet's are
            recognised, wherever they lie.
        split: for TrashNet one of the published seeds "42", "123", "777", "2026", "3407", or
            "paper" (70/30, val = test); for other pictures a number, the seed of a stratified
            70/15/15 split. Data with train, val and test folders of its own keeps these.

    Raises:
        UserError: nothing there, not a data set, or no such split.
    """
    split = str(split)
    if str(data) == "trashnet":
        data = os.environ.get(trashnet.VARIABLE) or _download()
    source = sources.open_source(data)
    tree = folder.read_tree(source)
    if tree.skipped:
        _say(source.name, f"{len(tree.skipped)} files skipped", map(_with_reason, tree.skipped))
    if trashnet.recognise(tree):
        return trashnet.split(tree, split, source.name)
    result = _seeded(tree, split) if "all" in tree.parts else _own_parts(tree, split, source.name)
    _warn_of_twins(result, source.name)
    return result


def _download() -> str:
    from rcnet_tf.data import trashnet_tfds  # imports tensorflow-datasets

    return trashnet_tfds.download()


def _seeded(tree: folder.Tree, split: str) -> splits.Splits:
    parts = _stratified(tree.parts["all"], split, (70, 15, 15))
    return splits.Splits(f"seed {split}", tree.class_names, *parts, tree.skipped)


def _own_parts(tree: folder.Tree, split: str, where: str) -> splits.Splits:
    train, val, test = (tree.parts.get(part) for part in splits.PARTS)
    if val is None:
        # Choosing the best epoch on the test pictures would flatter the result.
        print(f"{where} has no val folder: 15 % of train are held out for it", file=sys.stderr)
        train, val, _ = _stratified(train, split, (85, 15, 0))
    if test is None:
        print(f"{where} has no test folder: val stands in for it", file=sys.stderr)
        test = val
    return splits.Splits("own folders", tree.class_names, train, val, test, tree.skipped)


def _stratified(
    pictures: sources.PictureSet, split: str, percent: tuple[int, int, int]
) -> list[sources.PictureSet]:
    try:
        seed = int(split)
    except ValueError:
        raise UserError(
            f"split {split!r}: expected a number, the seed of a random split "
            "(named splits exist for TrashNet only)"
        ) from None
    keys = [picture.key for picture in pictures.pictures]
    parts = splits.stratified(keys, pictures.labels, seed, percent)
    return [splits.select(pictures, parts, part) for part in splits.PARTS]


def _warn_of_twins(result: splits.Splits, where: str) -> None:
    part_of = {}
    for part in splits.PARTS:
        for picture in getattr(result, part).pictures:
            part_of.setdefault(picture, part)
    groups = twins.twins(part_of)
    named = {id(group): " = ".join(picture.path for picture in group) for group in groups}
    torn = [g for g in groups if len({picture.label for picture in g}) > 1]
    if torn:
        names = [named[id(group)] for group in torn]
        _say(where, f"{len(torn)} pictures are there under two or more labels", names)
    leaks = [g for g in groups if g not in torn and len({part_of[p] for p in g}) > 1]
    if leaks:
        names = [named[id(group)] for group in leaks]
        _say(where, f"{len(leaks)} pictures are in two or more of train, val and test", names)


def _say(where: str, what: str, names) -> None:
    print(f"{where}: {what}: {sources.listed(names)}", file=sys.stderr)


def _with_reason(item: tuple[str, str]) -> str:
    return f"{item[0]} ({item[1]})"
