"""What a command writes: places are checked before the work, files appear together after it."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from rcnet_tf.errors import UserError
from rcnet_tf.files import atomic_path


def check_place(option: str, folder: Path) -> None:
    """Refuse a folder that cannot be written to before minutes of work; make nothing yet."""
    try:
        there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
        is_folder = there.is_dir()
        usable = is_folder and os.access(there, os.W_OK)
    except OSError as error:
        raise UserError(f"{option} {folder}: {error.strerror}; choose another place") from None
    if not usable:
        what = "is not writable" if is_folder else "is a file"
        raise UserError(f"{option} {folder}: {there} {what}; choose another place")


def check_file(option: str, path: Path, suffix: str = "") -> None:
    """Refuse a name that no file can take here, before minutes of work.

    Args:
        option: that gave the name, for the message.
        path: the name.
        suffix: that it has to end in, such as ".png"; "": any.
    """
    if os.path.isdir(path):  # Path's own raises where a folder above is not readable
        raise UserError(f"{option} {path} is a folder; expected a file")
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise UserError(f"{option} {path}: {error.strerror}; choose another name") from None
    if suffix and path.suffix != suffix:
        raise UserError(f"{option} {path}: expected a name that ends in {suffix}")
    check_place(option, path.parent)


@contextlib.contextmanager
def writing(option: str, path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, for what writes files itself: see `files.atomic_path`.

    Args:
        option: that gave the name, for the message where it cannot be written.
        path: the file.
    """
    try:
        with atomic_path(path) as temporary:
            yield temporary
    except OSError as error:
        raise _unwritable(error, path, option) from None


def write(files: dict[Path, bytes], options: str) -> None:
    """Write everything before the first file takes its place; the first of them is the last to.

    Args:
        files: content by path.
        options: which choose the places, for the message where one cannot be written.
    """
    try:
        with contextlib.ExitStack() as stack:
            for path, content in files.items():
                stack.enter_context(atomic_path(path)).write_bytes(content)
    except OSError as error:
        raise _unwritable(error, path, options) from None


def _unwritable(error: OSError, path: Path, options: str) -> UserError:
    file = error.filename2 or error.filename or path
    reason = os.strerror(error.errno) if error.errno else error  # h5py's text is a page of numbers
    return UserError(f"cannot write {file}: {reason}; choose another {options}")
