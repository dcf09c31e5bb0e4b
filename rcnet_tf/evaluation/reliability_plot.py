"""The reliability diagram: is a model right as often as it says?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import binomtest

from rcnet_tf.evaluation.drawing import DPI, PALETTE, fonts, png, title
from rcnet_tf.evaluation.metrics import Scores

_BLUE, _VERMILION = PALETTE[:2]  # what they mean is also told by shape


@fonts()
def reliability_png(scores: Scores, subtitle: str) -> bytes:
    """Draw accuracy by confidence with its 95 % interval (Wilson), and how many pictures are how
    sure.

    Args:
        scores: what `metrics.measure` returned.
        subtitle: what was evaluated, such as "best.keras on trashnet, 379 pictures".

    Returns:
        The content of a PNG file.
    """
    figure = Figure(figsize=(6.2, 8.0), dpi=DPI, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    filled = [one for one in scores.reliability if one.pictures]
    count = np.array([one.pictures for one in filled])
    sure = 100 * np.array([one.confidence for one in filled], float)
    right = 100 * np.array([one.accuracy for one in filled], float)
    correct = np.rint(right / 100 * count)
    ends = np.array([_interval(*pair) for pair in zip(correct, count, strict=True)])

    upper.plot([0, 100], [0, 100], color="#777777", linewidth=1.2, linestyle=":")
    upper.vlines(sure, np.minimum(sure, right), np.maximum(sure, right), _VERMILION, linewidth=5)
    upper.errorbar(
        sure,
        right,
        yerr=np.abs(ends.T - right),
        fmt="o",
        color=_BLUE,
        markersize=6,
        elinewidth=1.2,
        capsize=3,
    )
    grey = dict(fontsize=9, color="#555555")
    along = dict(rotation=45, rotation_mode="anchor", transform_rotates_text=True)
    upper.text(2, 4, "as right as sure", **along, **grey)
    upper.text(2, 92, "more right than sure", **grey)
    upper.text(98, 6, "less right than sure", ha="right", **grey)
    upper.set(xlim=(-1, 101), ylim=(-1, 101))
    upper.set_ylabel("right (% of these pictures)")
    upper.grid(color="#dddddd", linewidth=0.8)
    upper.tick_params(labelbottom=True)

    edges = [100 * scores.reliability[0].low, *(100 * one.high for one in scores.reliability)]
    heights = [one.pictures for one in scores.reliability]
    lower.stairs(heights, edges, fill=True, color=_BLUE, alpha=0.35)
    lower.stairs(heights, edges, color=_BLUE, linewidth=1.2)
    lower.axvline(100 * scores.accuracy, color="black", linewidth=1.4)
    mean = np.average(sure, weights=count)
    lower.axvline(mean, color="black", linewidth=1.4, linestyle="--")
    lower.set_ylabel("pictures")
    lower.set_xlabel(
        f"confidence (%);  mean, dashed: {mean:.1f} %;  "
        f"accuracy, solid: {100 * scores.accuracy:.1f} %"
    )
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
    error = f"expected calibration error {100 * scores.calibration_error:.1f} %"
    title(figure, f"Reliability: {error}", subtitle)
    return png(figure)


def _interval(right: float, pictures: int) -> tuple[float, float]:
    """Percent."""
    ends = binomtest(int(right), int(pictures)).proportion_ci(method="wilson")
    return 100 * ends.low, 100 * ends.high
