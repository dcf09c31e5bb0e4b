"""Train and test whole tables of networks, unattended: the paper's, and ours.

Names are of single trainings or of groups (`--list`). What a training starts or learns from is
trained first, nothing twice, and every network meets the test part of its split once; steps on the
way and choices never do. Run it again after any interruption: it goes on. The folder's results.csv
and tables.md have every run that has ended, frontier.png our networks and their teachers.

    python -m rcnet_tf.campaign --list
    python -m rcnet_tf.campaign table5 --data dataset-resized.zip --tiny-imagenet tiny.zip
    python -m rcnet_tf.campaign table4 --splits 42 --dry-run
    python -m rcnet_tf.campaign --report
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time

from rcnet_tf import cli
from rcnet_tf.errors import UserError
from rcnet_tf.experiments.plan import Places, members, plan

SPLITS = ("42", "123", "777", "2026", "3407")


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    from rcnet_tf.experiments.jobs import jobs
    from rcnet_tf.experiments.trainings import GROUPS, TRAININGS
    from rcnet_tf.training.recipes import RECIPES

    if arguments.list:
        for name, group in GROUPS.items():
            print(f"{name}: {', '.join(group)}")
        for name, training in TRAININGS.items():
            size = training.changes.get("input_size", RECIPES[training.recipe].input_size)
            print(f"  {name}: {training.title}, {size} pixels")
        return
    if not arguments.names and not arguments.report:
        raise UserError("no training is named; --list shows those that there are")
    if arguments.jobs < 1:
        raise UserError(f"--jobs {arguments.jobs}: expected at least 1")
    places = Places(arguments.out, arguments.data, arguments.tiny_imagenet, arguments.imagenet)
    if arguments.report:
        if not _write_results(places, arguments.names):
            raise UserError(f"{places.out} holds no run of a campaign that has ended")
        return
    runs = plan(arguments.names, arguments.splits, places)
    measured = [] if arguments.no_test else members(arguments.names)
    left = jobs(runs, measured, places)
    if arguments.dry_run:
        print(f"{len(runs)} trainings, {len(left)} commands left")
        for job in left:
            print(f"{job.label}: {' '.join(job.command[1:])}")
        return

    from rcnet_tf.experiments import runner

    try:
        outcome = runner.run(left, arguments.jobs, _say)
    finally:
        _write_results(places, arguments.names)
    if outcome.failed:
        print(
            f"failed: {', '.join(outcome.failed)}; waiting for them: "
            f"{', '.join(outcome.left) or 'none'}; their output is in {places.out / 'logs'}",
            file=sys.stderr,
        )
        sys.exit(1)


def _write_results(places: Places, names: list[str]) -> bool:
    """Of all that has ended in the folder, if anything has; print the tables of what is named."""
    from rcnet_tf.experiments import results, tables
    from rcnet_tf.experiments.frontier import frontier_png, points
    from rcnet_tf.experiments.trainings import GROUPS, IMAGENET, TRAININGS
    from rcnet_tf.files import atomic_write

    shown = {name: members([name]) for name in names} or GROUPS
    # What a finished run has learnt from need not be there any more.
    tiny = places.tiny_imagenet or "tiny-imagenet.zip"
    somewhere = dataclasses.replace(places, tiny_imagenet=tiny, imagenet=IMAGENET)
    rows = results.rows(plan(TRAININGS, SPLITS, somewhere))
    if not rows:
        return False
    grouped = {name for members in GROUPS.values() for name in members}
    steps = [name for name in TRAININGS if name not in grouped]
    files = {
        "results.csv": results.to_csv(rows),
        "tables.md": tables.report({**GROUPS, "steps": steps}, rows),
    }
    if found := points(members(["ours", "teachers"]), rows):
        files["frontier.png"] = frontier_png(found)
    for name, content in files.items():
        atomic_write(places.out / name, content)
    print(tables.report(shown, rows), end="")
    print(f"written to {places.out}: {', '.join(files)}")
    return True


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {line}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("campaign", __doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="training or group of trainings")
    parser.add_argument("--list", action="store_true", help="show trainings and groups")
    parser.add_argument(
        "--data", default="trashnet", help="TrashNet's zip, or 'trashnet' (default: downloads it)"
    )
    parser.add_argument(
        "--tiny-imagenet",
        default="",
        metavar="DATA",
        help="zip or folder of Tiny ImageNet, to learn initial weights from",
    )
    parser.add_argument(
        "--imagenet",
        default="imagenet",
        metavar="FOLDER",
        help="folder with weight files of keras.applications (default: downloads them)",
    )
    parser.add_argument(
        "--splits",
        nargs="+",
        choices=SPLITS,
        default=list(SPLITS),
        metavar="SPLIT",
        help=f"of TrashNet's published splits (default: {' '.join(SPLITS)})",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=_cores(),
        help="trainings side by side (default: one a core; on one GPU 1 is best)",
    )
    parser.add_argument(
        "--no-test",
        action="store_true",
        help="leave the test part alone, while settings are still being chosen",
    )
    parser.add_argument("--dry-run", action="store_true", help="show the commands, run nothing")
    parser.add_argument(
        "--report", action="store_true", help="run nothing, only write results and tables"
    )
    parser.add_out("runs/campaign", "all runs")
    return parser


if __name__ == "__main__":
    cli.run(main)
