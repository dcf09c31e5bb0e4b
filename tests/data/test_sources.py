"""Folders and zips read alike, and a hostile one does no harm."""

import os
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from rcnet_tf.data import sources
from rcnet_tf.data.decode import UnreadablePicture
from rcnet_tf.data.sources import FolderSource, ZipSource, listed, open_source
from rcnet_tf.errors import UserError

FILES = {
    "glass/a.jpg": b"one",
    "glass/deep/b.jpg": b"two",
    "metal/c.jpg": b"three",
    "metal/Thumbs.db": b"junk",
    "metal/.DS_Store": b"junk",
    "__MACOSX/glass/._a.jpg": b"junk",
    ".git/config": b"junk",
}


def test_folder_and_zip_show_the_same_files(make_folder, make_zip):
    folder, archive = open_source(make_folder(FILES)), open_source(make_zip(FILES))
    assert isinstance(folder, FolderSource)
    assert isinstance(archive, ZipSource)
    for source in (folder, archive):
        assert source.paths == ("glass/a.jpg", "glass/deep/b.jpg", "metal/c.jpg")
        assert source.folders == ("glass", "glass/deep", "metal")
        assert source.refused == ()
        assert source.read("glass/deep/b.jpg") == b"two"
        assert source.read("metal/c.jpg", limit=2) == b"th"
        assert source.size("metal/c.jpg") == 5


def test_nothing_there_or_no_zip(tmp_path):
    with pytest.raises(UserError, match="an empty path; expected a folder"):
        open_source("")
    with pytest.raises(UserError, match="no such folder or file: ~nobody-of-this-name/x"):
        open_source("~nobody-of-this-name/x")
    with pytest.raises(UserError, match="no such folder or file"):
        open_source(tmp_path / "absent")
    (tmp_path / "text.zip").write_bytes(b"not a zip")
    with pytest.raises(UserError, match="as a zip file"):
        open_source(tmp_path / "text.zip")


def test_links_that_lead_back_end(make_folder):
    root = make_folder({"glass/a.jpg": b"1"})
    (root / "glass" / "again").symlink_to(root)
    (root / "metal").symlink_to(make_folder({"b.jpg": b"2"}, "elsewhere"))
    (root / "glass" / "broken.jpg").symlink_to(root / "absent")
    source = open_source(root)
    assert source.paths == ("glass/a.jpg", "metal/b.jpg")
    assert [path for path, _ in source.refused] == ["glass/again", "glass/broken.jpg"]


def test_a_pipe_is_not_read(make_folder):
    root = make_folder({"glass/a.jpg": b"1"})
    os.mkfifo(root / "glass" / "pipe.jpg")
    assert open_source(root).refused == (("glass/pipe.jpg", "not a regular file"),)


def test_hostile_names_in_a_zip(make_zip, tmp_path):
    archive = make_zip(
        {
            "../outside/a.jpg": b"1",
            "/etc/b.jpg": b"2",
            "C:/c.jpg": b"3",
            "glass\\d.jpg": b"4",
            "./": b"",
            "./glass//e.jpg": b"5",
            "glass/../../f.jpg": b"6",
        }
    )
    with zipfile.ZipFile(archive, "a") as file:
        link = zipfile.ZipInfo("glass/link.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    before = sorted(tmp_path.rglob("*"))
    source = open_source(archive)
    assert source.paths == ("glass/e.jpg",) and source.folders == ("glass",)
    assert source.read("glass/e.jpg") == b"5"
    assert len(source.refused) == 6
    assert sorted(tmp_path.rglob("*")) == before


def test_the_same_name_twice_in_a_zip(make_zip):
    archive = make_zip({"glass/a.jpg": b"1"})
    with zipfile.ZipFile(archive, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("glass/a.jpg", b"2")
    source = open_source(archive)
    assert source.read("glass/a.jpg") == b"1"
    assert [path for path, _ in source.refused] == ["glass/a.jpg"]


def test_zip_bomb_member_is_not_unpacked(make_zip, make_folder, monkeypatch):
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 1000)
    files = {"glass/a.jpg": bytes(1001), "glass/b.jpg": bytes(1000)}
    for source in (open_source(make_zip(files)), open_source(make_folder(files))):
        with pytest.raises(UnreadablePicture, match="larger than"):
            source.read("glass/a.jpg")
        assert len(source.read("glass/b.jpg")) == 1000


def test_damaged_member_is_unreadable(make_zip):
    archive = make_zip({"glass/a.jpg": b"A" * 100, "glass/b.jpg": b"B" * 100})
    archive.write_bytes(archive.read_bytes().replace(b"AAAA", b"AAXA", 1))
    source = open_source(archive)
    with pytest.raises(UnreadablePicture, match="damaged in the zip"):
        source.read("glass/a.jpg")
    assert source.read("glass/b.jpg") == b"B" * 100


def test_a_file_that_vanishes_is_unreadable(make_folder):
    root = make_folder({"glass/a.jpg": b"1"})
    source = open_source(root)
    (root / "glass" / "a.jpg").unlink()
    with pytest.raises(UnreadablePicture, match="cannot be read"):
        source.read("glass/a.jpg")


def test_zip_reads_from_many_threads(make_zip):
    files = {f"glass/{i}.jpg": bytes([i]) * 5000 for i in range(100)}
    source = open_source(make_zip(files))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(source.read, list(files) * 5)) == list(files.values()) * 5


def test_identity_follows_the_content(make_folder, make_zip):
    for make in (make_folder, make_zip):
        before = open_source(make({"glass/a.jpg": b"1"})).identity("glass/a.jpg")
        assert before == open_source(make({"glass/a.jpg": b"1"})).identity("glass/a.jpg") or (
            make is make_folder  # written again, so a new time
        )
        assert before != open_source(make({"glass/a.jpg": b"22"})).identity("glass/a.jpg")


def test_listed():
    assert listed(["c", "a", "b"]) == "a, b, c"
    assert listed("edcba") == "a, b, c, ..."
    assert listed(["\x1b[2Ja\n"]) == "?[2Ja?"
