"""Train Focus-RCNet, or a network of keras.applications as its teacher.

Without options: the paper's recipe on TrashNet, published split 42. Run it again with the same --out
after any interruption: it goes on, and ends with the very same weights.

    python -m rcnet_tf.train --data my_pictures --input-size 96 --epochs 60 --out runs/mine
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from rcnet_tf import cli
from rcnet_tf.errors import UserError
from rcnet_tf.training.config import HELP, TrainConfig
from rcnet_tf.training.recipes import RECIPES


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    config = _config(arguments)

    from rcnet_tf.training.loop import train

    result = train(config, arguments.out, tensorboard=not arguments.no_tensorboard)
    print(f"best validation accuracy {100 * result.best_accuracy:.2f} %: {result.best_model}")
    # Without the split the test part of another one would hold pictures that were trained on.
    data = f"--data {config.data} --split {config.split}"
    print(f"next: python -m rcnet_tf.evaluate --model {result.best_model} {data}")


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("train", __doc__)
    parser.add_argument(
        "--recipe",
        choices=sorted(RECIPES),
        default="paper",
        help="settings to start from; the options below change them (default: paper)",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("runs/train"), help="folder of the run (default: runs/train)"
    )
    parser.add_argument("--no-tensorboard", action="store_true", help="write no TensorBoard logs")
    settings = parser.add_argument_group("settings (paper's in parentheses)")
    for field in dataclasses.fields(TrainConfig):
        flag = "--" + field.name.replace("_", "-")
        text = f"{HELP[field.name]} ({field.default})".replace("%", "%%")
        if isinstance(field.default, bool):
            action = argparse.BooleanOptionalAction
            settings.add_argument(flag, action=action, default=None, help=text)
        else:
            settings.add_argument(
                flag, type=type(field.default), default=None, metavar=field.name.upper(), help=text
            )
    return parser


def _config(arguments: argparse.Namespace) -> TrainConfig:
    names = [field.name for field in dataclasses.fields(TrainConfig)]
    given = {name: getattr(arguments, name) for name in names}
    given = {name: value for name, value in given.items() if value is not None}
    config = dataclasses.replace(RECIPES[arguments.recipe], **given)
    for name in ("epochs", "batch", "validate_every"):
        if getattr(config, name) < 1:
            raise UserError(f"--{name.replace('_', '-')} {getattr(config, name)}: expected at least 1")
    return config


if __name__ == "__main__":
    cli.run(main)
