"""One picture under every corruption at every severity, to be looked at."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from rcnet_tf.corruptions.kinds import LEVELS, Corruption
from rcnet_tf.corruptions.table import labels
from rcnet_tf.evaluation.drawing import fonts, png, title

_DPI = 110


@fonts()
def sheet_png(frame: np.ndarray, key: str, corruptions: tuple[Corruption, ...]) -> bytes:
    """Draw a frame, a row a corruption, a column a severity, the first column without any.

    Args:
        frame: uint8 (H, W, 3), of `kinds.camera_frame`.
        key: of its picture.
        corruptions: which.

    Returns:
        The content of a PNG file.
    """
    height = 2.0 * frame.shape[0] / frame.shape[1] + 0.25
    size = (2.05 * (LEVELS + 1), height * len(corruptions) + 0.5)
    figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
    panels = figure.subplots(len(corruptions), LEVELS + 1, squeeze=False)
    for row, one in zip(panels, corruptions, strict=True):
        shown = [frame, *(one(frame, level, key) for level in range(LEVELS))]
        names = [f"{one.name}, {one.unit}:", *labels(one)]
        for axes, picture, name in zip(row, shown, names, strict=True):
            axes.imshow(picture)
            axes.set_title(name, fontsize=7.5, pad=3)
            axes.set_axis_off()
    title(figure, "What the network was shown", key)
    return png(figure)
