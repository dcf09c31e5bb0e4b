"""A folder in one file."""

import io
import zipfile

from rcnet_tf.export.bundle import bundle


def test_unpacks_to_the_files_in_a_folder():
    files = {"b.txt": b"two", "a/c.txt": b"one"}
    content = bundle(files, "program")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["program/a/c.txt", "program/b.txt"]
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"program/{name}": inside for name, inside in files.items()
        }
        assert all(entry.external_attr >> 16 == 0o100644 for entry in archive.infolist())
    assert content == bundle(dict(reversed(files.items())), "program")
