"""Blur, in linear light, where lenses work.

Lengths are pixels of a frame whose longer side is `LONG_SIDE`; smaller frames have less of them, in
proportion.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import oaconvolve

from rcnet_tf.corruptions.light import LIGHT, pixels

LONG_SIDE = 512
_FINE = 8  # points along a pixel, of which its weight in a kernel is counted


def defocus(frame: np.ndarray, radius: float, random: np.random.Generator) -> np.ndarray:
    """A lens out of focus: every point of light becomes a disk."""
    radius = _scaled(radius, frame)
    return _blurred(frame, _kernel(radius, lambda x, y: x * x + y * y <= radius * radius))


def shake(frame: np.ndarray, length: float, random: np.random.Generator) -> np.ndarray:
    """The camera or the object moves while the shutter is open: a line, in a random direction."""
    half = _scaled(length / 2, frame)
    angle = random.uniform(0.0, np.pi)
    along, across = np.cos(angle), np.sin(angle)

    def line(x, y):
        near = np.abs(x * across - y * along) <= 0.5
        return near & (np.abs(x * along + y * across) <= half)

    return _blurred(frame, _kernel(half, line))


def _scaled(length: float, frame: np.ndarray) -> float:
    """In pixels of this frame; at least from the middle of a pixel to its edge."""
    return max(0.5, length * max(frame.shape[:2]) / LONG_SIDE)


def _kernel(radius: float, inside) -> np.ndarray:
    """How much of each pixel lies inside a shape around the middle: float32 (K, K), sum 1."""
    reach = int(np.ceil(radius + 0.5))
    points = (np.arange((2 * reach + 1) * _FINE) + 0.5) / _FINE - reach - 0.5
    fine = inside(points[None, :], points[:, None]).astype(np.float32)
    side = 2 * reach + 1
    kernel = fine.reshape(side, _FINE, side, _FINE).sum(axis=(1, 3))
    return kernel / kernel.sum()


def _blurred(frame: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    edge = len(kernel) // 2
    light = LIGHT[np.pad(frame, ((edge, edge), (edge, edge), (0, 0)), mode="reflect")]
    return pixels(oaconvolve(light, kernel[..., None], mode="valid", axes=(0, 1)))
