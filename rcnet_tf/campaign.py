"""Train and test whole tables of networks, unattended: the paper's, and ours.

Names are of single trainings or of groups (`--list`). What a training starts or learns from is
trained first, nothing twice, and every network meets the test part of its split once. Run it again
after any interruption: it goes on. The folder's results.csv has every run so far, tables.md and
frontier.png those that are named.

    python -m rcnet_tf.campaign --list
    python -m rcnet_tf.campaign table5 --data dataset-resized.zip --tiny-imagenet tiny.zip
    python -m rcnet_tf.campaign table4 --splits 42 --dry-run
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from rcnet_tf import cli
from rcnet_tf.errors import UserError

SPLITS = ("42", "123", "777", "2026", "3407")


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    from rcnet_tf.experiments.jobs import jobs
    from rcnet_tf.experiments.plan import Places, plan
    from rcnet_tf.experiments.trainings import GROUPS, TRAININGS
    from rcnet_tf.training.recipes import RECIPES

    if arguments.list:
        for name, members in GROUPS.items():
            print(f"{name}: {', '.join(members)}")
        for name, training in TRAININGS.items():
            size = training.changes.get("input_size", RECIPES[training.recipe].input_size)
            print(f"  {name}: {training.title}, {size} pixels")
        return
    if not arguments.names:
        raise UserError("no training is named; --list shows those that there are")
    places = Places(arguments.out, arguments.data, arguments.tiny_imagenet, arguments.imagenet)
    runs = plan(arguments.names, arguments.splits, places)
    wanted = [one for name in arguments.names for one in GROUPS.get(name, (name,))]
    measured = [] if arguments.no_test else wanted
    left = jobs(runs, measured, places)
    if arguments.dry_run:
        print(f"{len(runs)} trainings, {len(left)} commands left")
        for job in left:
            print(f"{job.label}: {' '.join(job.command[1:])}")
        return

    from rcnet_tf.experiments import runner

    outcome = runner.run(left, arguments.jobs, _say)
    _write_results(places.out, wanted, plan(arguments.names, arguments.splits, places))
    if outcome.failed:
        print(
            f"failed: {', '.join(outcome.failed)}; waiting for them: "
            f"{', '.join(outcome.left) or 'none'}; their output is in {places.out / 'logs'}",
            file=sys.stderr,
        )
        sys.exit(1)


def _write_results(out: Path, wanted: list[str], runs: list) -> None:
    from rcnet_tf.experiments import results, tables
    from rcnet_tf.experiments.frontier import frontier_png
    from rcnet_tf.files import atomic_write

    rows = results.rows(runs)
    table = tables.table(wanted, rows)
    both = f"{table}\n{tables.class_table(wanted, rows)}"
    earlier = out / "results.csv"
    lines = earlier.read_text(encoding="utf-8") if earlier.is_file() else ""
    files = {"results.csv": results.to_csv(rows, lines), "tables.md": both}
    if picture := frontier_png(wanted, rows):
        files["frontier.png"] = picture
    for name, content in files.items():
        atomic_write(out / name, content)
    print(table, end="")
    print(f"written to {out}: {', '.join(files)}")


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
        default=os.cpu_count() or 1,
        help="trainings side by side (default: as many as there are cores)",
    )
    parser.add_argument(
        "--no-test",
        action="store_true",
        help="leave the test part alone, while settings are still being chosen",
    )
    parser.add_argument("--dry-run", action="store_true", help="show the commands, run nothing")
    parser.add_out("runs/campaign", "all runs")
    return parser


if __name__ == "__main__":
    cli.run(main)
