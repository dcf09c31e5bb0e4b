"""Multipliers, shifts and ranges as TensorFlow Lite's kernels prepare them from scales.

The definitions are TensorFlow Lite's (Copyright Google LLC, Apache License 2.0).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from ai_edge_litert import schema_py_generated as schema


class Rescale(NamedTuple):
    """x * multiplier * 2^(shift - 31), with multiplier in [2^30, 2^31) or 0."""

    multiplier: int
    shift: int


def rescale(real: float) -> Rescale:
    """A positive real factor in fixed point."""
    fraction, shift = math.frexp(real)
    multiplier = math.floor(fraction * 2.0**31 + 0.5)
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    return Rescale(multiplier, shift) if shift >= -31 else Rescale(0, 0)


def average(factor: Rescale, count: int) -> Rescale:
    """The factor of a mean over `count` values, from the factor of their sum.

    MEAN divides the multiplier, as precisely as 31 bits allow, and not the sum.
    """
    shift = min(count.bit_length() - 1, 32, 31 + factor.shift)
    return Rescale((factor.multiplier << shift) // count, factor.shift - shift)


def activation_range(kind: int, scale: float, zero: int) -> tuple[int, int]:
    """Smallest and largest int8 that an operator with this fused activation gives.

    Raises:
        KeyError: an activation that no int8 kernel fuses.
    """
    low, high = {
        schema.ActivationFunctionType.NONE: (None, None),
        schema.ActivationFunctionType.RELU: (0.0, None),
        schema.ActivationFunctionType.RELU6: (0.0, 6.0),
        schema.ActivationFunctionType.RELU_N1_TO_1: (-1.0, 1.0),
    }[kind]
    least = -128 if low is None else max(-128, zero + _quantised(low, scale))
    most = 127 if high is None else min(127, zero + _quantised(high, scale))
    return least, most


def _quantised(value: float, scale: float) -> int:
    ratio = float(np.float32(value) / np.float32(scale))
    return int(math.copysign(math.floor(abs(ratio) + 0.5), ratio))


def high_mul(a: int, b: int) -> int:
    """a * b / 2^31, rounded to nearest, halves up; saturated."""
    return min((a * b + (1 << 30)) >> 31, 2**31 - 1)


def divide(x: int, shift: int) -> int:
    """x / 2^shift, rounded to nearest, halves away from zero."""
    return (x + ((1 << shift) >> 1) - (shift > 0 and x < 0)) >> shift
