"""Learn the ranges of int8 tensors: those that change the network's answers least.

A wide range rounds coarsely, a narrow one clips; which error matters depends on what the network
makes of it. The stem of Focus-RCNet shows it: a few of its channels reach 18 standard deviations,
and the depthwise convolution behind it multiplies the quietest ones by 12. The range of least
squared error keeps the former and drowns the latter. So each value is weighed by the squared
derivative of the logits, the diagonal of the Gauss-Newton matrix, in

    sum g^2 (x - clip(x))^2  +  step^2 / 12  sum g^2

Source of the weights: Dong et al., "HAWQ-V2", NeurIPS 2020, and Nagel et al., "A White Paper on
Neural Network Quantization", 2021, Sec. 3.1 (ranges by squared error and by its effect).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import keras
import numpy as np

from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise.fake_quant import disabled
from rcnet_tf.quantise.lower import logits, quantisers

_BATCH = 8
_SAMPLES = 4096  # of a tensor, per picture
_BINS = 4096
_CANDIDATES = np.geomspace(1.0, 0.03, 60)  # ends of the range, as parts of the extreme value


@dataclass(frozen=True)
class Observed:
    """What representative pictures showed of one tensor.

    Attributes:
        values: float32 (n,), from evenly spaced positions of every picture.
        weights: float32 (n,), squared derivative of the logits by each of them.
        low, high: the extremes, 0 included.
    """

    values: np.ndarray
    weights: np.ndarray
    low: float
    high: float


def learn(
    model: keras.Model, pictures: np.ndarray, progress: Callable[[int], None] | None = None
) -> None:
    """Set the ranges of a lowered model, in place.

    Args:
        model: of `lower.lower`.
        pictures: representative uint8 (N, S, S, 3), from the training part.
        progress: called with the number of pictures done since its last call.
    """
    observed = observe(model, pictures, progress)
    for name, quantiser in quantisers(model).items():
        if not quantiser.fixed:
            quantiser.set_range(*map(rounded, range_of(observed, name, quantiser.silu)))


def range_of(observed: dict[str, Observed], name: str, output: str | None) -> tuple[float, float]:
    """The best range of one of several observed tensors.

    Args:
        observed: by `observe`.
        name: of the tensor.
        output: name of the tensor that a SiLU makes of it, or None.
    """
    one = observed[name]
    if output is None:
        return best_range(one)
    # Its own derivative is no guide: flat at -1.28, where SiLU turns, and not beyond.
    return best_range(replace(one, weights=observed[output].weights), silu)


def rounded(value: float) -> float:
    """To three digits: the last bits of an activation depend on the machine, a file should not."""
    return float(f"{value:.3g}")


def best_range(
    observed: Observed, function: Callable[[np.ndarray], np.ndarray] = np.positive
) -> tuple[float, float]:
    """The ends between which rounding to 256 values does the least weighted squared error.

    Args:
        observed: values and their weights.
        function: what the reader of the tensor computes from each value first; the error is that
            of its result.
    """
    ends = observed.low, observed.high
    if ends[0] == ends[1]:
        return -1.0, 1.0  # always 0: any range does
    weight, edges = np.histogram(observed.values, _BINS, range=ends, weights=observed.weights)
    if not weight.any():
        return ends
    centre = (edges[1:] + edges[:-1]) / 2  # (bins,)
    result = function(centre)
    slope = np.gradient(result, centre)

    low, high = (end * _CANDIDATES if end else np.zeros(1) for end in ends)  # (L,), (H,)
    below = [np.sum((weight * (result - function(end)) ** 2)[centre < end]) for end in low]
    above = [np.sum((weight * (result - function(end)) ** 2)[centre > end]) for end in high]
    step = (high - low[:, None]) / 255  # (L, H)
    rounding = step**2 / 12 * np.sum(weight * slope**2)
    cost = np.array(below)[:, None] + np.array(above) + rounding  # (L, H)
    index = np.unravel_index(np.argmin(cost), cost.shape)
    return float(low[index[0]]), float(high[index[1]])


def observe(
    model: keras.Model, pictures: np.ndarray, progress: Callable[[int], None] | None = None
) -> dict[str, Observed]:
    """Float values of all tensors whose range is free, and how much the logits depend on them."""
    import tensorflow as tf

    found = {name: one for name, one in quantisers(model).items() if not one.fixed}
    probe = keras.Model(model.input, [*(one.input for one in found.values()), logits(model)])
    random = np.random.default_rng(0)
    parts: dict[str, list[tuple]] = {name: [] for name in found}
    for start in range(0, len(pictures), _BATCH):
        batch = tf.constant(preprocess_input(pictures[start : start + _BATCH]))
        with disabled(model), tf.GradientTape() as tape:
            tape.watch(batch)
            *tensors, scores = probe(batch, training=False)
            # A common shift of all logits decides nothing. Random directions see each logit:
            # the expected squared derivative is the sum over them.
            scores -= tf.reduce_mean(scores, axis=1, keepdims=True)  # (B, classes)
            directions = random.standard_normal(scores.shape).astype(np.float32)
            seen = tf.reduce_sum(scores * directions)
        derivatives = tape.gradient(seen, tensors, unconnected_gradients="zero")
        for name, tensor, derivative in zip(found, tensors, derivatives, strict=True):
            values = tensor.numpy().reshape(len(batch), -1)
            # Odd: in the shipped networks at least every third channel is looked at. A stride that
            # visits all was tried and gained nothing: they agreed with their float ones less often.
            step = max(1, values.shape[1] // _SAMPLES) | 1
            weights = derivative.numpy().reshape(len(batch), -1)[:, ::step] ** 2
            chosen = values[:, ::step].ravel()
            parts[name].append((chosen, weights.ravel(), values.min(), values.max()))
        if progress:
            progress(len(batch))
    return {name: _joined(list(zip(*several, strict=True))) for name, several in parts.items()}


def silu(x: np.ndarray) -> np.ndarray:
    """x * sigmoid(x), of float64 as of float32."""
    return x / (1.0 + np.exp(-x))


def _joined(parts) -> Observed:
    values, weights, lows, highs = parts
    return Observed(
        np.concatenate(values), np.concatenate(weights), min(0.0, *lows), max(0.0, *highs)
    )
