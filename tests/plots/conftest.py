"""Looking at image files."""

import io

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def seen():
    """Content of an image file -> its format and pixels, made sure that something is on it."""

    def open_image(content):
        image = Image.open(io.BytesIO(content))
        pixels = np.asarray(image.convert("RGB"))
        assert pixels.std() > 5.0
        return image.format, pixels

    return open_image


@pytest.fixture(scope="session")
def holds():
    """Whether a picture has at least some pixels of a colour such as "#0072B2"."""

    def look(pixels, colour, least=20):
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        return np.sum(np.abs(pixels.astype(int) - wanted).max(axis=-1) < 12) >= least

    return look
