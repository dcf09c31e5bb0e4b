"""Train and test whole tables of networks, unattended: the paper's, and ours.

Names are of single trainings or of groups (`--list`). What a training starts or learns from is
trained first, nothing twice, and every network meets the test part of its split once; steps on the
way and choices never do. Run it again after any interruption: it goes on. The folder's results.csv
has every run that has ended, from the moment it does; tables.md has them as tables, frontier.png
our networks and their teachers. Several machines share a campaign by splits; --join puts their
results together. On an accelerator floating-point trainings run with KERAS_BACKEND=jax; int8 and
the test part want TensorFlow: run the same command again without it.

    python -m rcnet_tf.campaign --list
    python -m rcnet_tf.campaign table5 --data dataset-resized.zip --tiny-imagenet tiny.zip
    python -m rcnet_tf.campaign table4 --splits 42 --dry-run
    python -m rcnet_tf.campaign --report --join elsewhere/results.csv
"""

from __future__ import annotations

import argparse
import dataclasses
import shlex
import sys
import time
from pathlib import Path

from rcnet_tf import cli, cores, outputs
from rcnet_tf.data.published import PUBLISHED
from rcnet_tf.errors import UserError
from rcnet_tf.experiments.jobs import Job, jobs, side_by_side
from rcnet_tf.experiments.plan import HOME, Places, check_splits, members, plan


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
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
    if arguments.jobs is not None and arguments.jobs < 1:
        raise UserError(f"--jobs {arguments.jobs}: expected at least 1")
    outputs.check_place("--out", arguments.out)
    places = Places(arguments.out, arguments.data, arguments.tiny_imagenet, arguments.imagenet)
    joined = {file: _read(file) for file in arguments.join}
    if arguments.report:
        if not _write_results(places, joined, arguments.names):
            raise UserError(f"{places.out} holds no run of a campaign that has ended")
        return
    runs = plan(arguments.names, arguments.splits, places)
    check_splits(runs)
    measured = [] if arguments.no_test else members(arguments.names)
    left = jobs(runs, measured, places)
    if arguments.dry_run:
        print(f"{len(runs)} trainings, {len(left)} commands left")
        for job in left:
            print(f"{job.label}: {shlex.join(['python', *job.command[1:]])}")
        return
    _check_pictures(left, places.trashnet)
    _rows(places, joined)  # two networks of one name are refused before the first training

    from rcnet_tf.experiments import runner

    def write() -> None:
        try:
            _write_csv(places, joined)
        except (UserError, OSError) as error:  # no reason to end the others
            _say(f"results.csv is not written: {error}")

    slots = arguments.jobs or min(cores.usable(), side_by_side(left))
    try:
        outcome = runner.run(left, slots, _say, write)
    finally:
        _write_results(places, joined, arguments.names)
    if outcome.failed:
        print(
            f"failed: {', '.join(outcome.failed)}; waiting for them: "
            f"{', '.join(outcome.left) or 'none'}; their output is in {places.out / 'logs'}",
            file=sys.stderr,
        )
        sys.exit(1)


def _check_pictures(jobs: list[Job], trashnet: str) -> None:
    """See that they are there, before the first training; what is downloaded is so once. Own
    pictures will do, but not without a word.
    """
    from rcnet_tf.data.load import load
    from rcnet_tf.data.trashnet import is_split

    loaded = {
        (data, split): load(data, split)
        for data, split in dict.fromkeys(job.pictures for job in jobs)
    }
    for (data, _), parts in loaded.items():
        if data == trashnet and not is_split(parts):
            drawn = "splits are drawn anew" if parts.drawn else "its own parts serve for all splits"
            _say(
                f"{data} is not TrashNet: {drawn}, and what tables quote of the paper is of other "
                "pictures"
            )
            break


def _read(file: Path) -> list[dict]:
    from rcnet_tf.experiments import results

    try:
        return results.from_csv(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(
            f"--join {file}: {reason}; expected the results.csv of a campaign"
        ) from None


def _rows(places: Places, joined: dict[Path, list[dict]]) -> list[dict]:
    """Of all that has ended, in the folder and elsewhere."""
    from rcnet_tf.experiments import results
    from rcnet_tf.experiments.merge import merge
    from rcnet_tf.experiments.trainings import IMAGENET, TRAININGS

    # What a finished run has learnt from need not be there any more.
    tiny = places.tiny_imagenet or "tiny-imagenet.zip"
    somewhere = dataclasses.replace(places, tiny_imagenet=tiny, imagenet=IMAGENET)
    mine = results.rows(plan(TRAININGS, PUBLISHED, somewhere))
    return merge({str(places.out): mine, **{str(file): rows for file, rows in joined.items()}})


def _write_csv(places: Places, joined: dict[Path, list[dict]]) -> list[dict]:
    """results.csv, if anything has ended; its rows."""
    from rcnet_tf.experiments import results
    from rcnet_tf.files import atomic_write

    if rows := _rows(places, joined):
        atomic_write(places.out / "results.csv", results.to_csv(rows))
    return rows


def _write_results(places: Places, joined: dict[Path, list[dict]], names: list[str]) -> bool:
    """results.csv, tables and picture, if anything has ended; print the tables that are named."""
    from rcnet_tf.experiments import tables
    from rcnet_tf.experiments.frontier import frontier_png, points
    from rcnet_tf.experiments.trainings import GROUPS, PICTURED, TRAININGS
    from rcnet_tf.files import atomic_write

    shown = {name: members([name]) for name in names} or GROUPS
    rows = _write_csv(places, joined)
    if not rows:
        return False
    grouped = {name for members in GROUPS.values() for name in members}
    steps = [name for name in TRAININGS if name not in grouped]
    files = {"tables.md": tables.report({**GROUPS, "steps": steps}, rows)}
    if found := points(members(PICTURED), rows):
        files["frontier.png"] = frontier_png(found)
    for name, content in files.items():
        atomic_write(places.out / name, content)
    print(tables.report(shown, rows), end="")
    print(f"written to {places.out}: {', '.join(['results.csv', *files])}")
    return True


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
        type=cli.given,
        default="imagenet",
        metavar="FOLDER",
        help="folder with weight files of keras.applications (default: downloads them)",
    )
    parser.add_argument(
        "--splits",
        nargs="+",
        choices=PUBLISHED,
        default=list(PUBLISHED),
        metavar="SPLIT",
        help=f"of TrashNet's five splits (default: {' '.join(PUBLISHED)})",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        help="trainings side by side, each on its share of the cores (default: one a core, or as "
        "many as do not wait for one another; 1 gives a training all of them; a GPU is shared, as "
        "far as its memory goes)",
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
    parser.add_argument(
        "--join",
        nargs="+",
        type=cli.path,
        default=[],
        metavar="CSV",
        help="results.csv of the same campaign elsewhere, whose rows stand in results and tables",
    )
    parser.add_out(str(HOME), "all runs")
    return parser


if __name__ == "__main__":
    cli.run(main)
