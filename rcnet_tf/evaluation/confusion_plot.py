"""The confusion matrix as a picture, the paper's Fig. 4."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from rcnet_tf.evaluation.drawing import DPI, fonts, png, short, title
from rcnet_tf.evaluation.metrics import Scores

MOST_NUMBERED = 20
"""Numbers in the cells up to so many classes; of more, the colours alone are readable."""
MOST_NAMED = 50
"""Names along an axis."""


@fonts()
def confusion_png(scores: Scores, subtitle: str) -> bytes:
    """Draw the share of each true class, and the number of pictures, by predicted class.

    Args:
        scores: what `metrics.measure` returned.
        subtitle: what was evaluated, such as "best.keras on trashnet, 379 pictures".

    Returns:
        The content of a PNG file.
    """
    count = len(scores.classes)
    many = count > MOST_NUMBERED
    counts = scores.confusion
    pictures = counts.sum(axis=1, keepdims=True)
    share = np.where(pictures, 100.0 * counts / np.maximum(pictures, 1), np.nan)  # (C, C), percent

    side = float(np.clip(1.6 + 0.78 * count, 5.0, 12.0))
    figure = Figure(figsize=(side + 1.4, side), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    colours = matplotlib.colormaps["Blues"].with_extremes(bad="#dddddd")
    # Among many classes a mistake is a small share: a linear scale would not show it.
    scale = PowerNorm(0.5 if many else 1.0, vmin=0, vmax=100)
    image = axes.imshow(share, cmap=colours, norm=scale, interpolation="nearest")
    bar = figure.colorbar(image, ax=axes, fraction=0.046, pad=0.02)
    bar.set_ticks([0, 1, 5, 10, 20, 40, 60, 80, 100] if many else [0, 20, 40, 60, 80, 100])
    bar.set_label("share of the true class (%)", fontsize=13 if many else 10)
    bar.outline.set_visible(False)

    step = -(-count // MOST_NAMED)
    _name_axes(axes, scores, step, many)
    if not many:
        _separate_cells(axes, count)
        _number_cells(axes, share, counts)
    what = "Confusion matrix: what each class is taken for"
    if step > 1:
        what += f" (one class in {step} is named)"
    subtitle = f"{subtitle}, accuracy {100 * scores.accuracy:.1f} %"
    title(figure, what, subtitle, size=15 if many else 12)
    return png(figure)


def _name_axes(axes, scores: Scores, step: int, many: bool) -> None:
    ticks = list(range(0, len(scores.classes), step))
    named = [scores.classes[tick] for tick in ticks]
    style: dict[str, Any] = dict(fontsize=7 if many else 10, parse_math=False)
    axes.set_yticks(ticks, [f"{short(one.name)} ({one.pictures})" for one in named], **style)
    style |= dict(rotation=90) if many else dict(rotation=35, ha="right", rotation_mode="anchor")
    axes.set_xticks(ticks, [short(one.name) for one in named], **style)
    axes.set_xlabel("predicted class", fontsize=13 if many else 10)
    axes.set_ylabel("true class (pictures)", fontsize=13 if many else 10)
    axes.tick_params(length=2 if many else 0)


def _separate_cells(axes, count: int) -> None:
    edges = np.arange(count + 1) - 0.5
    axes.set_xticks(edges, minor=True)
    axes.set_yticks(edges, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)


def _number_cells(axes, share: np.ndarray, counts: np.ndarray) -> None:
    """Percent and number of pictures in every cell that has any."""
    for row, column in zip(*np.nonzero(counts), strict=True):
        axes.text(
            column,
            row,
            f"{share[row, column]:.0f} %\n{counts[row, column]}",
            ha="center",
            va="center",
            fontsize=9 if len(counts) <= 10 else 7,
            color="white" if share[row, column] > 70 else "black",
            fontweight="bold" if row == column else "normal",
        )
