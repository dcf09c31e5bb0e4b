"""Make a trained network as sure as it is right, without changing a single decision.

Fits a temperature on the validation part and divides it into the last dense layer: the .keras that
is written has the same size and layers, and is converted, evaluated and predicted with as before.

    python -m rcnet_tf.calibrate --model runs/mine/best.keras --data my_pictures --out mine.keras
    python -m rcnet_tf.convert --int8 --model mine.keras --data my_pictures

Prints, on the validation part, the negative log-likelihood, which was minimised, and the expected
calibration error: the mean gap between confidence and accuracy over 15 bins of confidence (Guo et
al., ICML 2017). rcnet_tf.evaluate tells the latter of any part. Confidence is not calibrated for
pictures of another kind, such as things that are of none of the classes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rcnet_tf import cli, outputs, quiet
from rcnet_tf.errors import UserError


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    outputs.check_file("--out", arguments.out, ".keras")

    with quiet.loading():
        from rcnet_tf import temperature
        from rcnet_tf.evaluation import run
        from rcnet_tf.runtime import KerasClassifier
        from rcnet_tf.shipped import open_keras

        model = open_keras(arguments.model)
    before = run.evaluate(model, arguments.data, arguments.split, "val")
    where = ("--data", arguments.data, "--split", arguments.split)
    try:
        found = temperature.fit(before.labels, temperature.logits_of(before.probabilities))
    except UserError as error:
        anyway = cli.command("convert", "--int8", "--model", model.path, *where)
        raise UserError(f"{error}; to convert it as it is: {anyway}") from None
    folded = KerasClassifier(model.path, temperature.fold(model.model, found))
    after = run.again(folded, before)
    with outputs.writing("--out", arguments.out) as temporary:
        folded.model.save(temporary)
    print("\n".join(_lines(model.describe(), found, before, after)))
    print(f"written: {arguments.out}")
    # With the split: ranges are to be learnt from what it was trained on.
    print(f"next: {cli.command('convert', '--int8', '--model', arguments.out, *where)}")


def _lines(model: str, found: float, before, after) -> list[str]:
    """The figures of two evaluations, side by side."""
    from rcnet_tf.evaluation.text import printable
    from rcnet_tf.temperature import logits_of, negative_log_likelihood

    sure = "not sure enough" if found < 1 else "too sure"
    both = (before, after)
    likelihood = [negative_log_likelihood(e.labels, logits_of(e.probabilities)) for e in both]
    percent = {
        "expected calibration error": [e.scores.calibration_error for e in both],
        "mean confidence": [e.probabilities.max(axis=1).mean() for e in both],
        "accuracy": [e.scores.accuracy for e in both],
    }
    rows = [("negative log-likelihood", *(f"{value:.4f}" for value in likelihood))]
    rows += [(name, *(f"{100 * v:.2f} %" for v in values)) for name, values in percent.items()]
    return [
        printable(model),
        printable(f"{before.data}, split {before.split}, val: {len(before.labels)} pictures"),
        f"temperature {found:.3f}: it was {sure}",
        f"{'':28}{'before':>9}{'after':>10}",
        *(f"{name:28}{first:>9}{second:>10}" for name, first, second in rows),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("calibrate", __doc__)
    parser.add_model(".keras")
    parser.add_data(
        "the pictures it was trained with, of which the validation part is used;",
        default="trashnet",
    )
    parser.add_argument(
        "--out",
        type=cli.path,
        default=Path("runs/calibrated.keras"),
        metavar="FILE.keras",
        help="the calibrated model (default: runs/calibrated.keras)",
    )
    return parser


if __name__ == "__main__":
    cli.run(main)
