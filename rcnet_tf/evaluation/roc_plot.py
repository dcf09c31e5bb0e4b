"""ROC curves as a picture, the paper's Fig. 5."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from rcnet_tf.evaluation.drawing import DASHES, DPI, PALETTE, fonts, png, short, title
from rcnet_tf.evaluation.metrics import Roc, Scores, roc_macro, roc_micro, roc_of_class

MOST_CURVES = 7
"""A curve for each class up to so many classes; of more, the averages and the worst."""
WORST_CURVES = 5


@fonts()
def roc_png(labels: np.ndarray, probabilities: np.ndarray, scores: Scores, subtitle: str) -> bytes:
    """Draw the curves of one class against the rest; where they crowd, that corner enlarged too.

    Up to `MOST_CURVES` classes all are drawn, with their macro average; of more, macro and micro
    average and the `WORST_CURVES` classes of lowest AUC.

    Args:
        labels: integer (N,).
        probabilities: (N, classes).
        scores: what `metrics.measure` made of these.
        subtitle: what was evaluated, such as "best.keras on trashnet, 379 pictures".

    Returns:
        The content of a PNG file.
    """
    lines = _lines(labels, probabilities, scores)
    reach = _reach(lines)
    figure = Figure(figsize=(11.0 if reach else 6.0, 6.2), dpi=DPI, layout="constrained")
    panels = figure.subplots(1, 2 if reach else 1, squeeze=False)[0]
    for axes in panels:
        axes.plot([0, 100], [0, 100], color="#999999", linewidth=1, linestyle=":")
        for name, curve, style in lines:
            x, y = 100 * curve.false_positive_rate, 100 * curve.true_positive_rate
            axes.plot(x, y, label=f"{curve.auc:.3f}  {name}", **style)
        axes.set_aspect("equal")
        axes.grid(color="#dddddd", linewidth=0.8)
        axes.set_xlabel("false positive rate (% of the other classes' pictures)")
        axes.spines[["top", "right"]].set_visible(False)

    whole = panels[0]
    whole.set(xlim=(-1, 101), ylim=(-1, 101))
    whole.set_ylabel("true positive rate (% of the class's pictures)")
    centred = dict(ha="center", va="center", fontsize=9)
    whole.text(52, 49, "guessing", color="#777777", rotation=45, **centred)
    if lines:
        heading = "AUC"
        if len(scores.classes) > MOST_CURVES:
            heading += f", lowest of {len(scores.classes)} classes"
        legend = whole.legend(
            title=heading, loc="lower right", alignment="left", fontsize=9, handlelength=3.2
        )
        for text in legend.get_texts():
            text.set_parse_math(False)
    else:
        whole.text(50, 80, "no class has both pictures and others to tell them from", **centred)
    if reach:
        corner = panels[1]
        corner.set(xlim=(-reach / 100, reach), ylim=(100 - reach, 100 + reach / 100))
        corner.xaxis.set_major_locator(MultipleLocator(reach / 5))
        corner.yaxis.set_major_locator(MultipleLocator(reach / 5))
        corner.set_title(f"the upper left corner, {100 // reach} times enlarged", fontsize=10)
    title(figure, "ROC curves: how well each class is told from the rest", subtitle)
    return png(figure)


def _lines(labels, probabilities, scores: Scores) -> list[tuple[str, Roc, dict]]:
    """What to draw: (name, curve, style), best AUC first, averages last and on top."""
    curves = {
        index: curve
        for index in range(len(scores.classes))
        if (curve := roc_of_class(labels, probabilities, index))
    }
    averages: list[tuple[str, Roc | None, Any]] = [
        ("macro average", roc_macro(list(curves.values())), "-")
    ]
    shown = list(curves)
    if len(scores.classes) > MOST_CURVES:
        shown = sorted(curves, key=lambda index: curves[index].auc)[:WORST_CURVES]
        averages.append(("micro average", roc_micro(labels, probabilities), (0, (1, 1))))
        place = {index: rank for rank, index in enumerate(shown)}
    else:
        place = {index: index for index in shown}  # a class looks the same in every evaluation
    lines = []
    for index in sorted(shown, key=lambda index: -curves[index].auc):
        look = dict(color=PALETTE[place[index]], linestyle=DASHES[place[index]], linewidth=1.8)
        lines.append((short(scores.classes[index].name, 24), curves[index], look))
    for name, curve, dashes in averages:
        if curve:
            lines.append((name, curve, dict(color="black", linestyle=dashes, linewidth=2.4)))
    return lines


def _reach(lines: list[tuple[str, Roc, dict]]) -> int:
    """Width in percent of the corner to enlarge; 0 where the curves do not crowd there."""
    worst = min((curve.auc for _, curve, _ in lines), default=0.0)
    return 10 if worst > 0.985 else 20 if worst > 0.94 else 50 if worst > 0.8 else 0
