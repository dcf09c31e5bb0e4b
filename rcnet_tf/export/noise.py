"""Signal and noise of one int8 tensor, summed up over pictures, and the range behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Values of a picture that percentiles are taken from.
_SAMPLE = 4096
# A channel that is always 0 has no range, and no ratio to others.
_SILENT = 1e-6


@dataclass(frozen=True)
class LayerNoise:
    """What quantisation does to one tensor; decibels are 10 log10(signal energy / noise energy).

    Attributes:
        name: of the tensor, that of its layer; an inner tensor is "layer/operator".
        part: of the network that the layer belongs to: "stage1", "conv5".
        operator: that makes it, such as "CONV_2D"; of several the last.
        shape: without the batch.
        total_db: against the float network: error that came in and error that arose here.
        own_db: against the float layer fed with the int8 network's inputs: what arose here.
        quiet_db: `own_db` of a quiet channel: only one in twenty is worse.
        logits_db: of the logits, if the error that arose here were the only one in the network;
            None for what follows the logits.
        share: of the sum of all layers' errors' energies at the logits, 0 to 1; None for inner
            tensors, whose errors are part of their layer's.
        weights_share: of the error that arose here, what is due to 8-bit weights, 0 to 1.
        clipped_share: the same, due to values outside the range.
        scale, zero_point: real = scale * (stored - zero_point).
        range: smallest and largest real number that can be stored.
        low, high: smallest and largest value of the float network.
        p_low, p_high: its percentiles 0.1 and 99.9.
        clipped: share of its values that lie outside the range, by more than half a step.
        bits: log2 of the steps between `p_low` and `p_high`: what all but a few values use.
        channel_ratio: 95th over 5th percentile of the channels' largest magnitudes.
    """

    name: str
    part: str
    operator: str
    shape: tuple[int, ...]
    total_db: float | None
    own_db: float | None
    quiet_db: float | None
    logits_db: float | None
    share: float | None
    weights_share: float | None
    clipped_share: float | None
    scale: float
    zero_point: int
    range: tuple[float, float]
    low: float
    high: float
    p_low: float
    p_high: float
    clipped: float
    bits: float
    channel_ratio: float | None

    @property
    def inner(self) -> bool:
        """Whether this is a step inside a layer."""
        return "/" in self.name

    @property
    def cause(self) -> str:
        """Where most of the error that arose here is from, in a word or two."""
        if (self.weights_share or 0.0) > 0.5:
            return "8-bit weights"
        if (self.clipped_share or 0.0) > 0.5:
            return "clipped values"
        if self.bits < 6.5:
            return f"range {2 ** (8.0 - self.bits):.1f} times that of 99.8 %"
        if (self.channel_ratio or 1.0) > 8.0:
            return "loud channels beside quiet ones"
        return "rounding"


def decibels(signal: float, noise: float) -> float | None:
    """Ratio of energies in dB; None where there is nothing to compare or no error at all."""
    return float(10.0 * np.log10(signal / noise)) if signal > 0.0 and noise > 0.0 else None


class Sums:
    """Energies and ranges of one tensor, picture by picture.

    Args:
        limits: smallest and largest number that can be stored.
        scale: the step between two.
    """

    def __init__(self, limits: tuple[float, float], scale: float):
        self.limits, self.scale = limits, scale
        self.signal = self.noise = 0.0
        self.own_signal: np.ndarray | float = 0.0  # (C,)
        self.own_noise: np.ndarray | float = 0.0  # (C,)
        self.weights = self.clipping = 0.0
        self.low, self.high = np.inf, -np.inf
        self.loudest: np.ndarray | float = 0.0  # (C,)
        self.count = self.outside = 0
        self.effect: float | None = None  # energy at the logits
        self._samples: list[np.ndarray] = []
        self._random = np.random.default_rng(0)

    def add(self, stored: np.ndarray, real: np.ndarray) -> None:
        """Compare with the float network.

        Args:
            stored: what the int8 network holds, as real numbers, (B, ..., C).
            real: what the float network holds, of the same shape.
        """
        self.signal += energy(real)
        self.noise += energy(stored - real)
        self.low = min(self.low, float(real.min()))
        self.high = max(self.high, float(real.max()))
        self.loudest = np.maximum(self.loudest, np.abs(_channels(real)).max(axis=0))
        self.count += real.size
        self.outside += int(self._outside(real).sum())
        self._samples.append(self._random.choice(real.ravel(), _SAMPLE * len(real)))

    def add_own(self, stored: np.ndarray, real: np.ndarray, exact: np.ndarray | None) -> np.ndarray:
        """Compare with the float layer on the int8 network's inputs; return the error.

        Args:
            stored: as above.
            real: what the float layer makes of these inputs.
            exact: the same with the int8 network's weights, in real numbers; None if not known.
        """
        known = np.isfinite(real)  # but for the rsqrt of a variance that was rounded to 0
        real = np.where(known, real, 0.0)
        error = np.where(known, stored - real, 0.0)
        self.own_signal = self.own_signal + np.square(_channels(real), dtype=np.float64).sum(0)
        self.own_noise = self.own_noise + np.square(_channels(error), dtype=np.float64).sum(0)
        self.clipping += energy(error[self._outside(real)])
        if exact is not None:
            self.weights += energy(exact - real)
        return error

    def add_effect(self, energy: float) -> None:
        """Add what the error that arose here does to one picture's logits."""
        self.effect = (self.effect or 0.0) + energy

    def figures(self) -> dict:
        """All of `LayerNoise` that can be said about this tensor alone."""
        own_signal, own_noise = float(np.sum(self.own_signal)), float(np.sum(self.own_noise))
        p_low, p_high = np.percentile(np.concatenate(self._samples), [0.1, 99.9])
        heard = np.atleast_1d(self.loudest)
        heard = heard[heard > _SILENT]
        return {
            "total_db": decibels(self.signal, self.noise),
            "own_db": decibels(own_signal, own_noise),
            "quiet_db": _fifth_percentile(self.own_signal, self.own_noise),
            "weights_share": min(self.weights / own_noise, 1.0) if own_noise else None,
            "clipped_share": min(self.clipping / own_noise, 1.0) if own_noise else None,
            "range": self.limits,
            "low": self.low,
            "high": self.high,
            "p_low": float(p_low),
            "p_high": float(p_high),
            "clipped": self.outside / self.count,
            "bits": float(np.log2(1.0 + (p_high - p_low) / self.scale)),
            "channel_ratio": (
                float(np.divide(*np.percentile(heard, [95, 5]))) if len(heard) else None
            ),
        }

    def _outside(self, real: np.ndarray) -> np.ndarray:
        low, high = self.limits
        half = 0.5 * self.scale
        return (real < low - half) | (real > high + half)


def energy(values: np.ndarray) -> float:
    """Sum of squares."""
    return float(np.square(values, dtype=np.float64).sum())


def _channels(values: np.ndarray) -> np.ndarray:
    """(B, ..., C) -> (positions, C)."""
    return values.reshape(-1, values.shape[-1])


def _fifth_percentile(signal, noise) -> float | None:
    """Decibels of the channel that one in twenty is worse than."""
    signal, noise = np.atleast_1d(signal), np.atleast_1d(noise)
    known = (signal > 0.0) & (noise > 0.0)
    if not known.any():
        return None
    return float(np.percentile(10.0 * np.log10(signal[known] / noise[known]), 5))
