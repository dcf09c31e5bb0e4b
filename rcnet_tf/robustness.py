"""Accuracy away from TrashNet's white board: light, blur, noise, JPEG, rotation, background.

Ten corruptions at five severities each, on full-resolution pictures before they are resized, as a
camera would make them. Without --model, of the weights that come with the package.

    python -m rcnet_tf.robustness --model runs/mine/best.keras my_model/mine_int8.tflite
    python -m rcnet_tf.robustness --part val --only noise depth --limit 100

Writes a table (also .csv, .md), the same as curves, and a sheet of pictures to be looked at. What
is random follows from each picture's name: every run and every model sees the same pictures.
"""

from __future__ import annotations

import argparse

from rcnet_tf import cli, outputs, quiet
from rcnet_tf.errors import UserError


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    outputs.check_place("--out", arguments.out)
    if arguments.limit is not None and arguments.limit < 1:
        raise UserError(f"--limit {arguments.limit}: expected at least 1")

    from rcnet_tf.corruptions import kinds, plot, sheet, table
    from rcnet_tf.corruptions.measure import choose, frame_of, measure
    from rcnet_tf.evaluation.text import printable
    from rcnet_tf.shipped import open_named

    corruptions = kinds.named(arguments.only)
    with quiet.loading():
        models = [open_named(name) for name in arguments.model]
    subjects = choose(arguments.data, arguments.split, arguments.part, models, arguments.limit)
    result = measure(models, subjects, corruptions)
    shown = subjects.pictures[len(subjects.pictures) // 2]
    files = {
        arguments.out / "robustness.csv": table.comma_separated(result).encode(),
        arguments.out / "robustness.md": table.markdown(result).encode(),
        arguments.out / "robustness.png": plot.robustness_png(result),
        arguments.out / "pictures.jpg": sheet.sheet_jpeg(frame_of(shown), shown.key, corruptions),
    }
    outputs.write(files, "--out")
    print(table.text(result))
    print("written:", printable(", ".join(map(str, files))))


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("robustness", __doc__)
    parser.add_argument(
        "--model",
        nargs="+",
        type=cli.given,
        default=["trashnet"],
        metavar="FILE",
        help=".keras and .tflite files, side by side; 'trashnet' stands for the shipped weights "
        "(default: trashnet)",
    )
    parser.add_data(default="trashnet")
    parser.add_argument(
        "--part",
        choices=("train", "val", "test"),
        default="test",
        help="pictures to use; who chooses between models, weights or settings by these figures "
        "does so on val, and looks at test once (default: test)",
    )
    parser.add_argument(
        "--limit", type=int, metavar="N", help="at most N pictures, spread evenly over the part"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        help="of darker, brighter, contrast, defocus, motion, noise, jpeg, depth, rotation and "
        "background (default: all)",
    )
    parser.add_out("runs/robustness", "robustness.csv, .md and .png, and pictures.jpg")
    return parser


if __name__ == "__main__":
    cli.run(main)
