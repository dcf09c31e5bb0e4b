"""The picture of the campaign: what accuracy costs in RAM."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean, stdev

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from rcnet_tf.evaluation.drawing import DPI, PALETTE, fonts, png, title

_OURS, _THEIRS = PALETTE[:2]  # told by shape as well
_TICKS = (32, 64, 128, 256, 512, 1024, 2048, 4096)  # KiB


@fonts()
def frontier_png(names: Sequence[str], rows: Iterable[dict]) -> bytes | None:
    """Draw accuracy in int8 by RAM: mean over the splits, with the standard deviation.

    Networks that the C99 engine runs are drawn with its RAM and, hollow, with that of TensorFlow
    Lite Micro; others with the latter alone.

    Args:
        names: of the trainings.
        rows: of `results.rows`.

    Returns:
        The content of a PNG file; None where none of the trainings was measured.
    """
    rows = [row for row in rows if "test_int8_accuracy" in row]
    series = [[row for row in rows if row["training"] == name] for name in names]
    series = [group for group in series if group]
    if not series:
        return None
    figure = Figure(figsize=(8.0, 5.2), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    engine = []
    for group in series:
        first = group[0]
        ours = first["c99_bytes"] is not None
        kind = "micro" if ours else "int8"
        values = [100 * row[f"test_{kind}_accuracy"] for row in group]
        middle, error = mean(values), stdev(values) if len(values) > 1 else 0.0
        label = f"{first['title']}, {first['input_size']} px"
        arena = first["arena_bytes"] / 1024
        colour = _OURS if ours else _THEIRS
        style = dict(yerr=error, color=colour, capsize=3, elinewidth=1.2, markersize=7)
        place = arena
        if ours:
            place = first["c99_bytes"] / 1024
            engine.append((place, middle))
            axes.errorbar(place, middle, fmt="o", **style)
            axes.plot(arena, middle, "o", color=colour, markersize=7, fillstyle="none")
            axes.plot([place, arena], [middle] * 2, color=colour, linewidth=0.8, linestyle=":")
        else:
            axes.errorbar(place, middle, fmt="s", **style)
        axes.annotate(
            label,
            (place, middle),
            (8, -13),
            textcoords="offset points",
            fontsize=9,
            color="#333333",
        )
    if engine:
        axes.plot(*zip(*sorted(engine), strict=True), color=_OURS, linewidth=1.2)
    axes.plot([], [], "o", color=_OURS, label="C99 engine, picture included")
    axes.plot([], [], "o", color=_OURS, fillstyle="none", label="the same under TFLM")
    axes.plot([], [], "s", color=_THEIRS, label="others, under TFLM")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(_TICKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel("RAM (KiB, logarithmic)")
    axes.set_ylabel("test accuracy in int8 (%)")
    axes.grid(color="#dddddd", linewidth=0.8)
    axes.legend(loc="upper left", fontsize=9)
    axes.margins(x=0.08, y=0.1)
    splits = max(len(group) for group in series)
    title(
        figure,
        "What accuracy costs in RAM",
        f"TrashNet, test parts of up to {splits} splits; mean and standard deviation",
    )
    return png(figure)
