"""Where a network's weights, work and memory are, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rcnet_tf.complexity import Cost, total
from rcnet_tf.evaluation.drawing import PALETTE, fonts
from rcnet_tf.plots.canvas import INK, new_figure, plain, png, thousands


@fonts()
def stage_costs(stages: Sequence[Sequence[Cost]], subtitle: str = "") -> bytes:
    """Draw three bars a stage: parameters, multiply-accumulates, its largest feature map.

    Args:
        stages: the layers of each, as `rcnet_tf.summary.stages` groups them.
        subtitle: of which network.

    Returns:
        The content of a PNG file.
    """
    names = [stage[0].name.split("_")[0] for stage in stages]
    sums = [total(list(stage)) for stage in stages]
    largest = [max(one.activations for one in stage) for stage in stages]
    charts = (
        ("parameters", [one.parameters for one in sums], True),
        ("multiply-accumulates", [one.macs for one in sums], True),
        ("largest map, bytes in int8", largest, False),  # of maxima there are no shares
    )
    what = "The weights are at the end, work and memory at the start"
    figure = new_figure(1.3 + 0.33 * len(names), what, subtitle)
    panels = figure.subplots(1, len(charts), sharey=True)
    places = np.arange(len(names))
    for axes, colour, (label, values, shares) in zip(panels, PALETTE, charts, strict=False):
        axes.barh(places, values, color=colour)
        for place, value in zip(places, values if shares else (), strict=False):
            share = f" {100 * value / sum(values):.0f} %"
            axes.text(value, place, share, va="center", fontsize=9.5, color=INK)
        axes.set_xlim(0, 1.2 * max(*values, 1))
        axes.set_xlabel(label, fontsize=10.5)
        thousands(axes.xaxis)
        axes.locator_params(axis="x", nbins=4)
        plain(axes, "x")
    panels[0].set_yticks(places, names, fontsize=10.5, parse_math=False)
    panels[0].invert_yaxis()
    return png(figure)
