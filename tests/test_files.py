"""Files appear whole or not at all."""

import hashlib
import os

import pytest

from rcnet_tf import outputs
from rcnet_tf.errors import UserError
from rcnet_tf.files import atomic_path, atomic_write, sha256


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_text_is_utf8_and_bytes_are_bytes(tmp_path):
    atomic_write(tmp_path / "a.txt", "Glas 玻璃\n")
    atomic_write(tmp_path / "b.bin", b"\x00\xff")
    assert (tmp_path / "a.txt").read_bytes() == "Glas 玻璃\n".encode()
    assert (tmp_path / "b.bin").read_bytes() == b"\x00\xff"
    assert names(tmp_path) == ["a.txt", "b.bin"]


def test_folders_are_made_and_old_files_replaced(tmp_path):
    path = tmp_path / "deep" / "er" / "file"
    for content in ("old and long", "new"):
        atomic_write(path, content)
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, error):
    path = tmp_path / "model.keras"
    path.write_text("old")
    with pytest.raises(error), atomic_path(path) as temporary:
        temporary.write_text("half of the n")
        assert path.read_text() == "old"
        raise error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["model.keras"]


def test_what_cannot_be_replaced_stays(tmp_path):
    (tmp_path / "file" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError):
        atomic_write(tmp_path / "file", "content")
    assert names(tmp_path) == ["file"]


def test_temporary_name_keeps_the_suffixes(tmp_path):
    with atomic_path(tmp_path / "own.weights.h5") as temporary:
        assert temporary.parent == tmp_path and temporary.name.endswith(".weights.h5")
        assert temporary.name.startswith(".")


@pytest.mark.parametrize("start", ["", "a."])
def test_a_name_may_be_as_long_as_the_folder_takes(tmp_path, start):
    longest = start + "n" * (os.pathconf(tmp_path, "PC_NAME_MAX") - 5 - len(start)) + ".json"
    outputs.check_file("--json", tmp_path / longest, ".json")
    atomic_write(tmp_path / longest, "{}")
    assert names(tmp_path) == [longest]
    with pytest.raises(UserError, match=r"--json .*: File name too long; choose another name"):
        outputs.check_file("--json", tmp_path / f"n{longest}", ".json")


@pytest.mark.parametrize("umask, mode", [(0o022, 0o644), (0o077, 0o600)])
def test_permissions_are_those_of_any_new_file(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        atomic_write(tmp_path / "file", "")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("size", [0, 3, (1 << 20) + 1])
def test_sha256(tmp_path, size):
    content = b"x" * size
    (tmp_path / "file").write_bytes(content)
    assert sha256(tmp_path / "file") == hashlib.sha256(content).hexdigest()
