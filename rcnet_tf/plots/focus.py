"""What Focus does to a picture: its four phases, and what tells them apart."""

from __future__ import annotations

import keras
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rcnet_tf.evaluation.drawing import PALETTE, fonts
from rcnet_tf.layers.focus import PHASES, focus_slices
from rcnet_tf.plots.canvas import bare, jpeg, new_figure, photo

_COLOURS = (PALETTE[0], PALETTE[1], PALETTE[2], PALETTE[4])
_WORDS = ("even", "odd")
_SIDE = 8  # of the enlarged patch


@fonts()
def focus_picture(pixels: np.ndarray) -> bytes:
    """Draw a few pixels enlarged, each marked with its phase; the four phases; a difference.

    The pixels that are enlarged are those of the patch with the most contrast.

    Args:
        pixels: uint8 (S, S, 3), S even, at least 8.

    Returns:
        The content of a JPEG file.

    Raises:
        ValueError: S is odd.
    """
    if pixels.shape[0] % 2 or pixels.shape[1] % 2:
        raise ValueError(f"Focus halves the picture: expected even sides, got {pixels.shape}")
    slices = keras.ops.convert_to_numpy(focus_slices(pixels[None]))[0]  # (S/2, S/2, 12)
    phases = np.split(slices, len(PHASES), axis=-1)
    figure = new_figure(
        3.9, "Focus cuts the picture into four half-size ones, and no pixel is lost"
    )
    left, middle, right = figure.subfigures(1, 3, width_ratios=(1.0, 1.2, 1.0))
    axes = left.subplots()
    row, column = _most_contrast(pixels)
    photo(axes, pixels[row : row + _SIDE, column : column + _SIDE])
    _outline(axes)
    where = f"pixels {column} to {column + _SIDE - 1} of rows {row} to {row + _SIDE - 1}"
    axes.set_xlabel(f"{where},\nframed by the phase", fontsize=10)
    for axes, phase, place, colour in zip(
        _by_place(middle.subplots(2, 2)), phases, PHASES, _COLOURS, strict=True
    ):
        photo(axes, phase, " row, ".join(_WORDS[one] for one in place) + " column", colour)
    _difference(right.subplots(), phases[0], phases[-1])
    return jpeg(figure)


def _by_place(panels: np.ndarray) -> list[Axes]:
    """Panels in the order of the phases, each where its pixels lie in a square of four."""
    return [panels[place] for place in PHASES]


def _most_contrast(pixels: np.ndarray) -> tuple[int, int]:
    """Upper left of the patch in which pixels differ most."""
    grey = pixels.mean(axis=-1)
    rows, columns = (side // _SIDE for side in grey.shape)
    patches = grey[: rows * _SIDE, : columns * _SIDE].reshape(rows, _SIDE, columns, _SIDE)
    row, column = divmod(int(patches.std(axis=(1, 3)).argmax()), columns)
    return _SIDE * row, _SIDE * column


def _outline(axes: Axes) -> None:
    for y in range(_SIDE):
        for x in range(_SIDE):
            colour = _COLOURS[PHASES.index((y % 2, x % 2))]
            corner = (x - 0.42, y - 0.42)
            axes.add_patch(Rectangle(corner, 0.84, 0.84, fill=False, edgecolor=colour, linewidth=2))


def _difference(axes: Axes, one: np.ndarray, other: np.ndarray) -> None:
    steps = other.astype(int).mean(axis=-1) - one.astype(int).mean(axis=-1)  # (S/2, S/2)
    reach = max(float(np.percentile(np.abs(steps), 99)), 1.0)
    image = axes.imshow(steps, cmap="PuOr", vmin=-reach, vmax=reach, interpolation="nearest")
    bare(axes)
    axes.set_xlabel("last phase less the first:\nwhat halving by skipping would lose", fontsize=10)
    bar = axes.figure.colorbar(image, ax=axes, orientation="horizontal", fraction=0.05, pad=0.02)
    bar.set_label("grey levels of 255", fontsize=9)
    bar.ax.tick_params(labelsize=8.5)
    bar.outline.set_visible(False)
