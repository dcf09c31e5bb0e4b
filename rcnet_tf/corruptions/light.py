"""Exposure and contrast, and the sRGB curve between pixels and light."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageEnhance

_STEPS = 1 << 14  # of linear light; finer than an eighth of the darkest step of a pixel


def _from_light(light: np.ndarray) -> np.ndarray:
    """Linear light, 0 to 1 -> sRGB, 0 to 1. Source: IEC 61966-2-1."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _to_light(value: np.ndarray) -> np.ndarray:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


LIGHT = _to_light(np.arange(256) / 255).astype(np.float32)
"""Linear light of every pixel value: float32 (256,), 0 to 1."""

_PIXEL = np.rint(255 * _from_light(np.arange(_STEPS + 1) / _STEPS)).astype(np.uint8)


def pixels(light: np.ndarray) -> np.ndarray:
    """Linear light -> uint8 of the same shape; what is above 1 is burnt out."""
    return _PIXEL[np.rint(np.clip(light, 0.0, 1.0) * _STEPS).astype(np.uint16)]


def expose(frame: np.ndarray, stops: float, random: np.random.Generator) -> np.ndarray:
    """Twice the light for every stop, half of it for every stop below 0; white clips."""
    return pixels(LIGHT * 2.0**stops)[frame]


def fade(frame: np.ndarray, percent: float, random: np.random.Generator) -> np.ndarray:
    """Keep so much of every pixel's distance from the frame's mean grey: haze, a dirty lens."""
    return np.asarray(ImageEnhance.Contrast(Image.fromarray(frame)).enhance(percent / 100))
