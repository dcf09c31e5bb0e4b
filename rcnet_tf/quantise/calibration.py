"""The representative dataset: the pictures from which quantisation learns its ranges."""

from __future__ import annotations

import hashlib

import numpy as np

from rcnet_tf.errors import UserError

LEAST = 10
"""Fewer pictures are refused."""

RECOMMENDED = 100
"""Pictures from which ranges come out well."""

# Neighbouring pixels of a picture are alike; those of independent noise differ by 85 on average.
_NOISE_DIFFERENCE = 50.0


def check(pictures: np.ndarray, size: int) -> None:
    """Refuse pictures from which no sensible ranges can be learnt.

    Args:
        pictures: expected to be uint8 (N, size, size, 3), N at least 10.
        size: side of the model's input.

    Raises:
        UserError: empty, too few, of another size or type, constant, all the same, or noise.
    """
    pictures = np.asarray(pictures)
    give = "give pictures like those the camera will see, from the training part (--data)"
    if len(pictures) == 0:
        raise UserError(f"no representative pictures; expected at least {RECOMMENDED}: {give}")
    if pictures.dtype != np.uint8 or pictures.shape[1:] != (size, size, 3):
        raise UserError(
            f"representative pictures are {pictures.dtype} {pictures.shape}; expected uint8 "
            f"(N, {size}, {size}, 3) for this model: resize them with "
            "rcnet_tf.preprocess.resize_picture"
        )
    if len(pictures) < LEAST:
        raise UserError(
            f"{len(pictures)} representative pictures; expected at least {LEAST}, better "
            f"{RECOMMENDED}: {give}"
        )
    flat = pictures.reshape(len(pictures), -1)
    constant = int(np.sum(flat.min(axis=1) == flat.max(axis=1)))
    if constant > len(pictures) // 10:
        raise UserError(
            f"{constant} of {len(pictures)} representative pictures are of a single colour: {give}"
        )
    if len({picture.tobytes() for picture in pictures[: 2 * LEAST]}) < LEAST:
        raise UserError(f"representative pictures are copies of one another: {give}")
    noisy = int(sum(_roughness(picture) > _NOISE_DIFFERENCE for picture in pictures))
    if noisy > len(pictures) // 10:
        raise UserError(f"{noisy} of {len(pictures)} representative pictures are noise: {give}")


def _roughness(picture: np.ndarray) -> float:
    """Mean difference of horizontal neighbours, in steps of 255."""
    return float(np.mean(np.abs(np.diff(picture.astype(np.int16), axis=1))))


def with_extremes(pictures: np.ndarray) -> np.ndarray:
    """The pictures, with the values 0 and 255 in them.

    The converter takes the input's range from the values it sees. Only with both ends of it does
    the input scale become 1/128 and its zero point 0, so that a device's int8 input is exactly
    `pixel - 128`. Where they are missing, the darkest value of all becomes 0 and the brightest 255:
    no other change would disturb the inner ranges less.

    Example:
        >>> with_extremes(np.array([5, 7, 250], np.uint8)).tolist()
        [0, 7, 255]
    """
    pictures = np.array(pictures)
    flat = pictures.reshape(-1)
    flat[np.argmin(flat)] = 0
    flat[np.argmax(flat)] = 255
    return pictures


def canonical(pictures: np.ndarray) -> np.ndarray:
    """The pictures in an order of their own, whatever the one they came in."""
    return pictures[np.argsort([hashlib.sha256(one.tobytes()).hexdigest() for one in pictures])]
