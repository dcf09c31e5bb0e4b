"""The object lies on something else than a white board."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

_GREY = np.array([0.299, 0.587, 0.114], np.float32)

# The board is light, hardly coloured, and smooth; see `board`.
_MIN_BRIGHTNESS = 90
_MAX_SATURATION = 0.24
_MAX_SLOPE = 1.8  # pixel values per pixel of half the resolution
_SMOOTHING = 1.0  # pixels of half the resolution
_STOPS_SHORT = 3  # so far from an outline the slope ends the flood


def board(frame: np.ndarray) -> np.ndarray:
    """Where the light board is that TrashNet's objects lie on: bool (H, W).

    A flood from the border over pixels that are bright, hardly coloured and smooth, at half the
    resolution. Holes smaller than a hundredth of the frame are filled: specks are no objects.
    White paper without a visible edge is taken for the board, and a dark shadow is not. Of the 378
    validation pictures of split 42 that costs some six sheets of paper and clear bottles most of
    themselves; four in ten of the cardboards fill the frame and have no board.
    """
    height, width = frame.shape[:2]
    if min(height, width) < 4:
        return np.zeros((height, width), bool)  # too small to have a slope
    small = Image.fromarray(frame).reduce(2).filter(ImageFilter.GaussianBlur(_SMOOTHING))
    pixels = np.asarray(small).astype(np.float32)  # (h, w, 3)
    brightest, darkest = pixels.max(axis=2), pixels.min(axis=2)
    slopes = [np.hypot(*np.gradient(pixels[..., channel])) for channel in range(3)]
    plain = (
        (brightest >= _MIN_BRIGHTNESS)
        & (brightest - darkest <= _MAX_SATURATION * brightest)
        & (np.max(slopes, axis=0) <= _MAX_SLOPE)
    )
    regions, _ = ndimage.label(plain)
    rim = np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]])
    flooded = np.isin(regions, np.unique(rim[rim > 0]))
    flooded = ndimage.binary_dilation(flooded, iterations=_STOPS_SHORT)
    flooded = ~_large(~flooded, flooded.size // 100)
    return np.asarray(Image.fromarray(flooded).resize((width, height), Image.Resampling.NEAREST))


def _large(mask: np.ndarray, least: int) -> np.ndarray:
    """The mask without regions of fewer pixels."""
    regions, _ = ndimage.label(mask)
    count = np.bincount(regions.ravel())
    count[0] = 0
    return (count >= least)[regions]


def lay_on(frame: np.ndarray, surface: str, random: np.random.Generator) -> np.ndarray:
    """Paint the board as another surface, shadows and all.

    Each pixel of the board becomes the surface's, times its own brightness over the board's median.
    A frame without a board (the object fills it) stays as it is.
    """
    mask = board(frame)
    if not mask.any():
        return frame
    grey = frame.astype(np.float32) @ _GREY  # (H, W)
    shade = np.clip(grey / np.median(grey[mask]), 0.0, 1.3)
    height, width = mask.shape
    painted = np.clip(surface_of(surface, height, width, random) * shade[..., None], 0, 255)
    share = ndimage.gaussian_filter(mask.astype(np.float32), 1.0)[..., None]
    return np.rint(frame + share * (painted - frame)).astype(np.uint8)


SURFACES = ("white", "linen", "concrete", "wood", "belt")
"""From what is most like the board to what is least; white tells what repainting itself costs."""


def surface_of(name: str, height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """A texture, float32 (H, W, 3), 0 to 255: one of `SURFACES`."""

    def rough(across: float, along: float) -> np.ndarray:
        """Smooth noise whose bumps have this width and height: (H, W, 1), deviation about 1."""
        rows, columns = (
            max(2, round(side / size) + 2) for side, size in ((height, along), (width, across))
        )
        coarse = Image.fromarray(random.standard_normal((rows, columns), np.float32))
        return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))[..., None]

    def colour(red: float, green: float, blue: float) -> np.ndarray:
        return np.array([red, green, blue], np.float32)

    if name == "white":
        return np.full((height, width, 3), 232, np.float32)
    if name == "linen":
        return colour(206, 190, 163) + 6 * rough(2, 14) + 6 * rough(14, 2) + 4 * rough(90, 90)
    if name == "concrete":
        return colour(140, 138, 132) + 9 * rough(1, 1) + 8 * rough(7, 7) + 9 * rough(60, 60)
    if name == "wood":
        grain = 11 * rough(170, 3) + 7 * rough(90, 1.3) + 9 * rough(300, 40)
        return colour(151, 104, 62) + grain * colour(1.0, 0.85, 0.65)
    if name == "belt":
        return colour(40, 40, 43) + 4 * rough(1, 1) + 4 * rough(9, 9) + 3 * rough(120, 120)
    raise ValueError(f"surface {name!r}: expected one of {', '.join(SURFACES)}")
