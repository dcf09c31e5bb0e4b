"""Pictures made on the fly, and a cache of its own for every test."""

import io
import os
import zipfile

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("RCNET_TF_CACHE", str(folder))
    return folder


@pytest.fixture
def encode():
    """encode(array or image, format, **options) -> bytes of a picture file."""

    def encode(picture, format="PNG", **options):
        if isinstance(picture, np.ndarray):
            picture = Image.fromarray(picture)
        file = io.BytesIO()
        picture.save(file, format, **options)
        return file.getvalue()

    return encode


@pytest.fixture
def plain(encode):
    """plain(value) -> bytes of a small PNG, all of one grey."""
    return lambda value: encode(np.full((6, 8, 3), value, np.uint8))


@pytest.fixture
def make_folder(tmp_path):
    """make_folder({path: bytes}) -> a folder with these files; None makes an empty folder."""

    def make(files, name="pictures"):
        root = tmp_path / name
        root.mkdir(exist_ok=True)
        for path, content in files.items():
            target = root / path
            if content is None:
                target.mkdir(parents=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        return root

    return make


@pytest.fixture
def make_zip(tmp_path):
    """make_zip({path: bytes}) -> a zip file with these members."""

    def make(files, name="pictures.zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for path, content in files.items():
                archive.writestr(path, content)
        return tmp_path / name

    return make


@pytest.fixture
def two_classes(plain):
    """20 pictures of class `a`, grey 0 to 19, and 20 of class `b`, grey 100 to 119."""
    return {
        f"{name}/{i:02}.png": plain(first + i)
        for name, first in (("a", 0), ("b", 100))
        for i in range(20)
    }


@pytest.fixture
def trashnet_zip():
    path = os.environ.get("RCNET_TF_TRASHNET")
    if not path:
        pytest.skip("RCNET_TF_TRASHNET (path of dataset-resized.zip) is not set")
    return path
