"""The input contract, in one place: how a picture becomes the network's input.

1. The *whole* frame is stretched to `size` x `size`; the aspect ratio is not kept. TrashNet is 4:3
   throughout, as are most camera modules, and on it a stretched frame beats a letterboxed one.
2. The filter is the exact area average (box filter): every source pixel counts with the area of it
   that falls into the target pixel. All weights are integers and the mean is rounded half up:
   (sum + area / 2) / area in integer division, with

       area = H / gcd(H, size) * W / gcd(W, size)

   C reaches the same bytes in one pass over the picture's rows. Its sums, rounding included, fit
   unsigned 32 bits while area <= 16,810,048: for every picture of at most 16.8 megapixels, and for
   larger ones whose sides share factors with the size.
3. The network sees `pixel / 128 - 1`, in [-1, 0.9922]: the int8 input of a quantised model is
   exactly `pixel - 128` (scale 1/128, zero point 0).

NumPy alone: firmware tools and notebooks use this without TensorFlow.
"""

from __future__ import annotations

import math

import numpy as np

from rcnet_tf.errors import UserError

DEFAULT_SIZE = 224
"""Side of the network's input where none is chosen, pixels."""

MIN_SIZE = 64
"""Smallest side of the input."""

MAX_SIZE = 448
"""Largest side of the input."""

SIZES = f"an even number from {MIN_SIZE} to {MAX_SIZE}"
"""What the side of the input may be, in words."""

INPUT_SCALE = 1.0 / 128.0
"""Scale of the int8 input: real = scale * (stored - zero point)."""

INPUT_ZERO_POINT = 0
"""Zero point of the int8 input."""

MAX_AREA_32 = 16_810_048
"""The largest area (see above) whose white sum, 255 * area + area // 2, fits unsigned 32 bits."""


def area_weights(source: int, target: int) -> tuple[np.ndarray, np.ndarray]:
    """Integer weights of the area average along one axis.

    Target cell i covers [i * source, (i + 1) * source) and source cell j covers
    [j * target, (j + 1) * target) on a common ruler of source * target ticks; the weight is the
    length of their overlap. Both lengths are first divided by their greatest common divisor.

    Args:
        source: number of source cells, at least 1.
        target: number of target cells, at least 1.

    Returns:
        Two int64 arrays (target, L), where L is the largest number of source cells under a target
        cell: the source cells, and their weights. Where a target cell covers fewer, the weight is
        0. Every row of weights sums to source / gcd(source, target).

    Raises:
        ValueError: a number is below 1.

    Example:
        >>> cells, weights = area_weights(3, 2)
        >>> cells.tolist(), weights.tolist()
        ([[0, 1], [1, 2]], [[2, 1], [1, 2]])
    """
    if source < 1 or target < 1:
        raise ValueError(f"sizes must be at least 1, got {source} and {target}")
    divisor = math.gcd(source, target)
    span, tick = source // divisor, target // divisor  # of a target cell, of a source cell
    begin = np.arange(target, dtype=np.int64)[:, None] * span
    first = begin // tick
    most = int(np.max((begin + span - 1) // tick - first)) + 1
    cells = first + np.arange(most)  # (target, L)
    overlap = np.minimum(begin + span, (cells + 1) * tick) - np.maximum(begin, cells * tick)
    return np.minimum(cells, source - 1), np.maximum(overlap, 0)


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
    area = rows // math.gcd(rows, height) * (columns // math.gcd(columns, width))
    # 32 bits are twice as fast as 64.
    exact: type = np.uint32 if area <= MAX_AREA_32 else np.uint64
    lines = _weigh_rows(picture.reshape(rows, columns * channels), height, exact)  # (h, W*C)
    lines = lines.reshape(height, columns, channels)
    lines = np.ascontiguousarray(lines.transpose(1, 0, 2))  # (W, h, C): whole rows move faster
    total = _weigh_rows(lines.reshape(columns, height * channels), width, exact)  # (w, h*C)
    # Half an odd area is rounded down; no sum lies half-way then, and the result is the same.
    total = (total + exact(area // 2)) // exact(area)
    result = total.astype(np.uint8).reshape(width, height, channels)
    return np.ascontiguousarray(result.transpose(1, 0, 2))


def _weigh_rows(cells: np.ndarray, target: int, dtype: type) -> np.ndarray:
    """Weighted sums over axis 0 (see `area_weights`): (source, K) -> (target, K) of `dtype`."""
    indices, weights = area_weights(len(cells), target)
    weights = weights.astype(dtype)
    total: np.ndarray = np.zeros((target, cells.shape[1]), dtype)
    term = np.empty_like(total)
    for index, weight in zip(indices.T, weights.T, strict=True):  # L times
        np.multiply(cells[index], weight[:, None], out=term)
        total += term
    return total


def resize_picture(picture: np.ndarray, size: int = DEFAULT_SIZE) -> np.ndarray:
    """Bring a picture of any size to the network's: uint8 (H, W, 3) -> uint8 (size, size, 3).

    Example:
        >>> resize_picture(np.zeros((384, 512, 3), np.uint8)).shape
        (224, 224, 3)
    """
    return resize_area(picture, size, size)


def preprocess_input(pixels):
    """Map pixels in [0, 255] to the network's input, `pixel / 128 - 1`.

    Args:
        pixels: array or tensor, (..., 3), integer or floating, RGB, already at the network's size
            (see `resize_picture`).

    Returns:
        The same kind of array in [-1, 0.9922]; float32 for integers.

    Example:
        >>> preprocess_input(np.array([0, 128, 255], np.uint8)).tolist()
        [-1.0, 0.0, 0.9921875]
    """
    if not hasattr(pixels, "dtype"):
        pixels = np.asarray(pixels)
    if isinstance(pixels, np.ndarray):
        if not np.issubdtype(pixels.dtype, np.floating):
            pixels = pixels.astype(np.float32)
    elif "float" not in str(pixels.dtype):
        from keras import ops  # who has a tensor has Keras

        pixels = ops.cast(pixels, "float32")
    return pixels * INPUT_SCALE - 1.0


def quantize_input(pixels: np.ndarray) -> np.ndarray:
    """The int8 input of a quantised model, exactly `pixel - 128`: uint8 array -> int8 array.

    Raises:
        ValueError: the pixels are no uint8.

    Example:
        >>> quantize_input(np.array([0, 128, 255], np.uint8)).tolist()
        [-128, 0, 127]
    """
    if pixels.dtype != np.uint8:
        raise ValueError(f"expected uint8 pixels, got {pixels.dtype}")
    return (pixels ^ 0x80).view(np.int8)


def check_size(size: int) -> int:
    """Return `size` if the network can take it, an even number from 64 to 448.

    Raises:
        ValueError: it cannot.
    """
    if size % 2 or not MIN_SIZE <= size <= MAX_SIZE:
        raise ValueError(f"input size {size}: expected {SIZES}")
    return size


def check_input_size(option: str, size: int) -> None:
    """The same for a size that the user gave.

    Args:
        option: that gave it, for the message.
        size: side of the input, pixels.

    Raises:
        UserError: the network cannot take it.
    """
    try:
        check_size(size)
    except ValueError:
        raise UserError(f"{option} {size}: expected {SIZES}") from None
