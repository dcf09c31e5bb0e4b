"""`--data` and `--split` of every command -> train, val and test pictures."""

from __future__ import annotations

import os
import re
import sys

from rcnet_tf import quiet
from rcnet_tf.data import folder, sources, splits, trashnet, twins
from rcnet_tf.data.published import MAIN
from rcnet_tf.errors import UserError


def load(data: str | os.PathLike = "trashnet", split: str | int = MAIN) -> splits.Splits:
    """Find the pictures of a data set and split them. No picture is decoded yet.

    Files left out and pictures that occur twice are counted on stderr.

    Args:
        data: "trashnet" (the zip or folder that the variable RCNET_TF_TRASHNET names, else
            downloaded), a folder of class folders, or a zip of one. Files that are TrashNet's are
            recognised, wherever they lie.
        split: for TrashNet one of the seeds "42", "123", "777", "2026", "3407", or
            "paper" (70/30, val = test); for other pictures a number, the seed of a stratified
            70/15/15 split, or two percentages such as "95/5", for training and for both val and
            test. Data with train, val and test folders of its own keeps these; without one for
            val, 15 % of train or the percentage asked for are held out.

    Raises:
        UserError: nothing there, not a data set, or no such split.

    Example:
        >>> from rcnet_tf import shipped_pictures
        >>> parts = load(shipped_pictures.ASSETS / "demo")  # a folder of class folders
        >>> len(parts.train), len(parts.val), len(parts.test)
        (36, 12, 12)
    """
    split = str(split)
    if str(data) == "trashnet":
        named = os.environ.get(trashnet.VARIABLE)
        if named and not os.path.exists(named):
            raise UserError(
                f"{trashnet.VARIABLE} names {named}, where nothing is; expected TrashNet's "
                "dataset-resized.zip, or no such variable"
            )
        return trashnet.read(named or _download(), split)
    source = sources.open_source(data)
    tree = folder.read_tree(source)
    if tree.skipped:
        skipped = [f"{path} ({reason})" for path, reason in tree.skipped]
        _say(source.name, "files skipped", skipped)
    if trashnet.recognise(tree):
        return trashnet.split(tree, split, source.name)
    result = _seeded(tree, split) if "all" in tree.parts else _own_parts(tree, split, source.name)
    _warn_of_twins(result, source.name)
    return result


def _download() -> str:
    with quiet.loading():
        from rcnet_tf.data import trashnet_tfds  # imports tensorflow-datasets

    return trashnet_tfds.download()


def _seeded(tree: folder.Tree, split: str) -> splits.Splits:
    if shares := _shares(split):
        return _two_parts(tree, *shares)
    train, val, test = _stratified(tree.parts["all"], split, (70, 15, 15))
    return splits.Splits(
        f"seed {split}", tree.class_names, train, val, test, tree.skipped, drawn=split
    )


def _shares(split: str) -> tuple[int, int] | None:
    """Percentages for training and validation, where a split is two."""
    found = re.fullmatch(r"(\d+)/(\d+)", split)
    if not found:
        return None
    train, val = map(int, found.groups())
    if train + val != 100 or not train or not val:
        raise UserError(f"split {split!r}: expected two percentages above 0 that make 100")
    return train, val


def _two_parts(tree: folder.Tree, train: int, val: int) -> splits.Splits:
    """For pre-training, where validation only shows that it went well: more to train on."""
    name = f"{train}/{val}"
    one, _, other = _stratified(tree.parts["all"], MAIN, (train, 0, val))
    return splits.Splits(name, tree.class_names, one, other, other, tree.skipped, drawn=name)


def _own_parts(tree: folder.Tree, split: str, where: str) -> splits.Splits:
    train, val, test = tree.parts["train"], tree.parts.get("val"), tree.parts.get("test")
    name, drawn, shares = "own folders", "", _shares(split)
    if val is None:
        kept, held = shares or (85, 15)
        seed = MAIN if shares else split
        name, drawn = f"own folders (val: {'' if shares else 'seed '}{split})", split
        # Choosing the best epoch on the test pictures would flatter the result.
        print(f"{where} has no val folder: {held} % of train are held out for it", file=sys.stderr)
        train, val, _ = _stratified(train, seed, (kept, held, 0))
    if test is None:
        print(f"{where} has no test folder: val stands in for it", file=sys.stderr)
        test = val
    return splits.Splits(name, tree.class_names, train, val, test, tree.skipped, drawn=drawn)


def _stratified(
    pictures: sources.PictureSet, split: str, percent: tuple[int, int, int]
) -> list[sources.PictureSet]:
    try:
        seed = int(split)
    except ValueError:
        raise UserError(
            f"split {split!r}: expected a number, the seed of a random split, or percentages such "
            "as 95/5 (named splits exist for TrashNet only)"
        ) from None
    keys = [picture.key for picture in pictures.pictures]
    parts = splits.stratified(keys, pictures.labels.tolist(), seed, percent)
    return [splits.select(pictures, parts, part) for part in splits.PARTS]


def _warn_of_twins(result: splits.Splits, where: str) -> None:
    part_of: dict[sources.Picture, str] = {}
    for part in splits.PARTS:
        for picture in getattr(result, part).pictures:
            part_of.setdefault(picture, part)
    groups = twins.twins(part_of)
    torn, leaked = [], []
    for group in groups:
        names = " = ".join(picture.path for picture in group)
        if len({picture.label for picture in group}) > 1:
            torn.append(names)
        elif len({part_of[picture] for picture in group}) > 1:
            leaked.append(names)
    if torn:
        _say(where, "pictures under more than one label", torn)
    if leaked:
        _say(where, "pictures in more than one of train, val and test", leaked)


def _say(where: str, what: str, names: list[str]) -> None:
    print(f"{where}: {what}: {len(names)}: {sources.listed(names)}", file=sys.stderr)
