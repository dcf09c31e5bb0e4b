"""How many pictures each class has, and in which part of a split."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rcnet_tf.evaluation.drawing import PALETTE, fonts
from rcnet_tf.plots.canvas import INK, new_figure, plain, png

_COLOURS = {"train": PALETTE[0], "val": PALETTE[4], "test": PALETTE[1]}
_LEFT_OUT = "#bdbdbd"


@fonts()
def class_counts(counts: Mapping[str, Mapping[str, int]], what: str, subtitle: str = "") -> bytes:
    """Draw a bar for each class, made up of its parts.

    Args:
        counts: class -> part -> pictures; "train", "val" and "test" have their own colours.
        what: the title: what is to be seen.
        subtitle: of what.

    Returns:
        The content of a PNG file.
    """
    names = list(counts)
    parts = list(dict.fromkeys(part for one in counts.values() for part in one))
    figure = new_figure(0.9 + 0.42 * len(names), what, subtitle)
    axes = figure.subplots()
    places = np.arange(len(names))
    start = np.zeros(len(names))
    for part in parts:
        widths = np.array([counts[name].get(part, 0) for name in names])
        colour = _COLOURS.get(part, _LEFT_OUT)
        axes.barh(places, widths, left=start, color=colour, label=part, edgecolor="white")
        start += widths
    for place, total in zip(places, start, strict=True):
        axes.text(total, place, f"  {total:.0f}", va="center", fontsize=10, color=INK)
    axes.set_yticks(places, names, fontsize=10.5, parse_math=False)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.08 * max(start.max(initial=0), 1))
    axes.set_xlabel("pictures", fontsize=10.5)
    axes.legend(ncols=len(parts), loc="lower right", fontsize=10, frameon=False)
    plain(axes, "x")
    axes.tick_params(axis="y", length=0, labelsize=10.5)
    return png(figure)
