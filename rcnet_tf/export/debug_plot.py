"""A diagnosis as a picture: signal over noise through the network, and what each layer costs."""

from __future__ import annotations

import itertools

import numpy as np
from matplotlib.figure import Figure

from rcnet_tf.evaluation.drawing import DPI, PALETTE, fonts, png, short, title
from rcnet_tf.export.debug import Diagnosis
from rcnet_tf.export.noise import LayerNoise

MOST_NAMED = 90
"""Layers up to so many are all named on the axis; of more, the first of each part."""
_WORST = 3

# The marks differ as well.
_TOTAL, _OWN, _SHARE = PALETTE[:3]


@fonts()
def noise_png(diagnosis: Diagnosis, subtitle: str) -> bytes:
    """Draw all layers in the order of execution, steps inside layers left out.

    Args:
        diagnosis: what `debug.measure` returned.
        subtitle: what was measured, such as "focus_rcnet_224_int8.tflite".

    Returns:
        The content of a PNG file.
    """
    layers = [layer for layer in diagnosis.layers if not layer.inner]
    width = float(np.clip(2.5 + 0.21 * len(layers), 9.0, 22.0))
    figure = Figure(figsize=(width, 9.0), dpi=DPI, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    _mark_parts(upper, lower, layers)
    _draw_decibels(upper, layers)
    _draw_shares(lower, layers, diagnosis.worst_first()[:_WORST])
    _name_layers(lower, layers)
    logits = "" if diagnosis.logits_db is None else f", logits {diagnosis.logits_db:.1f} dB"
    what = f"{subtitle}, {diagnosis.pictures} pictures, {diagnosis.kernels} kernels{logits}"
    title(figure, _headline(diagnosis), what, size=14)
    return png(figure)


def _headline(diagnosis: Diagnosis) -> str:
    worst = diagnosis.worst_first()[:1]
    if not worst or worst[0].share is None:
        return "Signal over quantisation noise, layer by layer"
    return (
        f"{short(worst[0].name, 40)} makes {100 * worst[0].share:.0f} % of the int8 network's "
        "error at the logits"
    )


def _draw_decibels(axes, layers: list[LayerNoise]) -> None:
    places = np.arange(len(layers))
    own = _column(layers, "own_db")
    quiet = _column(layers, "quiet_db")
    axes.plot(
        places,
        _column(layers, "total_db"),
        color=_TOTAL,
        marker="o",
        markersize=4,
        linewidth=1.8,
        label="total: this layer and all before it",
    )
    axes.plot(
        places,
        own,
        color=_OWN,
        marker="D",
        markersize=4.5,
        linestyle="none",
        label="own: what the layer itself adds",
    )
    axes.vlines(
        places,
        quiet,
        own,
        color=_OWN,
        alpha=0.45,
        linewidth=1.6,
        label="own, down to quiet channels",
    )
    axes.set_ylabel("signal over noise (dB, higher is better)", fontsize=11)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.12 * (high - low))  # room for the legend
    axes.legend(loc="upper right", ncols=3, fontsize=10, framealpha=0.95)
    _plain(axes)


def _draw_shares(axes, layers: list[LayerNoise], worst: list[LayerNoise]) -> None:
    shares = 100.0 * np.nan_to_num(_column(layers, "share"))
    axes.bar(np.arange(len(layers)), shares, color=_SHARE, width=0.75)
    top = max(float(shares.max(initial=0.0)), 1.0)
    axes.set_ylim(0, 1.5 * top)  # room for the list of the worst
    axes.set_ylabel("share of the logits' error (%)", fontsize=11)
    names = [layer.name for layer in layers]
    listed = []
    for rank, layer in enumerate(worst, start=1):
        place = names.index(layer.name)
        if shares[place] < 1.0:
            break
        axes.text(place, shares[place] + 0.02 * top, str(rank), ha="center", fontsize=10)
        listed.append(f"{rank}   {short(layer.name, 40)}: {shares[place]:.0f} %, {layer.cause}")
    axes.text(
        0.995,
        0.97,
        "\n".join(listed),
        transform=axes.transAxes,
        ha="right",
        va="top",
        multialignment="left",
        fontsize=10,
        parse_math=False,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85},
    )
    _plain(axes)


def _name_layers(axes, layers: list[LayerNoise]) -> None:
    firsts = [
        place
        for place, layer in enumerate(layers)
        if place == 0 or layers[place - 1].part != layer.part
    ]
    ticks = list(range(len(layers))) if len(layers) <= MOST_NAMED else firsts
    names = [short(layers[place].name, 32) for place in ticks]
    axes.set_xticks(ticks, names, rotation=90, fontsize=8, parse_math=False)
    axes.set_xlim(-0.8, len(layers) - 0.2)
    axes.set_xlabel("layers in the order of execution", fontsize=11)


def _mark_parts(upper, lower, layers: list[LayerNoise]) -> None:
    """Shade every other part of the network and name those that are wide enough."""
    start = 0
    for number, (part, members) in enumerate(itertools.groupby(layers, lambda one: one.part)):
        end = start + len(list(members))
        for axes in (upper, lower) if number % 2 else ():
            axes.axvspan(start - 0.5, end - 0.5, color="#eef1f4", zorder=0)
        if end - start >= 3:
            upper.text(
                (start + end - 1) / 2,
                1.01,
                short(part),
                transform=upper.get_xaxis_transform(),
                ha="center",
                fontsize=10,
                parse_math=False,
            )
        start = end


def _plain(axes) -> None:
    axes.grid(axis="y", color="#d5d5d5", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)


def _column(layers: list[LayerNoise], name: str) -> np.ndarray:
    values = (getattr(layer, name) for layer in layers)
    return np.array([np.nan if value is None else value for value in values])
