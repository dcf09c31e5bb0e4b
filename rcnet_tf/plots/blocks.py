"""The shape of a block: how wide it is at each of its convolutions, and where its shortcut is."""

from __future__ import annotations

from collections.abc import Mapping

import keras
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.path import Path

from rcnet_tf.complexity import count, total
from rcnet_tf.evaluation.drawing import PALETTE, fonts
from rcnet_tf.plots.canvas import FAINT, new_figure, png

_DEPTHWISE, _POINTWISE, _SHORTCUT = PALETTE[1], PALETTE[0], PALETTE[2]
_HALF = 0.12  # of a bar's width; the next bar is at 1


@fonts()
def block_shapes(blocks: Mapping[str, keras.Model], subtitle: str = "") -> bytes:
    """Draw blocks side by side: tensors as bars as high as they have channels.

    Args:
        blocks: name -> model of one block alone, of depthwise and 1x1 convolutions.
        subtitle: of which size.

    Returns:
        The content of a PNG file.
    """
    what = "The sandglass is wide where it filters and where its shortcut is, narrow in between"
    figure = new_figure(3.9, what, subtitle)
    panels = figure.subplots(1, len(blocks), sharey=True, squeeze=False)[0]
    shapes = {name: _Shape(model) for name, model in blocks.items()}
    widest = max(width for shape in shapes.values() for width in shape.widths)
    for axes, (name, shape) in zip(panels, shapes.items(), strict=True):
        _draw(axes, shape, widest)
        axes.set_title(name.replace("_", " "), fontsize=11, parse_math=False)
        axes.set_xlabel(
            f"{shape.cost.parameters:,} parameters\n"
            f"{shape.cost.macs / 1e6:.1f} M multiply-accumulates",
            fontsize=10,
        )
    panels[0].set_ylabel("channels", fontsize=10.5)
    for words, colour in (("3x3 depthwise", _DEPTHWISE), ("1x1", _POINTWISE)):
        panels[0].plot([], [], color=colour, linewidth=3, label=words)
    panels[0].plot([], [], color=_SHORTCUT, linewidth=2, label="shortcut")
    figure.legend(loc="outside lower center", ncols=3, fontsize=10, frameon=False)
    return png(figure)


class _Shape:
    """A block as it is drawn.

    Attributes:
        cost: of all of it.
        convolutions: in order.
        widths: channels before the first convolution and behind each.
        shortcut: whether it has one.
    """

    def __init__(self, block: keras.Model):
        costs = count(block)
        self.cost = total(costs)
        self.convolutions = [one for one in costs if one.macs]
        outputs = (one.output_shape[-1] for one in self.convolutions)
        self.widths = [block.input_shape[-1], *outputs]
        self.shortcut = any(one.kind == "Add" for one in costs)


def _draw(axes: Axes, shape: _Shape, widest: int) -> None:
    for place, channels in enumerate(shape.widths):
        corner = (place - _HALF, -channels / 2)
        bar = Rectangle(corner, 2 * _HALF, channels, facecolor="#cfd8df", edgecolor=FAINT)
        axes.add_patch(bar)
        axes.text(place, channels / 2 + 0.03 * widest, str(channels), ha="center", fontsize=10)
    for place, one in enumerate(shape.convolutions):
        colour = _DEPTHWISE if one.kind == "DepthwiseConv2D" else _POINTWISE
        _arrow(axes, [(place + _HALF, 0), (place + 1 - _HALF, 0)], colour, 2.6)
    last = len(shape.widths) - 1
    if shape.shortcut:
        below = -max(shape.widths) / 2 - 0.1 * widest
        start, end = (-width / 2 for width in (shape.widths[0], shape.widths[-1]))
        way = [(0, start), (0, below), (last, below), (last, end)]
        _arrow(axes, way, _SHORTCUT, 1.8)
    axes.set(xlim=(-0.5, last + 0.5), ylim=(-0.66 * widest, 0.6 * widest), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _arrow(axes: Axes, way: list[tuple[float, float]], colour: str, width: float) -> None:
    style = dict(arrowstyle="-|>", mutation_scale=13, color=colour, linewidth=width)
    axes.add_patch(FancyArrowPatch(path=Path(way), fill=False, **style))
