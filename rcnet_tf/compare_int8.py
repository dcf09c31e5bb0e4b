"""Compare ways to quantise a trained network: ranges, equalising, SimAM's lambda, biases.

All of them on the same representative pictures, measured on the validation part, in one run. The
rounding is simulated (rcnet_tf.quantise), which is what the int8 kernels do but for a step here and
there. What rcnet_tf.convert does is marked.

    python -m rcnet_tf.compare_int8 --data dataset-resized.zip
    python -m rcnet_tf.compare_int8 --model runs/mine/best.keras --data my_pictures --json int8.json
"""

from __future__ import annotations

import argparse
import json
import sys

from rcnet_tf import cli, outputs, quiet
from rcnet_tf.progress import Progress


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    if arguments.json:
        outputs.check_file("--json", arguments.json, ".json")
    print("starting TensorFlow ...", file=sys.stderr)
    with quiet.loading():
        from rcnet_tf.benchmarks import int8
        from rcnet_tf.shipped import open_keras

    model = open_keras(arguments.model)
    int8.check(model.model)
    representative, test, labels = int8.pictures(model, arguments.data, arguments.split)
    progress = Progress("quantising", len(int8.WAYS))
    report = int8.compare(model.model, representative, test, labels, progress.advance)
    print("\n".join(lines(report)))
    if arguments.json:
        text = json.dumps(report, indent=2) + "\n"
        outputs.write({arguments.json: text.encode()}, "--json")
        print(f"written to {arguments.json}")


def lines(report: dict) -> list[str]:
    """The report as a table with a heading."""
    width = max(len(row["way"]) for row in report["rows"]) + 2
    table = [
        f"{report['pictures']} pictures of the validation part, float "
        f"{100 * report['float_accuracy']:.2f} %; '*': what rcnet_tf.convert does",
        f"{'ranges':{width}}  logits dB  same decision  accuracy",
    ]
    for row in report["rows"]:
        name = f"{row['way']} *" if row["way"] == report["default"] else row["way"]
        table.append(
            f"{name:{width}}  {row['decibel']:9.1f}  {100 * row['same']:11.2f} %  "
            f"{100 * row['accuracy']:6.2f} %"
        )
    return table


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("compare_int8", __doc__)
    parser.add_model(".keras")
    parser.add_data(
        "pictures: ranges are learnt from the training part, results are measured on the "
        "validation part;",
        required=True,
    )
    parser.add_json()
    return parser


if __name__ == "__main__":
    cli.run(main)
