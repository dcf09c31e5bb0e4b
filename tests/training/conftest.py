"""Class folders of small pictures, and a cache that the tests share."""

import os

import numpy as np
import pytest
from PIL import Image

CLASSES = ("can", "jar", "leaf")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """A folder of 3 classes of 20 noisy pictures, 72 x 60, each class with a colour of its own."""
    root = tmp_path_factory.mktemp("data") / "pictures"
    draw = np.random.default_rng(0)
    for label, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for index in range(20):
            pixels = draw.integers(0, 166, (60, 72, 3))
            pixels[..., label] += 90
            Image.fromarray(pixels.astype(np.uint8)).save(root / name / f"{index:02}.png")
    return root


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("RCNET_TF_CACHE")
    os.environ["RCNET_TF_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["RCNET_TF_CACHE"]
    else:
        os.environ["RCNET_TF_CACHE"] = before
