"""What happens between the lens and the memory: noise, few bits, JPEG."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from rcnet_tf.corruptions.light import LIGHT, pixels

READ_NOISE = 2.0
"""Electrons, standard deviation."""


def noise(frame: np.ndarray, electrons: float, random: np.random.Generator) -> np.ndarray:
    """Shot and read noise of a pixel that counts so many electrons at white.

    Fewer is a smaller pixel, a shorter exposure, or higher gain in the dark. The variance of a
    count is the count itself (in Gaussian approximation) plus that of reading it.
    """
    light = LIGHT[frame]
    deviation = np.sqrt(light * electrons + READ_NOISE**2) / electrons
    return pixels(light + deviation * random.standard_normal(frame.shape, np.float32))


def jpeg(frame: np.ndarray, quality: int, random: np.random.Generator) -> np.ndarray:
    """Compress by JPEG (libjpeg's quality, chroma at half the resolution) and back."""
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    return np.asarray(Image.open(file))


def depth(frame: np.ndarray, bits: str, random: np.random.Generator) -> np.ndarray:
    """Keep the highest bits of red, green and blue, such as "565", and widen them as firmware does.

    The lower bits repeat the upper ones (`firmware_bridge/camera`), so that white stays white.
    """
    tables = [_table(int(count)) for count in bits]
    return np.stack([table[frame[..., i]] for i, table in enumerate(tables)], axis=-1)


def _table(bits: int) -> np.ndarray:
    kept = np.arange(256, dtype=np.uint32) >> (8 - bits)
    wide = np.zeros(256, np.uint32)
    for shift in range(8 - bits, -bits, -bits):
        wide |= kept << shift if shift >= 0 else kept >> -shift
    return wide.astype(np.uint8)
