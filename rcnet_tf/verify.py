"""Prove that an int8 .tflite gives the values it must.

Replays the golden vectors that rcnet_tf.convert wrote beside the model: raw input, expected output
and a checksum of every stage, of a few real pictures. Names the first stage that differs. The exit
code is 0 if nothing does, else 2. Needs no TensorFlow.

With --data, runs the test part of a data set through TensorFlow Lite Micro, LiteRT's reference
kernels and its optimised ones as well: the first two must agree in every byte (but for the rounding
of the dense layer), and the difference to the third, which phones and PCs run, is measured.

    python -m rcnet_tf.verify tflite/focus_rcnet_224_int8.tflite
    python -m rcnet_tf.verify tflite/focus_rcnet_224_int8.tflite --data dataset-resized.zip
"""

from __future__ import annotations

import argparse
import sys

from rcnet_tf import cli, outputs
from rcnet_tf.errors import UserError


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    if arguments.limit is not None and arguments.limit < 1:
        raise UserError(f"--limit {arguments.limit}: expected at least 1")
    if arguments.data is None and (arguments.json or arguments.limit):
        raise UserError("--json and --limit belong to --data; give --data with the pictures")

    if arguments.json:
        outputs.check_file("--json", arguments.json, ".json")

    from rcnet_tf.export import verification

    model = verification.read(arguments.model)
    # With --data alone the pictures there are proof enough.
    if arguments.data is None or arguments.golden:
        print(verification.replay_line(model, arguments.golden, arguments.engine))
    if arguments.data is not None:
        result = verification.compare(model, arguments.data, arguments.split, arguments.limit)
        print("\n".join(verification.comparison_lines(result)))
        if arguments.json:
            verification.write_json(arguments.json, result)
            print(f"written to {arguments.json}", file=sys.stderr)
        verification.insist_on_parity(result)


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("verify", __doc__)
    parser.add_argument(
        "model", type=cli.path, metavar="FILE", help="int8 .tflite of rcnet_tf.convert"
    )
    parser.add_argument(
        "--golden",
        type=cli.path,
        metavar="FILE",
        help="golden vectors (default: the _golden.bin beside the model)",
    )
    parser.add_argument(
        "--engine",
        choices=("reference", "tflm"),
        default="reference",
        help="that replays them: LiteRT's reference kernels, or TensorFlow Lite Micro (default: "
        "reference)",
    )
    parser.add_data("compare the engines on a test part as well;")
    parser.add_argument(
        "--limit", type=int, metavar="N", help="with --data: take N pictures, all classes alike"
    )
    parser.add_json("with --data:")
    return parser


if __name__ == "__main__":
    cli.run(main)
