"""Where pictures lie: a folder or a zip file, read the same way and never written to."""

from __future__ import annotations

import os
import stat
import threading
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Protocol

import numpy as np

from rcnet_tf.data.decode import UnreadablePicture
from rcnet_tf.errors import UserError

MAX_FILE_BYTES = 512 * 2**20
"""Larger files are not read into memory."""

# What operating systems leave in folders; hidden files are passed over as well.
_JUNK = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"} | {
    "__macosx",
    "@eadir",
    "$recycle.bin",
    "system volume information",
}


class Source(Protocol):
    """A tree of files. Paths are relative, with `/` on every platform.

    Attributes:
        name: where it is, for messages.
        paths: every regular file but hidden files and the operating systems' own, sorted.
        refused: (path, reason) of entries that are never read.
        folders: every folder, empty ones too, sorted.
    """

    name: str
    paths: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    folders: tuple[str, ...]

    def read(self, path: str, limit: int | None = None) -> bytes:
        """The file's content, or its first `limit` bytes; raises `UnreadablePicture`."""

    def size(self, path: str) -> int:
        """Bytes."""

    def checksum(self, path: str) -> int:
        """A checksum that is known without reading, equal for equal contents; 0 where none is."""

    def identity(self, path: str) -> str:
        """Text that changes when the file's content changes."""


@dataclass(frozen=True)
class Picture:
    """One picture file and its class.

    Attributes:
        key: `class/name`, the same for a folder and for a zip of it.
        label: index into the set's `class_names`.
        source: where the file lies.
        path: the file's path there.
        sha256: the content the file must have, where a manifest says so.
    """

    key: str
    label: int
    source: Source = field(repr=False, compare=False)
    path: str
    sha256: str | None = None

    def read(self) -> bytes:
        """The file's content; raises `UnreadablePicture`."""
        return self.source.read(self.path)


@dataclass(frozen=True)
class PictureSet:
    """Pictures and the names of their classes, of which `Picture.label` is the index."""

    class_names: tuple[str, ...]
    pictures: tuple[Picture, ...]

    def __len__(self) -> int:
        return len(self.pictures)

    @cached_property
    def labels(self) -> np.ndarray:
        """int32 (N,)."""
        return np.array([picture.label for picture in self.pictures], np.int32)


def listed(names: Iterable[str], limit: int = 3) -> str:
    """The first few of some names, in order and safe to print, for a message."""
    names = sorted(names)
    shown = ", ".join(names[:limit]) + (", ..." if len(names) > limit else "")
    # File names can hold anything, also what moves a terminal's cursor.
    return "".join(letter if letter.isprintable() else "?" for letter in shown)


def open_source(path: str | os.PathLike) -> Source:
    """A folder or zip file as a `Source`; raises `UserError` where it is neither.

    Example:
        >>> from rcnet_tf import shipped_pictures
        >>> source = open_source(shipped_pictures.ASSETS / "demo")
        >>> len(source.paths), source.folders[0]
        (60, 'cardboard')
    """
    if not os.fspath(path):
        raise UserError("no pictures named: an empty path; expected a folder or a zip")
    path = Path(os.path.expanduser(path))  # Path's own fails where there is no such user
    # Not Path.is_dir, which raises where a folder above is not readable.
    if os.path.isdir(path):
        return FolderSource(path)
    if os.path.isfile(path):
        return ZipSource(path)
    raise UserError(
        f"no such folder or file: {path}; expected a folder of class folders, a zip of one, "
        "or the word trashnet"
    )


