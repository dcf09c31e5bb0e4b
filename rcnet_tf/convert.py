"""Convert a trained network to TensorFlow Lite and to a C array for microcontrollers.

Without options: the shipped weights, quantised with the shipped pictures to strict int8, into the
folder tflite/: the .tflite, the same as C++ for TensorFlow Lite Micro, the labels and a report.

    python -m rcnet_tf.convert --int8
    python -m rcnet_tf.convert --int8 --model runs/mine/best.keras --data my_pictures
    python -m rcnet_tf.convert --int8 --debug --out runs/debug
    python -m rcnet_tf.convert --int8 --c99
    python -m rcnet_tf.convert --int8 --arduino
"""

from __future__ import annotations

import argparse
import os
import sys

from rcnet_tf import cli
from rcnet_tf.errors import UserError


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    # In this order they are made and reported.
    asked = {
        "int8": arguments.int8,
        "float32": arguments.float,
        "dynamic": arguments.dynamic,
    }
    variants = [name for name, wanted in asked.items() if wanted] or ["int8"]

    if arguments.debug and "int8" not in variants:
        raise UserError("--debug is about the error of int8; add --int8")
    if arguments.c99 and "int8" not in variants:
        raise UserError("--c99 is a program in int8; add --int8")
    if arguments.arduino and "int8" not in variants:
        raise UserError("--arduino is a library in int8; add --int8")
    if arguments.zip and not (arguments.c99 or arguments.arduino):
        raise UserError("--zip is about the folders of --c99 and --arduino; add one of them")
    _check(arguments)
    if sys.stderr.isatty():
        print("starting TensorFlow ...", file=sys.stderr)
    # A GPU would round otherwise; nothing here is worth its start-up.
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    # The converter is TensorFlow's; a .keras file does not mind where it was trained.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    from rcnet_tf.tflite_file import chatter

    with chatter.held_back():
        from rcnet_tf.export import pipeline, report
        from rcnet_tf.shipped import open_keras

        model = open_keras(arguments.model, arguments.input_size)
    result = pipeline.convert(
        model,
        arguments.out,
        variants,
        data=arguments.data,
        split=arguments.split,
        part=arguments.part,
        input_size=arguments.input_size,
        debug=arguments.debug,
        c99=arguments.c99,
        arduino=arguments.arduino,
        zipped=arguments.zip,
    )
    print("\n".join(report.lines(result)))
    files = [file for file in result["files"] if "/" not in file]
    if arguments.c99 and not arguments.zip:
        files.append("c99/")
    if arguments.arduino and not arguments.zip:
        files.append("arduino/")
    if arguments.debug:
        print(f"\n{(arguments.out / 'debug.txt').read_text()}")
    print(f"written to {arguments.out}: {', '.join([*files, pipeline.REPORT_FILE])}")
    print(f"next: {cli.command('predict', '--model', arguments.out / files[0], 'IMAGE')}")


def _check(arguments: argparse.Namespace) -> None:
    from rcnet_tf.preprocess import check_input_size
    from rcnet_tf.runtime import check_file

    if arguments.model:
        check_file(arguments.model, ".keras")
    if arguments.input_size is not None:
        check_input_size("--input-size", arguments.input_size)


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("convert", __doc__)
    variants = parser.add_argument_group("variants (default: --int8)")
    variants.add_argument(
        "--int8", action="store_true", help="int8 throughout, and the C array made from it"
    )
    variants.add_argument("--float", action="store_true", help="float32, for comparison")
    variants.add_argument(
        "--dynamic",
        action="store_true",
        help="int8 weights, activations quantised while running, float32 in and out",
    )
    parser.add_argument(
        "--c99",
        action="store_true",
        help="the int8 network as a C99 program without dependencies, in the folder c99/",
    )
    parser.add_argument(
        "--arduino",
        action="store_true",
        help="the int8 network as an Arduino library for TensorFlow Lite Micro, in the folder "
        "arduino/",
    )
    parser.add_argument(
        "--zip",
        action="store_true",
        help="with --c99 and --arduino: a .zip of each folder instead, to hand on",
    )
    parser.add_model(".keras")
    parser.add_data(
        "pictures: ranges are learnt from their training part, accuracy is measured on --part "
        "(default: the 180 shipped ones);"
    )
    parser.add_argument(
        "--part",
        choices=("val", "test"),
        default="test",
        help="of --data, to measure on; val while models or settings are still being chosen "
        "(default: test)",
    )
    parser.add_argument(
        "--input-size",
        type=int,
        metavar="SIZE",
        help="rebuild the network, with the same weights, for pictures of this side; of the "
        "shipped weights, those trained at the nearest one (default: the one it was trained at)",
    )
    parser.add_argument(
        "--debug",
        action="store_true",
        help="also measure where the error of int8 comes from, layer by layer: debug.txt (also on "
        "the terminal), debug.csv, debug.json, debug.png",
    )
    parser.add_out("tflite", "the results")
    return parser


if __name__ == "__main__":
    cli.run(main)
