"""How training went: accuracy epoch by epoch, of one run or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rcnet_tf.evaluation.drawing import PALETTE, fonts
from rcnet_tf.plots.canvas import new_figure, plain, png


@fonts()
def accuracy_curves(
    runs: Mapping[str, Sequence[Mapping[str, float]]], what: str, subtitle: str = ""
) -> bytes:
    """Draw accuracy on the training part, dashed, and on the validation part, a colour a run.

    Args:
        runs: name -> rows of an epoch each, the `history` of `training.result.Result`.
        what: the title: what is to be seen.
        subtitle: of which data.

    Returns:
        The content of a PNG file.
    """
    figure = new_figure(4.2, what, subtitle)
    axes = figure.subplots()
    for colour, (name, rows) in zip(PALETTE, runs.items(), strict=False):
        axes.plot(*_column(rows, "accuracy"), color=colour, linewidth=1.4, linestyle=(0, (4, 2)))
        epochs, values = _column(rows, "val_accuracy")
        axes.plot(epochs, values, color=colour, linewidth=2.4, marker="o", markersize=4, label=name)
    axes.plot([], [], color="#7f7f7f", linewidth=1.4, linestyle=(0, (4, 2)), label="training part")
    axes.set_ylim(0, 100)
    axes.set_xlim(left=0)
    axes.set_xlabel("epoch", fontsize=10.5)
    axes.set_ylabel("accuracy (%)", fontsize=10.5)
    figure.legend(loc="outside lower center", ncols=len(runs) + 1, fontsize=10, frameon=False)
    plain(axes)
    return png(figure)


def _column(rows: Sequence[Mapping[str, float]], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Epochs that have a figure, and the figure in percent."""
    known = [(row["epoch"], 100.0 * row[name]) for row in rows if name in row]
    return tuple(np.array(known).reshape(-1, 2).T)
