"""The camera, or the object, is turned."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image


def rotate(frame: np.ndarray, degrees: float, random: np.random.Generator) -> np.ndarray:
    """Turn around the middle, to either side; the corners are filled with the frame, mirrored."""
    height, width = frame.shape[:2]
    diagonal = math.ceil(math.hypot(height, width))
    rows, columns = (-(-(diagonal - side) // 2) for side in (height, width))
    # Mirrored more than once where a frame is long and narrow; NumPy does that.
    wide = np.pad(frame, ((rows, rows), (columns, columns), (0, 0)), mode="reflect")
    turned = Image.fromarray(wide).rotate(
        degrees * random.choice([-1, 1]), resample=Image.Resampling.BILINEAR
    )
    return np.asarray(turned)[rows : rows + height, columns : columns + width]
