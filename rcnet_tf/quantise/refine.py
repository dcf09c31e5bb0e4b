"""Ranges around a SiLU: measured, where an estimate does not do.

`ranges` judges a range by the derivative of the logits. A SiLU bends between 0 and -5, so that a
derivative there says little about what clipping does, and its input and output are clipped for the
same outliers. Both ranges are therefore searched for together, by the change of the logits itself.

A search asks for the logits two dozen times. What lies before the SiLU does not change meanwhile
and is computed once, and what lies behind is compiled.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator

import keras
import numpy as np

from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise.fake_quant import FakeQuant
from rcnet_tf.quantise.folded import Folded
from rcnet_tf.quantise.lower import logits, quantisers
from rcnet_tf.quantise.ranges import rounded, silu

_PICTURES = 32
_BATCH = 16
_FACTORS = (0.5, 0.7, 0.85, 1.2, 1.5, 2.0, 4.0)
_ROUNDS = 2
_TURN = -1.2785  # where SiLU is least


def refine(model: keras.Model, pictures: np.ndarray) -> None:
    """Improve the ranges around every SiLU of a lowered model, in place.

    Args:
        model: of `lower.lower`, its ranges learnt.
        pictures: representative uint8 (N, S, S, 3), some of which are used.
    """
    chosen = pictures[:: max(1, len(pictures) // _PICTURES)][:_PICTURES]
    images = preprocess_input(chosen)
    scores = keras.Model(model.input, logits(model))
    with _rounding(model, ()):
        exact = _centred(_run(scores, images))
    for name, quantiser in quantisers(model).items():
        if quantiser.silu:
            output = quantisers(model)[quantiser.silu]
            with _rounding(model, (name, quantiser.silu)):
                cost = _cost(model, quantiser, images, exact)
                _search(quantiser, output, cost)


def _cost(
    model: keras.Model, source: FakeQuant, images: np.ndarray, exact: np.ndarray
) -> Callable[[], float]:
    """By how much rounding changes the logits, under the ranges at the time when it is called."""
    import tensorflow as tf

    try:
        behind = keras.Model(source.input, logits(model))
    except ValueError:  # something leads around the SiLU: there is no one place to begin at
        behind, seen = keras.Model(model.input, logits(model)), images
    else:
        seen = _run(keras.Model(model.input, source.input), images)
    compiled = tf.function(behind)

    def cost() -> float:
        return float(np.mean((_centred(_run(compiled, seen)) - exact) ** 2))

    return cost


def _search(source: FakeQuant, output: FakeQuant, cost: Callable[[], float]) -> None:
    """Move one end after the other to where the cost is least."""
    estimated = [keras.ops.convert_to_numpy(one.range) for one in (source, output)]
    start, least, best = [float(end) for end in estimated[0]], cost(), None
    for _ in range(_ROUNDS):
        for end in (0, 1):
            centre = best or start
            for factor in _FACTORS:
                tried = [value * factor if i == end else value for i, value in enumerate(centre)]
                _set(source, output, *tried)
                if (found := cost()) < least:
                    least, best = found, tried
    if best:
        _set(source, output, *best)
    else:
        source.set_range(*estimated[0])
        output.set_range(*estimated[1])


def _set(source: FakeQuant, output: FakeQuant, low: float, high: float) -> None:
    """One range for a SiLU's input, and for its output what the SiLU makes of that."""
    source.set_range(rounded(low), rounded(high))
    lowest = max(low, _TURN)
    output.set_range(rounded(silu(lowest)), rounded(silu(high)))


@contextlib.contextmanager
def _rounding(model: keras.Model, tensors: Collection[str]) -> Iterator[None]:
    """Round these tensors alone, and no kernel."""
    quantised = list(quantisers(model).values())
    convolutions = [layer for layer in model.layers if isinstance(layer, Folded)]
    before = [one.enabled for one in quantised], [one.rounding for one in convolutions]
    for one in quantised:
        one.enabled = one.tensor in tensors
    for one in convolutions:
        one.rounding = False
    try:
        yield
    finally:
        for one, enabled in zip(quantised, before[0], strict=True):
            one.enabled = enabled
        for one, rounding in zip(convolutions, before[1], strict=True):
            one.rounding = rounding


def _run(function: Callable, inputs: np.ndarray) -> np.ndarray:
    batches = [inputs[at : at + _BATCH] for at in range(0, len(inputs), _BATCH)]
    return np.concatenate(
        [keras.ops.convert_to_numpy(function(one, training=False)) for one in batches]
    )


def _centred(scores: np.ndarray) -> np.ndarray:
    """Logits less their mean, (N, classes): a common shift of all decides nothing."""
    return scores - scores.mean(axis=1, keepdims=True)
