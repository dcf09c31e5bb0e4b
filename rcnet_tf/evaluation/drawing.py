"""What all pictures share: fonts for any script, the title, the PNG.

No pyplot: a figure of its own needs no display and leaves the caller's settings alone.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator

import matplotlib
from matplotlib import font_manager
from matplotlib.figure import Figure

from rcnet_tf.evaluation.text import printable

DPI = 150

# Okabe and Ito's palette without black and yellow, and grey: colour-blind readers can tell them
# apart. Dashes help where curves cross, and in print.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
DASHES = ("-", (0, (6, 2)), (0, (2, 1.2)), (0, (7, 2, 1.5, 2)), (0, (4, 1.5)), (0, (1, 1)), "-.")

# Tried in this order for letters that matplotlib's own first one lacks.
_FONTS = (
    "DejaVu Sans",
    "Noto Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "Hiragino Sans",
    "Arial Unicode MS",
)


@contextlib.contextmanager
def fonts() -> Iterator[None]:
    """Use the fonts of this machine that have the letters of the class names; also a decorator."""
    there = set(font_manager.get_font_names())
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcParams["font.family"] = [name for name in _FONTS if name in there]
        # Where no font has a letter a box is drawn; the table and the JSON file have the name.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def short(name: str, most: int = 20) -> str:
    """A name that leaves room for the picture."""
    name = printable(name)
    return name if len(name) <= most else f"{name[: most - 1]}…"


def title(figure: Figure, what: str, subtitle: str, size: float = 12) -> None:
    """Put what is to be seen, and below it of what, on top of a figure."""
    figure.suptitle(f"{what}\n{printable(subtitle)}", fontsize=size, parse_math=False)


def png(figure: Figure) -> bytes:
    """The figure as the content of a PNG file."""
    content = io.BytesIO()
    # "tight", because the layout alone cuts labels of pictures with a fixed aspect ratio.
    figure.savefig(content, format="png", bbox_inches="tight", pad_inches=0.15)
    return content.getvalue()
