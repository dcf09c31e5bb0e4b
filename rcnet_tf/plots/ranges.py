"""The values of one tensor, and what a choice of range for its 256 steps means."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rcnet_tf.evaluation.drawing import PALETTE, fonts
from rcnet_tf.plots.canvas import new_figure, plain, png
from rcnet_tf.quantise.ranges import Observed

_STEPS = 255


@fonts()
def range_picture(
    observed: Observed, ranges: Mapping[str, tuple[float, float]], what: str, subtitle: str = ""
) -> bytes:
    """Draw how often each value occurs, and below it where several ranges begin and end.

    Args:
        observed: values of a tensor, by `quantise.ranges.observe`.
        ranges: in words -> low and high end.
        what: the title: what is to be seen.
        subtitle: of which tensor.

    Returns:
        The content of a PNG file.
    """
    figure = new_figure(3.3 + 0.35 * len(ranges), what, subtitle)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 0.45 * len(ranges)))
    edges = np.linspace(observed.low, observed.high, 160)
    count = np.histogram(observed.values, edges)[0]
    upper.stairs(100.0 * count / len(observed.values), edges, fill=True, color="#9db4c4")
    upper.set_yscale("log")
    upper.set_ylabel("share of the values (%)", fontsize=10.5)
    plain(upper)
    for place, (colour, (words, (low, high))) in enumerate(
        zip(PALETTE, ranges.items(), strict=False)
    ):
        lower.plot([low, high], [place, place], color=colour, linewidth=7, solid_capstyle="butt")
        step = (high - low) / _STEPS
        half = step / 2  # what is nearer to an end than this is rounded to it, as inside
        outside = np.mean((observed.values < low - half) | (observed.values > high + half))
        text = f"{words}: step {step:.4f}, {100 * outside:.2g} % outside"
        lower.text(max(low, observed.low), place - 0.28, text, fontsize=10, parse_math=False)
        for end in (low, high):
            upper.axvline(end, color=colour, linewidth=1.6, linestyle=(0, (4, 2)))
    lower.set(ylim=(len(ranges) - 0.6, -0.85), yticks=[])
    lower.set_xlabel("value", fontsize=10.5)
    plain(lower, "x")
    lower.spines["left"].set_visible(False)
    return png(figure)
