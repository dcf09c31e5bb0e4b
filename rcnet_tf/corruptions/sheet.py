"""One picture under every corruption at every severity, to be looked at."""

from __future__ import annotations

import numpy as np

from rcnet_tf.corruptions.kinds import LEVELS, Corruption
from rcnet_tf.corruptions.table import labels
from rcnet_tf.plots.gallery import gallery


def sheet_jpeg(frame: np.ndarray, key: str, corruptions: tuple[Corruption, ...]) -> bytes:
    """Draw a frame, a row a corruption, a column a severity, the first column without any.

    Args:
        frame: uint8 (H, W, 3), of `kinds.camera_frame`.
        key: of its picture.
        corruptions: which.

    Returns:
        The content of a JPEG file.
    """
    pictures, captions = [], []
    for one in corruptions:
        pictures += [frame, *(one(frame, level, key) for level in range(LEVELS))]
        captions += [f"{one.name}\n{one.unit}", *labels(one)]
    return gallery(pictures, captions, "What the networks were shown", key, LEVELS + 1)
