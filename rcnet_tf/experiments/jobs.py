"""Commands that each make one file, and what has to be there before."""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rcnet_tf.experiments.measure import MEASURED
from rcnet_tf.experiments.plan import Places, Run
from rcnet_tf.experiments.trainings import TRAININGS
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.recipes import RECIPES


@dataclass(frozen=True)
class Job:
    """One command.

    Attributes:
        label: for people.
        command: what to run.
        makes: the file that is there once the command has ended well.
        needs: files that must be there before.
        log: where its output goes.
        pictures: data and split that it reads.
    """

    label: str
    command: tuple[str, ...]
    makes: Path
    needs: tuple[Path, ...]
    log: Path
    pictures: tuple[str, str]


def training_options(config: TrainConfig, recipe: str) -> list[str]:
    """Options of `rcnet_tf.train` that make these settings from a recipe."""
    options = ["--recipe", recipe]
    for one in dataclasses.fields(TrainConfig):
        value = getattr(config, one.name)
        if value == getattr(RECIPES[recipe], one.name):
            continue
        flag = one.name.replace("_", "-")
        if isinstance(value, bool):
            options.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            options += [f"--{flag}", str(value)]
    return options


def jobs(runs: Iterable[Run], measured: Iterable[str], places: Places) -> list[Job]:
    """What is left to do.

    Args:
        runs: in order.
        measured: names of the trainings whose best networks are to meet their test part, of those
            that are `tested` at all.
        places: where things are.

    Raises:
        UserError: a folder holds a run of other settings.
    """
    measured = {name for name in measured if TRAININGS[name].tested}
    result = []
    for run in runs:
        log = places.out / "logs" / f"{run.label.replace('/', '-')}.txt"
        pictures = run.config.data, run.config.split
        if not run.done():
            options = training_options(run.config, TRAININGS[run.name].recipe)
            command = ("rcnet_tf.train", *options, "--no-tensorboard", "--out", str(run.folder))
            needs = tuple(folder / "final.keras" for folder in run.after)
            made = run.folder / "final.keras"
            result.append(Job(run.label, _python(command), made, needs, log, pictures))
        # Whoever has seen the test part once keeps the result.
        if run.name in measured and not (run.folder / MEASURED).is_file():
            command = ("rcnet_tf.experiments.measure", str(run.folder), run.config.data)
            result.append(
                Job(
                    f"{run.label}, test part",
                    _python(command),
                    run.folder / MEASURED,
                    (run.folder / "final.keras",),
                    log,
                    pictures,
                )
            )
    return result


def side_by_side(jobs: Iterable[Job]) -> int:
    """How many run at a time if each takes as long as any other: at the most, by what they need."""
    depth: dict[Path, int] = {}
    for job in jobs:  # in order: what is needed comes first
        depth[job.makes] = 1 + max((depth.get(file, 0) for file in job.needs), default=0)
    return max(Counter(depth.values()).values(), default=1)


def _python(command: Iterable[str]) -> tuple[str, ...]:
    return (sys.executable, "-m", *command)
