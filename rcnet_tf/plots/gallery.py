"""Pictures in rows, each with a caption."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rcnet_tf.evaluation.drawing import PALETTE, fonts
from rcnet_tf.plots.canvas import WIDTH, jpeg, new_figure, photo

RIGHT, WRONG = PALETTE[2], PALETTE[1]


@fonts()
def gallery(
    pictures: Sequence[np.ndarray],
    captions: Sequence[str],
    what: str,
    subtitle: str = "",
    columns: int = 6,
    right: Sequence[bool] | None = None,
    comment: str = "",
) -> bytes:
    """Draw pictures in rows, from left to right.

    Args:
        pictures: uint8 (H, W, 3) each; their sizes may differ, their pixels are drawn as squares.
        captions: one below each.
        what: the title: what is to be seen.
        subtitle: of what.
        columns: pictures a row, where there are so many.
        right: of each picture, whether its frame is that of an answer that is right, or of a wrong
            one; None: no frames.
        comment: put into the file, unseen.

    Returns:
        The content of a JPEG file.

    Raises:
        ValueError: no pictures.
    """
    if not len(pictures):
        raise ValueError("no pictures to draw")
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    height, width = pictures[0].shape[:2]
    # Below each: its caption, and room for frames.
    row_height = WIDTH / columns * height / width + 0.26 + 0.14 * _lines(captions)
    figure = new_figure(0.5 + rows * row_height, what, subtitle)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for index, axes in enumerate(panels):
        if index >= len(pictures):
            axes.remove()
            continue
        frame = None if right is None else RIGHT if right[index] else WRONG
        photo(axes, pictures[index], captions[index], frame)
    return jpeg(figure, comment)


def _lines(captions: Sequence[str]) -> int:
    return max(caption.count("\n") + 1 for caption in captions)