class FolderSource(Source):
    """The files below a folder, links followed."""

    def __init__(self, root: str | os.PathLike):
        self.name = str(root)
        self._root = os.path.realpath(root)
        self._stats: dict[str, os.stat_result] = {}
        self._folders: list[str] = []
        refused: list[tuple[str, str]] = []
        self._walk("", (), refused)
        self.paths = tuple(sorted(self._stats))
        self.folders = tuple(sorted(self._folders))
        self.refused = tuple(sorted(refused))

    def _walk(self, folder: str, above: tuple, refused: list[tuple[str, str]]) -> None:
        absolute = Path(self._root, folder)
        try:
            status = absolute.stat()
            with os.scandir(absolute) as scan:
                entries = list(scan)
        except OSError as error:
            if not folder:
                raise UserError(f"cannot read {self.name}: {error.strerror}") from None
            refused.append((folder, f"cannot be read: {error.strerror}"))
            return
        if (status.st_dev, status.st_ino) in above:
            refused.append((folder, "a link to a folder above it"))
            return
        above = (*above, (status.st_dev, status.st_ino))
        if folder:
            self._folders.append(folder)
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if _is_junk(path):
                continue
            try:
                status = entry.stat()
            except OSError as error:
                refused.append((path, f"cannot be read: {error.strerror}"))
                continue
            if stat.S_ISDIR(status.st_mode):
                self._walk(path, above, refused)
            elif stat.S_ISREG(status.st_mode):
                self._stats[path] = status
            else:
                refused.append((path, "not a regular file"))

    def read(self, path: str, limit: int | None = None) -> bytes:
        try:
            with Path(self._root, path).open("rb") as file:
                if limit is None and os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
                    raise UnreadablePicture(f"larger than {MAX_FILE_BYTES >> 20} MiB")
                return file.read() if limit is None else file.read(limit)
        except OSError as error:
            raise UnreadablePicture(f"cannot be read: {error.strerror}") from None

    def size(self, path: str) -> int:
        return self._stats[path].st_size

    def checksum(self, path: str) -> int:
        return 0

    def identity(self, path: str) -> str:
        status = self._stats[path]
        return f"{self._root}/{path} {status.st_size} {status.st_mtime_ns}"


class ZipSource(Source):
    """The members of a zip file, read in memory: nothing is ever extracted."""

    def __init__(self, file: str | os.PathLike):
        self.name = str(file)
        self._lock = threading.Lock()
        try:
            self._zip = zipfile.ZipFile(file)
        except Exception as error:  # BadZipFile, OSError, struct.error, ... for damaged files
            raise UserError(
                f"cannot read {file} as a zip file ({error}); expected a folder of class folders "
                "or a zip of one: download or make it again"
            ) from error
        self._members: dict[str, zipfile.ZipInfo] = {}
        folders: set[str] = set()
        refused = []
        for member in self._zip.infolist():
            path = "/".join(part for part in member.filename.split("/") if part not in ("", "."))
            if _is_junk(path):
                continue
            if reason := _why_refused(member):
                refused.append((path, reason))
                continue
            if not path:  # "./", the folder that was packed
                continue
            parents = [str(parent) for parent in PurePosixPath(path).parents][:-1]
            folders.update(parents)
            if member.is_dir():
                folders.add(path)
            elif path in self._members:
                refused.append((path, "a second file of this name in the zip"))
            else:
                self._members[path] = member
        self.paths = tuple(sorted(self._members))
        self.folders = tuple(sorted(folders))
        self.refused = tuple(sorted(refused))

    def read(self, path: str, limit: int | None = None) -> bytes:
        member = self._members[path]
        if limit is None and member.file_size > MAX_FILE_BYTES:
            raise UnreadablePicture(f"larger than {MAX_FILE_BYTES >> 20} MiB")
        try:
            # zipfile counts its open members without a lock; ours makes reading thread-safe.
            with self._lock, self._zip.open(member) as file:
                return file.read() if limit is None else file.read(limit)
        except Exception as error:  # zlib.error, BadZipFile, RuntimeError for a password, ...
            text = " ".join(str(error).split())
            raise UnreadablePicture(f"damaged in the zip: {text}") from error

    def size(self, path: str) -> int:
        return self._members[path].file_size

    def checksum(self, path: str) -> int:
        return self._members[path].CRC

    def identity(self, path: str) -> str:
        member = self._members[path]
        return f"{path} {member.file_size} {member.CRC:08x}"


def _is_junk(path: str) -> bool:
    return any(
        part in _JUNK or (part.startswith(".") and part != "..") for part in path.lower().split("/")
    )


def _why_refused(member: zipfile.ZipInfo) -> str | None:
    path = member.filename
    parts = path.split("/")
    if PurePosixPath(path).is_absolute() or ".." in parts or "\\" in path or ":" in parts[0]:
        return "an unsafe name: absolute or pointing outside"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link inside a zip"
    return None
