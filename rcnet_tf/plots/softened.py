"""What a teacher says at several temperatures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from rcnet_tf.evaluation.drawing import PALETTE, fonts
from rcnet_tf.plots.canvas import INK, jpeg, new_figure, photo, plain


@fonts()
def softened_picture(
    pixels: np.ndarray,
    logits: np.ndarray,
    class_names: Sequence[str],
    captions: Sequence[str],
    temperatures: Sequence[float] = (1.0, 4.0),
) -> bytes:
    """Draw pictures, and beside each what softmax(logits / T) says of it.

    Args:
        pixels: uint8 (N, S, S, 3).
        logits: (N, classes) of a teacher.
        class_names: in the order of the logits.
        captions: one a picture.
        temperatures: T, above 0.

    Returns:
        The content of a JPEG file.
    """
    what = "The higher the temperature, the more a teacher tells about the classes it rejects"
    figure = new_figure(0.8 + 1.75 * len(pixels), what)
    columns = 1 + len(temperatures)
    panels = figure.subplots(
        len(pixels), columns, squeeze=False, width_ratios=[1, *[1.9] * len(temperatures)]
    )
    places = np.arange(len(class_names))
    for row, (picture, scores, caption) in enumerate(zip(pixels, logits, captions, strict=True)):
        photo(panels[row, 0], picture, caption)
        for axes, colour, temperature in zip(panels[row, 1:], PALETTE, temperatures, strict=False):
            shares = 100.0 * softmax(scores / temperature)
            axes.barh(places, shares, color=colour)
            for place, share in zip(places, shares, strict=True):
                axes.text(share + 1, place, f"{share:.1f}", va="center", fontsize=9, color=INK)
            axes.set(xlim=(0, 112), yticks=places, xticks=[0, 25, 50, 75, 100])
            axes.invert_yaxis()
            first = axes is panels[row, 1]
            axes.set_yticklabels(class_names if first else [], parse_math=False)
            plain(axes, "x")
            if row == 0:
                axes.set_title(f"T = {temperature:g}", fontsize=11)
            if row == len(pixels) - 1:
                axes.set_xlabel("probability (%)", fontsize=10)
    return jpeg(figure)
