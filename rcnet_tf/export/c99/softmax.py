"""The table of exponentials of the fixed-point softmax.

TensorFlow Lite's int8 softmax works with e^-d for differences d of two logits, in fixed point. The
differences are 0 to 255 steps of the logits' scale, so that 256 numbers hold all that it needs;
what is left to C is a sum and a quotient. Definition: TensorFlow Lite and gemmlowp, Copyright
Google LLC, Apache License 2.0.
"""

from __future__ import annotations

import math

from rcnet_tf.export.c99.fixed import divide, high_mul

_FRACTION = 26  # bits of a difference; 5 in front of the point
_ONE = 2**31 - 1  # 1 with 31 bits of fraction
# e^-(2^k) with 31 bits of fraction, for k = -2, -1, ...
_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def exponentials(scale: float, beta: float) -> list[int]:
    """e^(-beta * scale * d) for d = 0 to 255, with 31 bits of fraction; 0 where it is left out."""
    fraction, shift = math.frexp(min(beta * scale * (1 << _FRACTION), 2.0**31 - 1.0))
    multiplier = math.floor(fraction * 2.0**31 + 0.5)
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    most = math.floor(31.0 * (1 << _FRACTION) / 2.0**shift)  # beyond, 5 bits do not suffice
    return [
        _exponential(high_mul(-d * (1 << shift), multiplier)) if d <= most else 0
        for d in range(256)
    ]


def _exponential(x: int) -> int:
    """e^x for x <= 0 with 26 bits of fraction: a polynomial between -1/4 and 0, times powers."""
    if x == 0:
        return _ONE
    quarter = 1 << (_FRACTION - 2)
    rest = (x & (quarter - 1)) - quarter  # in [-1/4, 0)
    result = _polynomial(rest << 5)
    bits = rest - x
    for k, power in enumerate(_POWERS):
        if bits >> (_FRACTION - 2 + k) & 1:
            result = high_mul(result, power)
    return result


def _polynomial(x: int) -> int:
    """e^x for x in [-1/4, 0) with 31 bits of fraction: Taylor's, around -1/8."""
    y = x + (1 << 28)
    squared = high_mul(y, y)
    cubed = high_mul(squared, y)
    fourth = divide(high_mul(squared, squared), 2)
    tail = divide(high_mul(fourth + cubed, 715827883) + squared, 1)  # y^2/2 + y^3/6 + y^4/24
    return 1895147668 + high_mul(1895147668, y + tail)
