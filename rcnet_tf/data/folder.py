"""A tree of class folders -> pictures with labels."""

from __future__ import annotations

from dataclasses import dataclass

from rcnet_tf.data.decode import UnreadablePicture, looks_like_picture
from rcnet_tf.data.sources import Picture, PictureSet, Source
from rcnet_tf.errors import UserError

EXTENSIONS = frozenset(
    ".jpg .jpeg .jpe .jfif .mpo .png .apng .gif .bmp .dib .tif .tiff .webp .avif "
    ".ppm .pgm .pbm .pnm .jp2 .j2k".split()
)
MIN_PER_CLASS = 3

_PART_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True)
class Tree:
    """What a source holds.

    Attributes:
        parts: the pictures by part for a tree of train/val/test folders, else under "all".
        skipped: (path, reason) of every other file that is not quietly ignored.
    """

    class_names: tuple[str, ...]
    parts: dict[str, PictureSet]
    skipped: tuple[tuple[str, str], ...]


def read_tree(source: Source) -> Tree:
    """Find the class folders in a source.

    Accepted are `class/**/picture`, `part/class/**/picture` with parts named train, val and test
    (or validation, testing, ...), and either of these inside one wrapping folder. Class names are
    the sorted folder names. Only file names are looked at; for a file without a known extension,
    also its first bytes.

    Raises:
        UserError: no pictures, fewer than two classes, or a class with fewer than three pictures.
    """
    skipped = list(source.refused)
    pictures = []
    for path in source.paths:
        reason = _why_not_a_picture(source, path)
        if reason:
            skipped.append((path, reason))
        else:
            pictures.append(path)
    if not pictures:
        raise UserError(f"no pictures in {source.name}; expected one folder of pictures per class")
    depth = _wrapping_folders(pictures)
    split_path = {path: path.split("/")[depth:] for path in pictures}

    first = {parts[0].lower() for parts in split_path.values() if len(parts) > 1}
    own_parts = "train" in {_PART_FOLDERS.get(name) for name in first} and all(
        name in _PART_FOLDERS for name in first
    )
    if own_parts and not any(len(parts) > 2 for parts in split_path.values()):
        own_parts = False
    found: dict[str, list[tuple[str, str, str]]] = {}
    for path, parts in split_path.items():
        part = "all"
        if own_parts:
            part = _PART_FOLDERS.get(parts[0].lower(), "all")
            parts = parts[1:]
        if len(parts) < 2:
            skipped.append((path, "outside the class folders"))
        else:
            found.setdefault(part, []).append(("/".join(parts), parts[0], path))
    class_names = tuple(sorted({name for items in found.values() for _, name, _ in items}))
    _check(source, found, class_names)
    label = {name: index for index, name in enumerate(class_names)}
    return Tree(
        class_names,
        {
            part: PictureSet(
                class_names,
                tuple(Picture(key, label[name], source, path) for key, name, path in sorted(items)),
            )
            for part, items in found.items()
        },
        tuple(sorted(skipped)),
    )


def _why_not_a_picture(source: Source, path: str) -> str | None:
    name = path.rsplit("/", 1)[-1].lower()
    extension = f".{name.rsplit('.', 1)[1]}" if "." in name else ""
    if extension in EXTENSIONS:
        return None
    if extension in (".heic", ".heif"):
        return "HEIC, which is not supported; convert it to JPEG"
    try:
        return None if looks_like_picture(source.read(path, limit=16)) else "not a picture"
    except UnreadablePicture as error:
        return str(error)


def _wrapping_folders(paths: list[str]) -> int:
    """How many leading folders all paths share without which there are still class folders."""
    split = [path.split("/") for path in paths]
    depth = 0
    while len({parts[depth] for parts in split}) == 1 and all(
        len(parts) > depth + 2 for parts in split
    ):
        depth += 1
    return depth


def _check(source: Source, found: dict, class_names: tuple[str, ...]) -> None:
    if len(class_names) < 2:
        one = f"one class ({class_names[0]})" if class_names else "no class folders"
        raise UserError(
            f"{source.name} has {one}; expected at least two folders of pictures, one per class"
        )
    for part, items in found.items():
        count = dict.fromkeys(class_names, 0)
        for _, name, _ in items:
            count[name] += 1
        least = MIN_PER_CLASS if part == "all" else 1
        few = [name for name in class_names if count[name] < least]
        if few:
            where = "" if part == "all" else f" in its {part} folder"
            raise UserError(
                f"class {few[0]} of {source.name} has {count[few[0]]} pictures{where}; expected "
                f"at least {least}: add pictures or remove the class folder"
            )
