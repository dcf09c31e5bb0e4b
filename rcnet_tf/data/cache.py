"""Pictures -> one uint8 array of the network's size, decoded once and kept on disk.

A cache entry is a `.npy` file of pixels, memory-mapped when used, and a `.json` file beside it
that says which pictures are not in it and what the CRC-32 of the pixels is. Both appear whole
(renamed into place), the `.json` last; an entry whose parts do not agree is built again. Two
processes that build the same entry write the same bytes.
"""

from __future__ import annotations

import collections
import contextlib
import hashlib
import itertools
import json
import os
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL

from rcnet_tf import cores
from rcnet_tf.data.decode import UnreadablePicture, decode
from rcnet_tf.data.sources import Picture, PictureSet, listed
from rcnet_tf.data.trashnet import altered
from rcnet_tf.errors import UserError
from rcnet_tf.files import atomic_path, atomic_write
from rcnet_tf.preprocess import resize_picture
from rcnet_tf.progress import Progress

VERSION = 1
"""Of the resize rule, the decoder's rules and the entry's layout: raise it when any changes."""

CACHE_VARIABLE = "RCNET_TF_CACHE"
"""Environment variable: the folder of the cache."""

_CHUNK = 32


@dataclass(frozen=True)
class Decoded:
    """Pictures in memory.

    Attributes:
        pixels: uint8 (N, S, S, 3), read-only and possibly memory-mapped.
        labels: int32 (N,).
        keys: of the pictures, (N,).
        skipped: (key, reason) of the pictures that could not be decoded.
    """

    pixels: np.ndarray
    labels: np.ndarray
    keys: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]


