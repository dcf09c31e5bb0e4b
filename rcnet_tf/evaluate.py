"""Evaluate a model on labelled pictures: figures, confusion matrix and ROC curves.

Takes .keras and .tflite files alike; without --model, the weights that come with the package.

    python -m rcnet_tf.evaluate --model runs/mine/best.keras --data my_pictures
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rcnet_tf import cli
from rcnet_tf.errors import UserError


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    _check_places(arguments)

    from rcnet_tf.evaluation import report, run, table
    from rcnet_tf.evaluation.confusion_plot import confusion_png
    from rcnet_tf.evaluation.roc_plot import roc_png
    from rcnet_tf.shipped import open_model

    model = open_model(arguments.model)
    evaluation = run.evaluate(model, arguments.data, arguments.split, arguments.part)
    labels, probabilities, scores = evaluation.labels, evaluation.probabilities, evaluation.scores
    what = f"{evaluation.data}, split {evaluation.split}, {evaluation.part}: {len(labels)} pictures"

    # Everything is made before anything is written, the report last.
    files = {
        arguments.out / "confusion.png": confusion_png(scores, f"{model.path.name} on {what}"),
        arguments.out / "roc.png": roc_png(
            labels, probabilities, scores, f"{model.path.name} on {what}"
        ),
    }
    if arguments.predictions:
        files[arguments.predictions] = report.predictions_csv(evaluation)
    files[arguments.out / "evaluation.json"] = report.to_json(report.report(model, evaluation))
    _write(files)

    unreadable = f" ({len(evaluation.unreadable)} unreadable)" if evaluation.unreadable else ""
    print(f"{model.describe()}\n{what}{unreadable}\n\n{table.table(scores)}")
    print(f"written: {', '.join(map(str, files))}")


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("evaluate", __doc__)
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FILE",
        help=".keras or .tflite (default: the shipped weights)",
    )
    parser.add_argument(
        "--data",
        default="trashnet",
        help="'trashnet', a folder of class folders or a .zip of one (default: trashnet)",
    )
    parser.add_argument(
        "--split",
        default="42",
        help="published split, 'paper' (70/30), or the seed for an own folder (default: 42)",
    )
    parser.add_argument(
        "--part",
        choices=("train", "val", "test", "all"),
        default="test",
        help="pictures to use; 'all' for pictures that were never trained on (default: test)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("runs/evaluate"),
        help="folder for evaluation.json, confusion.png and roc.png (default: runs/evaluate)",
    )
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE.csv",
        help="also write a line for each picture: its label, prediction and probabilities",
    )
    return parser


def _check_places(arguments: argparse.Namespace) -> None:
    if arguments.out.exists() and not arguments.out.is_dir():
        raise UserError(f"--out {arguments.out} is a file; expected a folder")
    if arguments.predictions and arguments.predictions.is_dir():
        raise UserError(f"--predictions {arguments.predictions} is a folder; expected a .csv file")


def _write(files: dict[Path, bytes | str]) -> None:
    from rcnet_tf.files import atomic_write

    for path, content in files.items():
        try:
            atomic_write(path, content)
        except OSError as error:
            raise UserError(
                f"cannot write {path}: {error.strerror}; choose another --out or --predictions"
            ) from None


if __name__ == "__main__":
    cli.run(main)
