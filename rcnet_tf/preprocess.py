"""The input contract, in one place: how a picture becomes the network's input.

1. The *whole* frame is stretched to `size` x `size`; the aspect ratio is not kept. TrashNet is 4:3
   throughout, as are most camera modules, and on it a stretched frame beats a letterboxed one.
2. The filter is the exact area average (box filter): every source pixel counts with the area of it
   that falls into the target pixel. All weights are integers and the mean is rounded half up, so
   that C reaches the same bytes in one pass over the rows with 32-bit sums a row.
3. The network sees `pixel / 128 - 1`, in [-1, 0.9922]: the int8 input of a quantised model is
   exactly `pixel - 128` (scale 1/128, zero point 0).

NumPy alone: firmware tools and notebooks use this without TensorFlow.
"""

from __future__ import annotations

import numpy as np

DEFAULT_SIZE = 224
MIN_SIZE, MAX_SIZE = 64, 448

INPUT_SCALE = 1.0 / 128.0
INPUT_ZERO_POINT = 0


def area_weights(source: int, target: int) -> np.ndarray:
    """Integer weights of the area average along one axis.

    Target cell i covers [i * source, (i + 1) * source) and source cell j covers
    [j * target, (j + 1) * target) on a common ruler of source * target ticks; the weight is the
    length of their overlap.

    Args:
        source: number of source cells, at least 1.
        target: number of target cells, at least 1.

    Returns:
        int64 array (target, source); every row sums to `source`.
    """
    if source < 1 or target < 1:
        raise ValueError(f"sizes must be at least 1, got {source} and {target}")
    begin = np.arange(target)[:, None] * source
    low = np.arange(source)[None, :] * target
    overlap = np.minimum(begin + source, low + target) - np.maximum(begin, low)
    return np.maximum(overlap, 0).astype(np.int64)


def resize_area(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize by exact area averaging, rounded half up.

    Args:
        picture: uint8 array (H, W, C).
        height: target height.
        width: target width.

    Returns:
        uint8 array (height, width, C).

    Raises:
        ValueError: not a uint8 array of three dimensions.
    """
    picture = np.asarray(picture)
    if picture.dtype != np.uint8 or picture.ndim != 3:
        raise ValueError(f"expected uint8 (H, W, C), got {picture.dtype} {picture.shape}")
    rows, columns, channels = picture.shape
    if (rows, columns) == (height, width):
        return picture.copy()
    # Matrix products in float64 are exact here: every sum is an integer below 255 * H * W < 2**53.
    vertical = area_weights(rows, height).astype(np.float64)  # (h, H)
    horizontal = area_weights(columns, width).astype(np.float64)  # (w, W)
    flat = picture.reshape(rows, columns * channels).astype(np.float64)  # (H, W*C)
    lines = (vertical @ flat).reshape(height, columns, channels)  # (h, W, C)
    total = np.einsum("wW,hWc->hwc", horizontal, lines, optimize=True)  # (h, w, C)
    area = rows * columns
    return ((2 * total.astype(np.int64) + area) // (2 * area)).astype(np.uint8)


def resize_picture(picture: np.ndarray, size: int = DEFAULT_SIZE) -> np.ndarray:
    """Bring a picture of any size to the network's: uint8 (H, W, 3) -> uint8 (size, size, 3)."""
    return resize_area(picture, size, size)


def preprocess_input(pixels):
    """Map pixels in [0, 255] to the network's input, `pixel / 128 - 1`.

    Args:
        pixels: array or tensor, (..., 3), integer or floating, RGB, already at the network's size
            (see `resize_picture`).

    Returns:
        The same kind of array in [-1, 0.9922]; float32 for integer NumPy arrays.
    """
    if isinstance(pixels, np.ndarray) and not np.issubdtype(pixels.dtype, np.floating):
        pixels = pixels.astype(np.float32)
    return pixels * INPUT_SCALE - 1.0


def quantize_input(pixels: np.ndarray) -> np.ndarray:
    """The int8 input of a quantised model, exactly `pixel - 128`: uint8 array -> int8 array."""
    if pixels.dtype != np.uint8:
        raise ValueError(f"expected uint8 pixels, got {pixels.dtype}")
    return (pixels ^ 0x80).view(np.int8)


def check_size(size: int) -> int:
    """Return `size` if the network can take it, an even number from 64 to 448.

    Raises:
        ValueError: it cannot.
    """
    if size % 2 or not MIN_SIZE <= size <= MAX_SIZE:
        raise ValueError(f"input size {size}: expected an even number from {MIN_SIZE} to {MAX_SIZE}")
    return size