def arrays(pictures: PictureSet, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The pictures of a set at the network's size: see `decoded`.

    Returns:
        uint8 (N, size, size, 3), read-only and possibly memory-mapped, and int32 labels (N,).

    Example:
        >>> from rcnet_tf import shipped_pictures
        >>> pixels, labels = arrays(shipped_pictures.demo(), size=64)
        >>> pixels.shape, labels[:3].tolist()
        ((60, 64, 64, 3), [0, 0, 0])
    """
    result = decoded(pictures, size)
    return result.pixels, result.labels


def decoded(pictures: PictureSet, size: int) -> Decoded:
    """Decode and resize every picture, on all cores, or take the result from the cache.

    Unreadable pictures are left out, labels and keys with them; their number and the first of them
    are printed on stderr, each time.

    Args:
        pictures: the set.
        size: side of the square result, in pixels.

    Raises:
        UserError: a picture differs from its manifest, or a class has no readable picture left.
    """
    if not len(pictures):
        raise UserError("no pictures to decode; expected at least one")
    folder = cache_folder()
    name = f"{_key(pictures)}-{size}"
    entry = _read_entry(folder / name, len(pictures), size)
    if entry is None or _readable_again(pictures, entry[1], size):
        entry = _build_entry(pictures, size, folder / name)
    pixels, skipped = entry
    return _finish(pictures, pixels, skipped)


def cache_folder() -> Path:
    """$RCNET_TF_CACHE, or ~/.cache/rcnet_tf."""
    path = os.environ.get(CACHE_VARIABLE)
    return Path(path).expanduser() if path else Path("~/.cache/rcnet_tf").expanduser()


def _key(pictures: PictureSet) -> str:
    """Names the content: order and identity of the files, and the versions of all that decodes."""
    digest = hashlib.sha256(f"{VERSION} Pillow {PIL.__version__}\n".encode())
    for picture in pictures.pictures:
        line = f"{picture.source.identity(picture.path)}\0{picture.sha256}\n"
        digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()[:32]


def _read_entry(path: Path, count: int, size: int) -> tuple[np.ndarray, dict[int, str]] | None:
    try:
        about = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))
        pixels = np.lib.format.open_memmap(path.with_name(f"{path.name}.npy"), mode="r")
        skipped = {int(index): str(reason) for index, reason in about["skipped"]}
        sound = (
            pixels.dtype == np.uint8
            and pixels.shape == (count - len(skipped), size, size, 3)
            and zlib.crc32(pixels) == about["crc32"]
        )
        return (pixels, skipped) if sound else None
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return None


def _readable_again(pictures: PictureSet, skipped: dict[int, str], size: int) -> bool:
    """Whether what was in the way has gone: permissions, a lost connection, lack of memory."""
    again, _, _ = _decode_chunk(tuple(pictures.pictures[index] for index in skipped), size)
    return len(again) > 0


def _build_entry(pictures: PictureSet, size: int, path: Path) -> tuple[np.ndarray, dict[int, str]]:
    try:
        _remove_remains(path.parent)
        pixels_path = path.with_name(f"{path.name}.npy")
        with atomic_path(pixels_path) as temporary, temporary.open("wb") as file:
            skipped, crc = _write_pixels(file, pictures, size)
        about = {"skipped": sorted(skipped.items()), "crc32": crc}
        atomic_write(path.with_name(f"{path.name}.json"), json.dumps(about))
        return np.lib.format.open_memmap(pixels_path, mode="r"), skipped
    except OSError as error:
        print(
            f"cannot cache in {path.parent} ({error.strerror or error}): decoding in memory; "
            f"set {CACHE_VARIABLE} to a folder with space to decode once only",
            file=sys.stderr,
        )
    skipped = {}
    pixels = np.empty((len(pictures), size, size, 3), np.uint8)
    count = 0
    for chunk in _decode_all(pictures, size, skipped):
        pixels[count : count + len(chunk)] = chunk
        count += len(chunk)
    return pixels[:count], skipped


def _remove_remains(folder: Path) -> None:
    """Remove what processes that were killed while writing left behind, a day later."""
    for file in folder.glob(".writing-*"):
        with contextlib.suppress(FileNotFoundError):  # another process has finished it
            if time.time() - file.stat().st_mtime > 86400:
                file.unlink()


def _write_pixels(file, pictures: PictureSet, size: int) -> tuple[dict[int, str], int]:
    """Write a .npy file chunk by chunk, and its header, which has the number of pictures, again."""

    def header(count: int) -> None:
        shape = {"descr": "|u1", "fortran_order": False, "shape": (count, size, size, 3)}
        np.lib.format.write_array_header_1_0(file, shape)

    header(len(pictures))
    start = file.tell()
    skipped: dict[int, str] = {}
    crc = 0
    for chunk in _decode_all(pictures, size, skipped):
        file.write(chunk)
        crc = zlib.crc32(chunk, crc)
    file.seek(0)
    header(len(pictures) - len(skipped))
    if file.tell() != start:  # numpy pads the header, so a smaller number does not shorten it
        raise AssertionError("the .npy header changed its length")
    return skipped, crc


def _decode_all(pictures: PictureSet, size: int, skipped: dict[int, str]) -> Iterator[np.ndarray]:
    """Yield uint8 (n, size, size, 3) in order; fill `skipped`, index -> reason."""
    progress = Progress("decoding pictures", len(pictures))
    wrong: list[str] = []
    # Threads: Pillow's decoders and NumPy's sums let go of the interpreter's lock.
    for start, (pixels, failed, differing) in _in_threads(pictures.pictures, size):
        for offset, reason in failed.items():
            skipped[start + offset] = reason
        wrong += differing
        progress.advance(len(pixels) + len(failed) + len(differing))
        if len(pixels):
            yield pixels
    if wrong:
        raise UserError(
            f"pictures that differ from the published ones: {len(wrong)} ({listed(wrong)}); "
            "download or extract the data again"
        )
    if len(skipped) == len(pictures):
        raise UserError(
            f"none of {len(pictures)} pictures can be read: {_skipped_list(pictures, skipped)}"
        )


def _in_threads(pictures: tuple[Picture, ...], size: int) -> Iterator[tuple[int, tuple]]:
    workers = min(cores.usable(), 16)  # not so many that big pictures fill the memory
    starts = iter(range(0, len(pictures), _CHUNK))
    pool = ThreadPoolExecutor(workers)
    try:

        def submit(start: int):
            return start, pool.submit(_decode_chunk, pictures[start : start + _CHUNK], size)

        # A window, so that finished chunks do not pile up behind a slow one.
        pending = collections.deque(map(submit, itertools.islice(starts, 3 * workers)))
        while pending:
            start, future = pending.popleft()
            yield start, future.result()
            pending.extend(map(submit, itertools.islice(starts, 1)))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _decode_chunk(
    pictures: tuple[Picture, ...], size: int
) -> tuple[np.ndarray, dict[int, str], list[str]]:
    pixels = np.empty((len(pictures), size, size, 3), np.uint8)
    good, failed, wrong = 0, {}, []
    for index, picture in enumerate(pictures):
        try:
            content = picture.read()
            if altered(picture, content):
                wrong.append(picture.key)
                continue
            pixels[good] = resize_picture(decode(content), size)
            good += 1
        except UnreadablePicture as error:
            # A published split with a picture missing would no longer be the published one.
            if picture.sha256:
                wrong.append(picture.key)
            else:
                failed[index] = str(error)
    return pixels[:good], failed, wrong


def _finish(pictures: PictureSet, pixels: np.ndarray, skipped: dict[int, str]) -> Decoded:
    kept = [i for i in range(len(pictures)) if i not in skipped]
    labels = pictures.labels[kept]
    if skipped:
        print(
            f"skipped {len(skipped)} of {len(pictures)} pictures as unreadable: "
            f"{_skipped_list(pictures, skipped)}",
            file=sys.stderr,
        )
    lost = set(pictures.labels.tolist()) - set(labels.tolist())
    if lost:
        raise UserError(
            f"no readable picture of class {pictures.class_names[min(lost)]} is left; "
            "replace the unreadable files or remove the class folder"
        )
    return Decoded(
        pixels,
        labels,
        tuple(pictures.pictures[i].key for i in kept),
        tuple((pictures.pictures[i].key, reason) for i, reason in sorted(skipped.items())),
    )


def _skipped_list(pictures: PictureSet, skipped: dict[int, str]) -> str:
    return listed(f"{pictures.pictures[i].key} ({reason})" for i, reason in skipped.items())
