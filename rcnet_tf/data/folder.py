"""A tree of class folders -> pictures with labels."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from rcnet_tf.data.decode import UnreadablePicture, looks_like_picture
from rcnet_tf.data.sources import Picture, PictureSet, Source
from rcnet_tf.errors import UserError

EXTENSIONS = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".jp2", ".j2k", ".png", ".apng", ".gif"),
        *(".bmp", ".dib", ".tif", ".tiff", ".webp", ".avif", ".ppm", ".pgm", ".pbm", ".pnm"),
    }
)
MIN_PER_CLASS = 3

_PART_OF_FOLDER = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}


@dataclass(frozen=True)
class Tree:
    """What a source holds.

    Attributes:
        class_names: the sorted names of the class folders.
        parts: the pictures by part, for a tree of train/val/test folders; else all under "all".
        skipped: (path, reason) of every other file that is not quietly ignored.
    """

    class_names: tuple[str, ...]
    parts: dict[str, PictureSet]
    skipped: tuple[tuple[str, str], ...]


def read_tree(source: Source) -> Tree:
    """Find the class folders in a source.

    Accepted are `class/**/picture`, `part/class/**/picture` with parts named train, val and test
    (or validation, testing, ...), and either of these inside wrapping folders. Only names are
    looked at; of a file without a known extension, also the first bytes.

    Raises:
        UserError: no pictures, fewer than two classes, or a class with fewer than three pictures
            (two in a train folder without val, one in other parts).
    """
    skipped = list(source.refused)
    paths = []
    for path in source.paths:
        if reason := why_not_a_picture(source, path):
            skipped.append((path, reason))
        else:
            paths.append(path)
    if not paths:
        raise UserError(f"no pictures in {source.name}; expected one folder of pictures per class")

    top = _wrapping_folder(paths)
    skipped += [
        (f"{folder}/", f"a folder without pictures; the classes are the folders in {top}")
        for folder in _passed_by(source, top)
    ]
    part_folders = _part_folders(paths, top)
    found: dict[str, list[tuple[str, str, str]]] = {}
    for path in paths:
        folder, part = next(
            ((f, p) for f, p in (part_folders or {top: "all"}).items() if path.startswith(f)),
            (path, ""),
        )
        key = path[len(folder) :]
        if "/" in key:
            found.setdefault(part, []).append((key, key.split("/")[0], path))
        else:
            skipped.append((path, "outside the class folders"))

    class_names = _class_names(source, list(part_folders or [top]))
    _check(source, found, class_names)
    label = {name: index for index, name in enumerate(class_names)}
    parts = {
        part: PictureSet(
            class_names,
            tuple(Picture(key, label[name], source, path) for key, name, path in sorted(items)),
        )
        for part, items in found.items()
    }
    return Tree(class_names, parts, tuple(sorted(skipped)))


NOT_A_PICTURE = "not a picture"


def why_not_a_picture(source: Source, path: str) -> str | None:
    """By its extension, else by its first bytes: None, `NOT_A_PICTURE`, or what is wrong."""
    name = path.rsplit("/", 1)[-1].lower()
    extension = f".{name.rsplit('.', 1)[1]}" if "." in name else ""
    if extension in EXTENSIONS:
        return None
    if extension in (".heic", ".heif"):
        return "HEIC, which is not supported; convert it to JPEG"
    try:
        return None if looks_like_picture(source.read(path, limit=16)) else NOT_A_PICTURE
    except UnreadablePicture as error:
        return str(error)


def _folders_in(paths: list[str], folder: str) -> set[str]:
    """Folders directly in `folder` (itself "" or ending in /) with pictures somewhere below."""
    inside = [path[len(folder) :] for path in paths if path.startswith(folder)]
    return {f"{folder}{rest.split('/')[0]}/" for rest in inside if "/" in rest}


def _wrapping_folder(paths: list[str]) -> str:
    """The folder, "" or ending in /, in which the class or part folders lie."""
    top = ""
    while len(inside := _folders_in(paths, top)) == 1:
        only = inside.pop()
        if not _folders_in(paths, only):
            break
        top = only
    return top


def _passed_by(source: Source, top: str) -> list[str]:
    """Folders beside `top` and those that it lies in. One may be a class whose pictures are not
    there, or cannot be read, where `top` is another class with folders of its own.
    """
    names = top.split("/")[:-1]
    levels = {"".join(f"{name}/" for name in names[:depth]) for depth in range(len(names))}
    return [
        folder
        for folder in source.folders
        if folder[: folder.rfind("/") + 1] in levels and not top.startswith(f"{folder}/")
    ]


def _part_folders(paths: list[str], top: str) -> dict[str, str]:
    """Folder -> part where the tree brings its own parts; empty where it does not."""
    parts = {
        folder: _PART_OF_FOLDER.get(folder[len(top) : -1].lower(), "")
        for folder in _folders_in(paths, top)
    }
    own = "train" in parts.values() and "" not in parts.values()
    if not own or len(parts) < 2 or not all(_folders_in(paths, folder) for folder in parts):
        return {}
    if len(set(parts.values())) < len(parts):
        raise UserError(f"two folders for one part: {', '.join(sorted(parts))}; keep one of each")
    return parts


def _class_names(source: Source, tops: list[str]) -> tuple[str, ...]:
    """Sorted names of all folders directly in `tops`, empty ones included."""
    return tuple(
        sorted(
            {
                folder[len(top) :]
                for top in tops
                for folder in source.folders
                if folder.startswith(top) and "/" not in folder[len(top) :]
            }
        )
    )


def _check(source: Source, found: dict, class_names: tuple[str, ...]) -> None:
    if len(class_names) < 2:
        one = f"one class ({class_names[0]})" if class_names else "no class folders"
        raise UserError(
            f"{source.name} has {one}; expected at least two folders of pictures, one per class"
        )
    if bad := [name for name in class_names if not _is_text(name)]:
        raise UserError(
            f"a class folder in {source.name} is called {bad[0]!r}; expected printable "
            "characters in UTF-8, since models carry the name: rename the folder"
        )
    for part, items in found.items():
        count = dict.fromkeys(class_names, 0)
        for _, name, _ in items:
            count[name] += 1
        carved = part == "train" and "val" not in found  # val is taken out of it
        least = MIN_PER_CLASS if part == "all" else 2 if carved else 1
        few = [name for name in class_names if count[name] < least]
        if few:
            where = "" if part == "all" else f", {part} folder"
            raise UserError(
                f"pictures of class {few[0]} in {source.name}{where}: {count[few[0]]}; expected at "
                f"least {least}: add pictures or remove the class folder"
            )


def _is_text(name: str) -> bool:
    """Whether a name is made of characters, none of which ends or controls a line."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in name)
