"""Run jobs side by side, each on its own share of the cores, until none is left."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rcnet_tf.experiments.jobs import Job

_POLL_SECONDS = 0.5
_LINES_OF_A_FAILURE = 5
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
# On a GPU the first process would take nearly all memory beforehand, on either backend.
_SHARING = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}


@dataclass
class Outcome:
    """Labels of the jobs that ended well, that failed, and that waited for one of those."""

    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def run(
    jobs: list[Job],
    side_by_side: int,
    say: Callable[[str], None],
    ended: Callable[[], object] = lambda: None,
) -> Outcome:
    """Run jobs, those first that stand first and whose needs are there.

    A failure costs the jobs that wait for it and no others. Ctrl-C, `kill`, and any other end of
    this process that Python sees, ends the jobs under way; trainings go on from their checkpoints
    when the campaign is started again. To be called from the main thread.

    Args:
        jobs: in order.
        side_by_side: how many run at a time; the cores are shared among them.
        say: called with a line at the start and end of each job.
        ended: called after each job that has ended well.
    """
    outcome, waiting = Outcome(), list(jobs)
    slots: dict[int, tuple[Job, subprocess.Popen, float]] = {}
    there = {job.makes for job in jobs if job.makes.is_file()}  # and yet it is to be made

    def made(job: Job) -> bool:
        return job.makes not in there and job.makes.is_file()

    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        while waiting or slots:
            for slot, (job, process, started) in list(slots.items()):
                if process.poll() is None:
                    continue
                del slots[slot]
                minutes = (time.monotonic() - started) / 60
                # Whatever it says: another campaign in the folder may have been first.
                if made(job) or (process.returncode == 0 and job.makes.is_file()):
                    outcome.done.append(job.label)
                    say(f"{job.label}: done in {minutes:.1f} minutes, {len(waiting)} wait")
                    ended()
                else:
                    outcome.failed.append(job.label)
                    say(f"{job.label}: failed after {minutes:.1f} minutes; the end of {job.log}:")
                    say(_end(job))
            ready = [job for job in waiting if all(file.is_file() for file in job.needs)]
            for job in filter(made, list(ready)):
                ready.remove(job)
                waiting.remove(job)
                outcome.done.append(job.label)
                say(f"{job.label}: done elsewhere, {len(waiting)} wait")
            for slot in range(side_by_side):
                if slot not in slots and ready:
                    job = ready.pop(0)
                    waiting.remove(job)
                    say(f"{job.label}: started")
                    slots[slot] = (job, _start(job, slot, side_by_side), time.monotonic())
            if waiting and not slots:
                break  # what they need has failed
            time.sleep(_POLL_SECONDS)
    finally:
        for _, process, _ in slots.values():
            process.terminate()
        for _, process, _ in slots.values():
            process.wait()
        signal.signal(signal.SIGTERM, before)
    outcome.left = [job.label for job in waiting]
    return outcome


def _start(job: Job, slot: int, slots: int) -> subprocess.Popen:
    job.log.parent.mkdir(parents=True, exist_ok=True)
    with job.log.open("ab") as log:
        process = subprocess.Popen(
            job.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**_SHARING, **os.environ} if slots > 1 else None,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
    if slots > 1 and hasattr(os, "sched_setaffinity"):
        # Two runs on a core each are done sooner than one after the other on both: a step of so
        # small a network has much that does not divide. TensorFlow counts the cores it may use.
        cores = sorted(os.sched_getaffinity(0))
        mine = set(cores[slot::slots]) or {cores[slot % len(cores)]}
        with contextlib.suppress(ProcessLookupError):  # ended already; its status says how
            os.sched_setaffinity(process.pid, mine)
    return process


def _end_with_parent() -> None:
    """Even a campaign that is killed without warning leaves no training behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(job: Job) -> str:
    lines = job.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_LINES_OF_A_FAILURE:])
