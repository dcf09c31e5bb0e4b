"""Learning rates over the steps of a run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="rcnet_tf")
class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up, then cosine to zero, steps of a factor of ten, or constant.

    The paper says both "cosine annealing" and "reduced by a factor of 10 every 90 cycles"; these
    contradict each other, and both are here.

    Args:
        kind: "cosine", "step" or "constant".
        peak: learning rate after the warm-up.
        steps: steps of the whole run.
        warmup: steps of the linear warm-up from 0.
        drop_every: for "step": steps between two drops.

    Raises:
        ValueError: unknown kind.
    """

    KINDS = ("cosine", "step", "constant")

    def __init__(self, kind, peak, steps, warmup=0, drop_every=1):
        if kind not in self.KINDS:
            raise ValueError(f"schedule {kind!r}: expected one of {', '.join(self.KINDS)}")
        self.kind, self.peak, self.steps = kind, peak, steps
        self.warmup, self.drop_every = warmup, drop_every
        self._held = None

    def __call__(self, step):
        return self._rate(step) if self._held is None else self._held

    @contextlib.contextmanager
    def held(self, step) -> Iterator[None]:
        """Within the block every answer is the rate at `step`, which is computed once."""
        self._held = self._rate(step)
        try:
            yield
        finally:
            self._held = None

    def _rate(self, step):
        step = ops.cast(step, "float32")
        if self.kind == "cosine":
            span = max(self.steps - self.warmup, 1)
            progress = ops.clip((step - self.warmup) / span, 0.0, 1.0)
            rate = self.peak * 0.5 * (1.0 + ops.cos(progress * 3.141592653589793))
        elif self.kind == "step":
            rate = self.peak * ops.power(0.1, ops.floor(step / self.drop_every))
        else:
            rate = ops.full_like(step, self.peak)
        if self.warmup:
            rate = ops.where(step < self.warmup, self.peak * (step + 1.0) / self.warmup, rate)
        return rate

    def get_config(self):
        return {
            "kind": self.kind,
            "peak": self.peak,
            "steps": self.steps,
            "warmup": self.warmup,
            "drop_every": self.drop_every,
        }
