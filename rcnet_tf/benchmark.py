"""Measure images a second in training and inference, side by side with Keras 2.

The package's network runs against the same network in tf_keras, and against itself on Keras' plain
layers, which shows what ours are for. All start from the same weights; their outputs and losses
must agree before anything is timed. Steps are taken in turns, so that a busy machine slows all.

Where a training step is slow, in processor time on two CPU cores with AVX2, 224 pixels, batch 16:

    Keras' BatchNormalization   32 % of a step; with the fused kernel of rcnet_tf.layers.BatchNorm
                                Keras 3 is faster than tf_keras
    Conv2D of size 1            10 % of a step; TensorFlow's doing, tf_keras suffers as well;
                                rcnet_tf.layers.Pointwise goes around it
    TensorFlow's convolutions   41 % of a step; rcnet_tf.train has oneDNN's, as all rows here but
                                the last, which runs in a process of its own

Only steps count here. fit() also waits, up to seconds, when an epoch ends and the iterator of an
autotuned tf.data pipeline is taken down; with options.autotune.enabled = False it does not.

    python -m rcnet_tf.benchmark
    python -m rcnet_tf.benchmark --input-size 96 --model tflite/model_96.tflite --json speed.json
"""

from __future__ import annotations

import argparse
import json

from rcnet_tf import cli, outputs
from rcnet_tf.errors import UserError


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    _check(arguments)

    from rcnet_tf.benchmarks import run

    report = run.run(arguments.input_size, arguments.batch, arguments.steps, arguments.model)
    print("\n".join(lines(report)))
    if arguments.json:
        text = json.dumps(report, indent=2) + "\n"
        outputs.write({arguments.json: text.encode()}, "--json")
        print(f"written: {arguments.json}")


def lines(report: dict) -> list[str]:
    """The report as two tables with a heading."""
    size, versions = report["input_size"], report["versions"]
    programs = ", ".join(f"{name} {version}" for name, version in versions.items())
    return [
        f"Focus-RCNet, {size} x {size} pixels, batch {report['batch']}, {report['steps']} steps, "
        f"{report['processors']} processors, Keras 3 on {report['backend']}",
        programs,
        f"outputs equal within {report['outputs_apart']:.0e}, "
        f"losses within {report['losses_apart']:.0e}",
        *_table(report["networks"], "training"),
        *_table(report["networks"], "inference"),
        "",
        "ratio: tf_keras' time over this one's, above 1 is faster; CPU: of all threads together,",
        "and hardly touched by what else the machine does",
    ]


def _table(networks: list[dict], part: str) -> list[str]:
    """Aligned lines: the speed of each network in training or inference."""
    rows = [(part, "img/s", "ratio", "CPU ms/img", "ratio")]
    for network in networks:
        if figures := network[part]:
            rows.append(
                (
                    network["name"],
                    f"{figures['images_per_second']:.1f}",
                    f"{figures['ratio']:.2f}",
                    f"{figures['cpu_ms_per_image']:.2f}",
                    f"{figures['cpu_ratio']:.2f}",
                )
            )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "",
        *(
            "  ".join(
                text.rjust(width) if column else text.ljust(width)
                for column, (text, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("benchmark", __doc__)
    parser.add_argument(
        "--input-size", type=int, default=224, metavar="PIXELS", help="side (default: 224)"
    )
    parser.add_argument(
        "--batch", type=int, default=16, metavar="N", help="pictures a step (default: 16)"
    )
    parser.add_argument(
        "--steps", type=int, default=20, metavar="N", help="timed steps of each (default: 20)"
    )
    parser.add_argument(
        "--model", type=cli.path, metavar="FILE.tflite", help="time this model's inference as well"
    )
    parser.add_json()
    return parser


def _check(arguments: argparse.Namespace) -> None:
    from rcnet_tf.preprocess import check_input_size

    check_input_size("--input-size", arguments.input_size)
    for name in ("batch", "steps"):
        if getattr(arguments, name) < 1:
            raise UserError(f"--{name} {getattr(arguments, name)}: expected at least 1")
    if arguments.json:
        outputs.check_file("--json", arguments.json, ".json")


if __name__ == "__main__":
    cli.run(main)
