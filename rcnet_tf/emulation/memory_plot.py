"""Where the memory goes: a network's plan as a picture, a row for each step of a run."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Patch, Polygon, Rectangle

from rcnet_tf.evaluation.drawing import DPI, PALETTE, fonts, png, title
from rcnet_tf.export.c99.network import Network
from rcnet_tf.export.c99.plan import IMAGE, Phase, Plan, plan

_PICTURE, _MAP, _WORK = PALETTE[1], PALETTE[5], PALETTE[0]
_FREE, _STACK = "#E8E8E8", "#404040"
_HEIGHT = 0.74  # of a bar

# What the buffers of the work area are for: their names in the plan, colour, hatching.
_KINDS = {
    "rings of three rows": (("source", "ring"), PALETTE[0], ""),
    "single rows": (("narrow1", "narrow2", "row"), PALETTE[5], "//"),
    "pixels on their way into 1x1 convolutions": (("packed",), PALETTE[4], ""),
    "tables of shortcuts and SimAM": (("sums", "counts", "table"), PALETTE[3], ".."),
    "padding, totals, averages": (("pad", "totals", "average"), PALETTE[6], ""),
}


@fonts()
def memory_png(network: Network, stack_bytes: int, ram_bytes: int | None) -> bytes:
    """Draw the memory of a run with the picture in it (RCNET_IMAGE).

    Args:
        network: what is run.
        stack_bytes: measured, see `measure.Row`.
        ram_bytes: what it all has to fit, or None.

    Returns:
        The content of a PNG file.
    """
    layout = plan(network)
    steps = (" ".join(step.name.split("_")[:2]) for step in network.steps)
    names = ["before the run", *steps, "head"]
    figure = Figure(figsize=(12.5, 1.9 + 0.29 * len(names)), dpi=DPI, layout="constrained")
    whole, work = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    _draw_whole(whole, network, layout, stack_bytes)
    _draw_work(work, layout)
    whole.set_yticks(range(len(names)), names, fontsize=8)
    whole.set_ylim(len(names) - 0.4, -0.6)
    total = layout.memory(IMAGE) + stack_bytes
    whole.set_xlim(0, 1.01 * max(total, ram_bytes or 0))
    if ram_bytes:
        whole.axvline(ram_bytes, color="black", linestyle=(0, (4, 2)), linewidth=1)
        whole.text(0.993 * ram_bytes, len(names) / 2, f"{ram_bytes:,}: what it may take",
                   rotation=90, fontsize=8, ha="right", va="center")  # fmt: skip
    size = network.size
    title(
        figure,
        f"{size} x {size} pixels in {total:,} bytes of RAM",
        f"picture, feature maps, rings, tables and {stack_bytes:,} bytes of stack, step by step",
        size=13,
    )
    return png(figure)


def _draw_whole(axes, network: Network, layout: Plan, stack_bytes: int) -> None:
    slots = layout.slots[IMAGE] * layout.slot_bytes
    work = layout.work[IMAGE]
    picture = 3 * network.size**2
    _bar(axes, 0, 0, picture, _PICTURE, "picture")
    steps = [*network.steps, network.head]
    for row, (phase, step) in enumerate(zip(layout.phases, steps, strict=True), 1):
        _bar(axes, row, 0, slots, _FREE)
        used = phase.slots * layout.slot_bytes
        if row == 1:  # rows of the picture make room for rows of the map, from first to last
            _bar(axes, row, 0, used, _MAP)
            low, high = row + _HEIGHT / 2, row - _HEIGHT / 2
            corners = [(0, high), (picture, high), (picture, low)]
            axes.add_patch(Polygon(corners, facecolor=_PICTURE, edgecolor="none"))
        else:
            after = getattr(step, "out_size", step.size)
            left = after * layout.slot_bytes
            _bar(axes, row, 0, left, _MAP, f"{after} x {after}")
            if left < used:
                _bar(axes, row, left, used - left, _MAP)
                axes.plot([left, left], [row - _HEIGHT / 2, row + _HEIGHT / 2], color="white")
                axes.text(left, row, f"  {step.size} x {step.size} before", va="center", fontsize=7)
        _bar(axes, row, slots, work, _FREE)
        _bar(axes, row, slots, _bytes(phase), _WORK)
        _bar(axes, row, slots + work, stack_bytes, _STACK)
    axes.legend(
        handles=[
            Patch(color=_PICTURE, label="picture"),
            Patch(color=_MAP, label="feature map"),
            Patch(color=_WORK, label="work area, see the right"),
            Patch(color=_STACK, label="stack"),
            Patch(color=_FREE, label="not in use"),
        ],
        **_BELOW,
    )
    _label(axes, "bytes of RAM")


def _draw_work(axes, layout: Plan) -> None:
    for row, phase in enumerate(layout.phases, 1):
        _bar(axes, row, 0, layout.work[IMAGE], _FREE)
        for piece in phase.pieces:
            for names, colour, hatch in _KINDS.values():
                if piece.name in names:
                    _bar(axes, row, piece.start, piece.bytes, colour, hatch=hatch)
    axes.legend(
        handles=[
            Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=label)
            for label, (_, colour, hatch) in _KINDS.items()
        ],
        **_BELOW,
    )
    axes.set_xlim(0, layout.work[IMAGE])
    _label(axes, "bytes of the work area")


def _bytes(phase: Phase) -> int:
    """Of the work area, without what only RCNET_ROWS needs."""
    return sum(piece.bytes for piece in phase.pieces if piece.name != "image")


_BELOW = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.09), "fontsize": 8, "ncols": 2,
          "frameon": False}  # fmt: skip


def _bar(axes, row: int, start: int, count: int, colour: str, text: str = "", hatch: str = ""):
    axes.add_patch(
        Rectangle((start, row - _HEIGHT / 2), count, _HEIGHT, facecolor=colour, hatch=hatch,
                  edgecolor="white" if hatch else "none", linewidth=0)
    )  # fmt: skip
    if text:
        axes.text(start + count / 2, row, text, ha="center", va="center", fontsize=7)


def _label(axes, what: str) -> None:
    axes.set_xlabel(what, fontsize=9)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
