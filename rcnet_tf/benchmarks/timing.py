"""Time things against each other on a machine that has other work to do as well."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Run = Callable[[], tuple[float, float]]
"""Does the work once; returns seconds by the clock and of the processors, over all threads."""


@dataclass(frozen=True)
class Timing:
    """What one contender took, run for run.

    Attributes:
        images: pictures a run.
        wall: seconds of each run.
        cpu: processor seconds of each run, over all threads: hardly touched by other programs.
    """

    images: int
    wall: tuple[float, ...]
    cpu: tuple[float, ...]

    @property
    def images_per_second(self) -> float:
        """By the clock, of the median run."""
        return self.images / statistics.median(self.wall)

    @property
    def cpu_ms_per_image(self) -> float:
        """Processor milliseconds of the median run."""
        return 1000 * statistics.median(self.cpu) / self.images

    def faster_than(self, other: Timing) -> float:
        """How many times as fast, the median over pairs of neighbouring runs: above 1, faster."""
        pairs = zip(self.wall, other.wall, strict=True)
        return statistics.median(theirs / ours for ours, theirs in pairs)


def timed(work: Callable[[], object]) -> Run:
    """Work of this process with a watch on it."""

    def run() -> tuple[float, float]:
        start, start_cpu = time.perf_counter(), time.process_time()
        work()
        return time.perf_counter() - start, time.process_time() - start_cpu

    return run


def interleaved(
    runs: dict[str, Run],
    images: int,
    repeats: int,
    advance: Callable[[], None] = lambda: None,
) -> dict[str, Timing]:
    """Take the time of every run, in turns, so that a busy spell of the machine hits all alike.

    Args:
        runs: what to time; each is called twice beforehand, to compile and to warm up.
        images: pictures that one call deals with.
        repeats: timed calls of each.
        advance: called after every timed call.
    """
    for run in runs.values():
        run()
        run()
    wall: dict[str, list[float]] = {name: [] for name in runs}
    cpu: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for repeat in range(repeats):
        first = repeat % len(names)  # nobody always follows the same neighbour
        for name in names[first:] + names[:first]:
            seconds, cpu_seconds = runs[name]()
            wall[name].append(seconds)
            cpu[name].append(cpu_seconds)
            advance()
    return {name: Timing(images, tuple(wall[name]), tuple(cpu[name])) for name in names}
