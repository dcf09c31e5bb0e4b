"""The corruptions and their five severities, in one place.

The scheme is that of Hendrycks and Dietterich, "Benchmarking neural network robustness to common
corruptions and perturbations", ICLR 2019; severities are physical quantities here, and what they do
is what a microcontroller's camera does.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rcnet_tf.corruptions import background, light, optics, rotation, sensor
from rcnet_tf.data.sources import listed
from rcnet_tf.errors import UserError
from rcnet_tf.preprocess import resize_area


@dataclass(frozen=True)
class Corruption:
    """One way in which pictures get worse.

    Attributes:
        name: in a word.
        unit: of the severities, in words.
        severities: mild to strong, as `apply` takes them.
        apply: (frame, severity, random) -> frame; all uint8 (H, W, 3).
        rising: whether a severity is more of what the one before it is.
    """

    name: str
    unit: str
    severities: Sequence[Any]
    apply: Callable[[np.ndarray, Any, np.random.Generator], np.ndarray]
    rising: bool = True

    def __call__(self, frame: np.ndarray, level: int, key: str) -> np.ndarray:
        """Apply severity number `level`, 0 to 4, to a frame.

        What is random depends on the picture's key alone, so that severities differ in strength and
        nothing else, and every run sees the same pictures.
        """
        seed = zlib.crc32(f"{self.name} {key}".encode(errors="surrogateescape"))
        return self.apply(frame, self.severities[level], np.random.default_rng(seed))


LEVELS = 5
"""Severities of each corruption."""

CORRUPTIONS = (
    Corruption("darker", "stops of exposure", (-0.5, -1, -1.5, -2, -3), light.expose),
    Corruption("brighter", "stops of exposure", (0.25, 0.5, 0.75, 1, 1.5), light.expose),
    Corruption("contrast", "% that is left", (75, 60, 45, 30, 20), light.fade),
    Corruption("defocus", "pixels, blur radius", (1, 2, 3, 5, 8), optics.defocus),
    Corruption("motion", "pixels, blur length", (5, 9, 15, 21, 31), optics.shake),
    Corruption("noise", "electrons at white", (2000, 500, 200, 80, 30), sensor.noise),
    Corruption("jpeg", "quality", (50, 30, 20, 10, 5), sensor.jpeg),
    Corruption("depth", "bits of R, G, B", ("666", "565", "444", "332", "222"), sensor.depth),
    Corruption("rotation", "degrees", (10, 20, 30, 45, 90), rotation.rotate),
    Corruption(
        "background", "in place of the board", background.SURFACES, background.lay_on, rising=False
    ),
)
"""All of them, in the order of tables and pictures."""


def named(names: Sequence[str] | None) -> tuple[Corruption, ...]:
    """Those of these names, in the order of `CORRUPTIONS`; all where names is None.

    Raises:
        UserError: a name is none of a corruption.

    Example:
        >>> (noise,) = named(["noise"])
        >>> frame = np.full((96, 128, 3), 128, np.uint8)
        >>> noise(frame, level=2, key="glass/glass1.jpg").shape
        (96, 128, 3)
    """
    known = [one.name for one in CORRUPTIONS]
    if unknown := set(names or ()) - set(known):
        raise UserError(f"no corruption {listed(unknown)}; expected some of {', '.join(known)}")
    return tuple(one for one in CORRUPTIONS if names is None or one.name in names)


def camera_frame(picture: np.ndarray) -> np.ndarray:
    """A picture as the frame of a small camera: at most `optics.LONG_SIDE` pixels along a side.

    Otherwise a pixel of blur or the noise of a pixel would mean little in pictures from a phone.
    """
    longer = max(picture.shape[:2])
    if longer <= optics.LONG_SIDE:
        return picture
    height, width = (max(1, round(side * optics.LONG_SIDE / longer)) for side in picture.shape[:2])
    return resize_area(picture, height, width)
