"""Robustness as a picture: a panel a corruption, a curve a model."""

from __future__ import annotations

from matplotlib.figure import Figure

from rcnet_tf.corruptions.kinds import LEVELS
from rcnet_tf.corruptions.measure import Robustness
from rcnet_tf.corruptions.table import labels, what
from rcnet_tf.evaluation.drawing import DASHES, DPI, PALETTE, fonts, png, short, title

_COLUMNS = 5
_MARKERS = "os^Dv<>"


@fonts()
def robustness_png(result: Robustness) -> bytes:
    """Draw accuracy by severity; the left end of every curve is without corruption.

    Returns:
        The content of a PNG file.
    """
    count = len(result.corruptions)
    columns = min(_COLUMNS, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(2.9 * columns + 0.6, 2.9 * rows + 1.2), dpi=DPI, layout="constrained")
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for index, axes in enumerate(panels):
        if index >= count:
            axes.set_visible(False)
            continue
        one = result.corruptions[index]
        for model, name in enumerate(result.models):
            place = model % len(PALETTE)
            shares = [result.accuracy_clean[model], *result.accuracy[model, index]]
            axes.plot(
                range(LEVELS + 1),
                [100 * share for share in shares],
                color=PALETTE[place],
                linestyle=DASHES[place] if one.rising else "",
                marker=_MARKERS[place],
                markersize=4.5,
                linewidth=1.8,
                label=short(name, 40),
            )
        axes.set_title(f"{one.name}\n{one.unit}", fontsize=10)
        axes.set_xticks(range(LEVELS + 1), ["none", *labels(one)], fontsize=8)
        if max(map(len, labels(one))) > 4:
            axes.tick_params(axis="x", rotation=35)
        axes.set_ylim(0, 103)
        axes.grid(color="#dddddd", linewidth=0.8)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in panels[::columns]:
        axes.set_ylabel("accuracy (%)")
    handles, names = panels[0].get_legend_handles_labels()
    legend = figure.legend(
        handles, names, loc="outside lower center", ncols=min(3, len(names)), handlelength=3.2
    )
    for entry in legend.get_texts():
        entry.set_parse_math(False)
    title(figure, "Away from the white board: accuracy by severity", what(result), size=13)
    return png(figure)
