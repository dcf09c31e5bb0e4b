"""Inputs that stand for many: int8 (S, S, 3)."""

from pathlib import Path

import numpy as np
from PIL import Image

import rcnet_tf
from rcnet_tf.preprocess import quantize_input, resize_picture

DEMO = Path(rcnet_tf.__file__).parent / "assets" / "demo"


def extreme(size):
    """The ends of the range, the sharpest edges, and noise."""
    checkerboard = np.indices((size, size)).sum(0) % 2 * 255 - 128
    noise = np.random.default_rng(size).integers(-128, 128, (size, size, 3))
    return [
        np.full((size, size, 3), -128, np.int8),
        np.full((size, size, 3), 127, np.int8),
        checkerboard[..., None].repeat(3, 2).astype(np.int8),
        noise.astype(np.int8),
    ]


def demo(size, count):
    """Shipped pictures, one a class at first."""
    files = sorted(DEMO.glob("*/*.jpg"), key=lambda file: (file.name[-5], file.parent.name))
    return [
        quantize_input(resize_picture(np.asarray(Image.open(file).convert("RGB")), size))
        for file in files[:count]
    ]
