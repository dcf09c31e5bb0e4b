"""The picture of the campaign: what accuracy costs in RAM."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from rcnet_tf.data.published import PUBLISHED
from rcnet_tf.evaluation.drawing import DPI, PALETTE, fonts, png, title

_OURS, _THEIRS, _ALONE = PALETTE[:3]  # told by shape as well
_BESIDE = 1.04  # factor between points of the same RAM, whose bars would cover each other
_MIDDLE = 256  # KiB; further right there is no room for words on the right
_WIDE = 16  # characters of a line of a name on the left
_TICKS = (32, 64, 128, 256, 512, 1024, 2048, 4096)  # KiB


@dataclass(frozen=True)
class Point:
    """A training over its splits.

    Attributes:
        title: of the training.
        input_size: pixels.
        accuracy: mean over the test parts, percent, in int8 on the kernels of PCs, which run all.
        deviation: sample standard deviation, percent; 0 of one split.
        splits: how many.
        arena: KiB under TensorFlow Lite Micro.
        engine: KiB of the C99 engine, picture included; None where it does not run the network.
    """

    title: str
    input_size: int
    accuracy: float
    deviation: float
    splits: int
    arena: float
    engine: float | None


def points(names: Sequence[str], rows: Iterable[dict]) -> list[Point]:
    """Those of the trainings that have met a test part.

    Args:
        names: of the trainings, in order.
        rows: of `results.rows`.
    """
    rows = [row for row in rows if "test_int8_accuracy" in row]
    result = []
    for name in names:
        mine = [row for row in rows if row["training"] == name]
        if not mine:
            continue
        first, values = mine[0], [100 * row["test_int8_accuracy"] for row in mine]
        engine = first.get("c99_bytes")
        result.append(
            Point(
                first["title"],
                first["input_size"],
                mean(values),
                stdev(values) if len(values) > 1 else 0.0,
                len(values),
                first["arena_bytes"] / 1024,
                engine / 1024 if engine else None,
            )
        )
    return result


@fonts()
def frontier_png(found: Sequence[Point]) -> bytes:
    """Draw accuracy in int8 by RAM: mean over the splits, with the standard deviation.

    Networks that the C99 engine runs are drawn with its RAM and, hollow, with that of TensorFlow
    Lite Micro; others with the latter alone. Where some have several splits, a network of one is
    drawn as a diamond: it may stand high or low for the pictures of its split.

    Args:
        found: at least one point.

    Returns:
        The content of a PNG file.
    """
    figure = Figure(figsize=(8.0, 5.2), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    engine = [point for point in found if point.engine]
    most = max((point.splits for point in engine), default=1)
    alone = [point for point in engine if point.splits == 1 < most]
    engine = [point for point in engine if point not in alone]
    for point in alone:
        axes.plot(point.engine, point.accuracy, "D", color=_ALONE, markersize=6)
        axes.annotate(
            f"{point.input_size} px",
            (point.engine, point.accuracy),
            (-8, 4),
            textcoords="offset points",
            horizontalalignment="right",
            fontsize=9,
            color="#333333",
        )
    taken: Counter[float] = Counter()
    for point in (point for point in found if point not in alone):
        colour = _OURS if point.engine else _THEIRS
        place = point.engine or point.arena
        beside = _BESIDE ** taken[place]
        taken[place] += 1
        place *= beside
        axes.errorbar(
            place,
            point.accuracy,
            yerr=point.deviation,
            fmt="o" if point.engine else "s",
            color=colour,
            capsize=3,
            elinewidth=1.2,
            markersize=7,
        )
        if point.engine:
            both = (place, point.arena * beside)
            hollow = dict(color=colour, markersize=7, fillstyle="none")
            axes.plot(both[1], point.accuracy, "o", **hollow)
            axes.plot(both, [point.accuracy] * 2, color=colour, linewidth=0.8, linestyle=":")
        right = place < _MIDDLE
        # Where a line joins the sizes of a network it is named once, at its largest: sizes that
        # cost about the same lie close together.
        largest = max(one.input_size for one in found if one.title == point.title)
        named = point.input_size == largest or not point.engine
        name = f"{point.title}, " if named else ""
        label = f"{name}{point.input_size} px"
        axes.annotate(
            # On the left of a point it stands where the networks of ours have their names.
            label if right else textwrap.fill(label, _WIDE),
            (place, point.accuracy),
            (8 if right else -8, -4),
            textcoords="offset points",
            horizontalalignment="left" if right else "right",
            verticalalignment="top",
            fontsize=9,
            color="#333333",
            bbox=dict(facecolor="white", edgecolor="none", pad=1.0),
        )
    for one in {point.title for point in engine}:
        line = sorted((point.engine, point.accuracy) for point in engine if point.title == one)
        axes.plot(*zip(*line, strict=True), color=_OURS, linewidth=1.2)
    if engine:
        axes.plot([], [], "o", color=_OURS, label="C99 engine, picture included")
        axes.plot([], [], "o", color=_OURS, fillstyle="none", label="the same under TFLM")
    if alone:
        axes.plot([], [], "D", color=_ALONE, label="C99 engine, one split alone")
    if len(engine) + len(alone) < len(found):
        axes.plot([], [], "s", color=_THEIRS, label="others, under TFLM")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(_TICKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel("RAM (KiB, logarithmic)")
    axes.set_ylabel("test accuracy in int8 (%), kernels of PCs")
    axes.grid(color="#dddddd", linewidth=0.8)
    axes.legend(loc="upper left", fontsize=9)
    axes.margins(x=0.08, y=0.1)
    counts = sorted({point.splits for point in found if point not in alone})
    some = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    splits = "five splits" if counts == [len(PUBLISHED)] else f"{some} of five splits"
    title(
        figure,
        "What accuracy costs in RAM",
        f"TrashNet, test parts, {splits}; mean and standard deviation",
    )
    return png(figure)
