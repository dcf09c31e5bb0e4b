"""What all pictures here share: size, fonts, plain axes, the file."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from rcnet_tf.evaluation.drawing import title

DPI = 110
WIDTH = 9.5
"""Inches: as wide as a notebook's column, so that a point of a font is one of the page's."""

INK, FAINT = "#222222", "#767676"


def new_figure(height: float, what: str, subtitle: str = "") -> Figure:
    """A figure of the page's width that is titled with what is to be seen.

    Args:
        height: in inches.
        what: the title.
        subtitle: of what; left out where it is empty.
    """
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
    if subtitle:
        title(figure, what, subtitle, size=12)
    else:
        figure.suptitle(what, fontsize=12, parse_math=False)
    return figure


def photo(axes: Axes, pixels: np.ndarray, caption: str = "", frame: str | None = None) -> None:
    """Show a picture, uint8 (H, W, 3), with its pixels as they are.

    Args:
        axes: where.
        pixels: the picture.
        caption: below it.
        frame: colour of a frame around it; None: no frame.
    """
    axes.imshow(pixels, interpolation="nearest")
    bare(axes)
    axes.set_xlabel(caption, fontsize=9.5, color=INK, parse_math=False)
    if frame:
        axes.spines[:].set(visible=True, color=frame, linewidth=3)


def bare(axes: Axes) -> None:
    """No ticks and no box: for pictures."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def plain(axes: Axes, grid: str = "y") -> None:
    """A light grid along one axis, and no box: for charts."""
    axes.grid(axis=grid, color="#d9d9d9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9.5)


def thousands(axis) -> None:
    """Ticks such as 150 k and 30 M."""
    axis.set_major_formatter(EngFormatter(sep=" "))


def png(figure: Figure) -> bytes:
    """The figure as a PNG file: for charts."""
    return _saved(figure, format="png")


def jpeg(figure: Figure, comment: str = "") -> bytes:
    """The figure as a JPEG file: for photographs, of which a PNG would be five times as large."""
    options = {"quality": 86, "subsampling": 0, "comment": comment.encode()}
    return _saved(figure, format="jpeg", pil_kwargs=options)


def _saved(figure: Figure, **options) -> bytes:
    content = io.BytesIO()
    # "tight", because the layout alone cuts labels of pictures with a fixed aspect ratio.
    figure.savefig(content, bbox_inches="tight", pad_inches=0.12, **options)
    return content.getvalue()
