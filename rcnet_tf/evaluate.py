"""Evaluate a model on labelled pictures: figures, confusion matrix, ROC curves, mistakes.

Takes .keras and .tflite files alike; without --model, the weights that come with the package. The
last table tells what is left to answer where every picture below a confidence is "I don't know",
with --unknown also how many pictures of none of the classes are answered anyway.

    python -m rcnet_tf.evaluate --model runs/mine/best.keras --data my_pictures
    python -m rcnet_tf.evaluate --model mine.tflite --beside runs/mine/best.keras --data my_pictures
"""

from __future__ import annotations

import argparse

from rcnet_tf import cli, outputs, quiet


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    outputs.check_place("--out", arguments.out)
    if arguments.predictions:
        outputs.check_file("--predictions", arguments.predictions, ".csv")

    from rcnet_tf.evaluation import beside, report, run, table
    from rcnet_tf.evaluation import unknown as unknowns
    from rcnet_tf.evaluation.confusion_plot import confusion_png
    from rcnet_tf.evaluation.reliability_plot import reliability_png
    from rcnet_tf.evaluation.roc_plot import roc_png
    from rcnet_tf.evaluation.text import printable
    from rcnet_tf.plots.mistakes import mistakes_jpeg
    from rcnet_tf.shipped import open_model, open_named

    with quiet.loading():
        model = open_model(arguments.model)
        other = open_named(arguments.beside, model.input_size) if arguments.beside else None
    if other:
        beside.check_classes(model, other)
    things = None if arguments.unknown is None else unknowns.find(arguments.unknown)
    evaluation = run.evaluate(model, arguments.data, arguments.split, arguments.part)
    labels, probabilities, scores = evaluation.labels, evaluation.probabilities, evaluation.scores
    what = f"{evaluation.data}, split {evaluation.split}, {evaluation.part}: {len(labels)} pictures"

    unknown = unknowns.ask(model, things) if things else None
    content = report.report(model, evaluation, unknown)
    if other:
        second = run.evaluate(other, arguments.data, arguments.split, arguments.part)
        content["beside"] = beside.compare(evaluation, second, other.path.name)
    subtitle = f"{model.path.name} on {what}"
    files = {
        arguments.out / "evaluation.json": report.to_json(content).encode(),
        arguments.out / "confusion.png": confusion_png(scores, subtitle),
        arguments.out / "reliability.png": reliability_png(scores, subtitle),
        arguments.out / "roc.png": roc_png(labels, probabilities, scores, subtitle),
    }
    if wrong := mistakes_jpeg(evaluation, subtitle):
        files[arguments.out / "mistakes.jpg"] = wrong
    if arguments.predictions:
        files[arguments.predictions] = report.predictions_csv(evaluation)
    outputs.write(files, "--out or --predictions")

    if evaluation.unreadable:
        what += f", {len(evaluation.unreadable)} more cannot be read"
    print(printable(model.describe()), printable(what), "", table.table(scores, unknown), sep="\n")
    if other:
        print(printable(beside.line(content["beside"])))
    print("written:", printable(", ".join(map(str, files))))


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("evaluate", __doc__)
    parser.add_model()
    parser.add_data(default="trashnet")
    parser.add_argument(
        "--part",
        choices=("train", "val", "test", "all"),
        default="test",
        help="pictures to use; 'all' for pictures that were never trained on (default: test)",
    )
    parser.add_out(
        "runs/evaluate",
        "evaluation.json, confusion.png, roc.png, reliability.png and mistakes.jpg",
    )
    parser.add_argument(
        "--beside",
        type=cli.given,
        metavar="FILE",
        help="a second model, or 'trashnet' for the shipped weights: tell how often both decide "
        "alike, such as an int8 .tflite and the .keras it is from",
    )
    parser.add_argument(
        "--unknown",
        metavar="DATA",
        help="pictures of things that are of none of the classes, a folder or a zip: tell how many "
        "of them are answered anyway; at most 1000 are used, spread evenly over their names",
    )
    parser.add_argument(
        "--predictions",
        type=cli.path,
        metavar="FILE.csv",
        help="also write a line for each picture: its label, prediction and probabilities",
    )
    return parser


if __name__ == "__main__":
    cli.run(main)
