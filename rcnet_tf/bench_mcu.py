"""RAM, flash, stack and exact instruction counts of the C99 engine on emulated microcontrollers.

Without options: the shipped weights at 224, 160, 128 and 96 pixels, on every instruction set whose
compiler and emulator are installed. Every output is compared with TensorFlow Lite Micro's.

    python -m rcnet_tf.bench_mcu --json bench_mcu.json
    python -m rcnet_tf.bench_mcu --model tflite/focus_rcnet_224_int8.tflite --target cortex-m7
    python -m rcnet_tf.bench_mcu --sizes 224 --target cortex-m7 --picture memory.png

With --baselines, TensorFlow Lite Micro runs the same networks beside it, one inference each. It is
compiled from checkouts in one folder, those that are there, under the names that `git clone` gives
them: tflite-micro (reference kernels), CMSIS-NN, esp-tflite-micro and esp-nn. Each output is
compared as well. The first run compiles for minutes; what is compiled is kept in the cache.

    make -C tflite-micro -f tensorflow/lite/micro/tools/make/Makefile third_party_downloads
    python -m rcnet_tf.bench_mcu --target cortex-m7 --baselines .
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from rcnet_tf import cli, outputs
from rcnet_tf.data.published import MAIN
from rcnet_tf.errors import UserError

SIZES = (224, 160, 128, 96)


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    _check(arguments.model, arguments.sizes)
    targets = _installed(arguments.target)
    baselines = _baselines(arguments.baselines, targets) if arguments.baselines else []
    if arguments.json:
        outputs.check_file("--json", arguments.json, ".json")
    if arguments.picture:
        outputs.check_file("--picture", arguments.picture, ".png")

    from dataclasses import asdict

    from rcnet_tf.emulation import measure, table

    rows, contents = [], []
    for content, pixels in _networks(arguments.model, arguments.sizes):
        rows += measure.measure(
            content, pixels, targets, _say, baselines, arguments.baselines or Path()
        )
        contents.append(content)
    print("\n".join(table.lines(rows)))
    if arguments.json:
        text = json.dumps([asdict(row) for row in rows], indent=2) + "\n"
        outputs.write({arguments.json: text.encode()}, "--json")
        print(f"written to {arguments.json}")
    if arguments.picture:
        from rcnet_tf.emulation.memory_plot import memory_png
        from rcnet_tf.export.c99.network import network
        from rcnet_tf.export.c99.operators import Graph

        first = network(Graph(contents[0], "network"))
        picture = memory_png(first, rows[0].stack_bytes, measure.RAM.get(rows[0].input))
        outputs.write({arguments.picture: picture}, "--picture")
        print(f"written to {arguments.picture}")


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _check(model: Path | None, sizes: list[int]) -> None:
    from rcnet_tf.preprocess import check_input_size
    from rcnet_tf.runtime import check_file

    if model:
        check_file(model, ".tflite")
    for size in sizes:
        check_input_size("--sizes", size)


def _installed(asked: list[str] | None) -> list[str]:
    from rcnet_tf.emulation.targets import TARGETS

    names = asked or list(TARGETS)
    missing = {name: TARGETS[name].missing() for name in names}
    for name, tools in missing.items():
        if tools:
            _say(
                f"{name} is left out: {', '.join(tools)} not installed; on Debian: apt-get install "
                f"gcc {TARGETS[name].packages}"
            )
    found = [name for name in names if not missing[name]]
    if not found:
        raise UserError("no emulator is installed; see above for what to install")
    return found


def _baselines(home: Path, targets: list[str]):
    """Those to measure; what is missing for others is said on stderr."""
    from rcnet_tf.emulation import baselines, tflm
    from rcnet_tf.emulation.targets import TARGETS

    # Others of several are left out in silence: there is nothing to install for them.
    for name in [name for name in targets if TARGETS[name].cpp] or targets:
        tflm.check_installed(TARGETS[name])
    found, left_out = baselines.found(home)
    for line in left_out:
        _say(line)
    return found


def _networks(model: Path | None, sizes: list[int]):
    """(content of an int8 .tflite, int8 pictures) of every network to measure."""
    from rcnet_tf.tflite_file import flatbuffer

    if model:
        content = model.read_bytes()
        size, _ = flatbuffer.check_contract(flatbuffer.parse(content, str(model)), str(model))
        yield content, _pictures(size)
        return
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    from rcnet_tf.tflite_file import chatter

    with chatter.held_back():
        from rcnet_tf.export import tflite
        from rcnet_tf.export.pictures import gather
        from rcnet_tf.rebuild import rebuild
        from rcnet_tf.shipped import ShippedClassifier

    for size in sizes:
        _say(f"converting for {size} pixels ...")
        shipped = ShippedClassifier(size)
        pictures = gather(None, MAIN, size, shipped.class_names)
        network = rebuild(shipped.model, size)
        yield tflite.int8(network, pictures.calibration), _pictures(size)


def _pictures(size: int):
    """Two shipped pictures: int8 (2, size, size, 3)."""
    from rcnet_tf import shipped_pictures
    from rcnet_tf.data.cache import arrays
    from rcnet_tf.data.sources import PictureSet
    from rcnet_tf.preprocess import quantize_input

    demo = shipped_pictures.demo()
    pixels, _ = arrays(PictureSet(demo.class_names, demo.pictures[:2]), size)
    return quantize_input(pixels)


def _parser() -> argparse.ArgumentParser:
    from rcnet_tf.emulation.targets import TARGETS

    parser = cli.Parser("bench_mcu", __doc__)
    parser.add_argument(
        "--model",
        type=cli.path,
        metavar="FILE",
        help="an int8 .tflite in place of the shipped weights",
    )
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=list(SIZES),
        metavar="SIZE",
        help="sides of the picture for the shipped weights (default: 224 160 128 96)",
    )
    parser.add_argument(
        "--target",
        action="append",
        choices=list(TARGETS),
        help="instruction set, may be repeated (default: all that are installed)",
    )
    parser.add_argument(
        "--baselines",
        type=cli.path,
        metavar="FOLDER",
        help="checkouts of TensorFlow Lite Micro, CMSIS-NN and esp-nn to measure as well",
    )
    parser.add_json()
    parser.add_argument(
        "--picture",
        type=cli.path,
        metavar="FILE",
        help="draw where the memory of the first network goes, with the stack of the first target "
        "(.png)",
    )
    return parser


if __name__ == "__main__":
    cli.run(main)
