"""Train Focus-RCNet, or a network of keras.applications as its teacher.

Without options: the paper's recipe on TrashNet, split 42. Run it again with the same
--out after any interruption: it goes on, and ends with the very same weights.

Own pictures, one folder a class, from the shipped weights:

    python -m rcnet_tf.train --recipe finetune --init-from trashnet --data pictures --out runs/mine

Quantisation-aware training, pruning and clustering start from a trained network:

    python -m rcnet_tf.train --recipe qat --init-from mine.keras --teacher mine.keras --out runs/qat

Several machines train together on JAX; each runs the same command with its own rank:

    KERAS_BACKEND=jax python -m rcnet_tf.train --distribute 192.168.0.5:9876,2,0 --out runs/mine
    KERAS_BACKEND=jax python -m rcnet_tf.train --distribute 192.168.0.5:9876,2,1 --out runs/mine
"""

from __future__ import annotations

import argparse
import dataclasses
import sys

from rcnet_tf import cli, onednn, quiet
from rcnet_tf.errors import UserError
from rcnet_tf.training.address import Address, parse
from rcnet_tf.training.config import HELP, TrainConfig
from rcnet_tf.training.recipes import RECIPES
from rcnet_tf.training.supervise import supervise


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    config = _config(arguments)
    if arguments.distribute:
        address = parse(arguments.distribute)
        supervise(lambda: cli.run(lambda: _train(config, arguments, address)))
    _train(config, arguments, None)


def _train(config: TrainConfig, arguments: argparse.Namespace, address: Address | None) -> None:
    with_tfmot = config.qat == "tfmot" or config.prune or config.cluster
    if address and (with_tfmot or config.qat):
        raise UserError("--distribute with --qat, --prune or --cluster: expected one process")
    onednn.prefer()
    with quiet.loading():
        if with_tfmot:
            from rcnet_tf.compression import train
        else:
            from rcnet_tf.training.loop import train

    out = arguments.out
    try:
        if with_tfmot:
            result = train(config, out)
        else:
            result = train(config, out, not arguments.no_tensorboard, address)
    except KeyboardInterrupt:
        resumable = (out / "checkpoint.h5").is_file()
        what = "goes on after the last whole epoch" if resumable else "starts again"
        print(f"\nthe same command {what}; the run is in {out}", file=sys.stderr)
        raise
    if address and address.rank:
        return
    print(f"best validation accuracy {100 * result.best_accuracy:.2f} %: {result.best_model}")
    # Without the split the test part of another one would hold pictures that were trained on.
    where = ("--data", config.data, "--split", config.split)
    print(f"next: {cli.command('evaluate', '--model', result.best_model, *where)}")


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("train", __doc__)
    parser.add_argument(
        "--recipe",
        choices=sorted(RECIPES),
        default="paper",
        help="settings to start from; the options below change them (default: paper)",
    )
    parser.add_out("runs/train", "the run")
    parser.add_argument("--no-tensorboard", action="store_true", help="write no TensorBoard logs")
    parser.add_argument(
        "--distribute",
        type=cli.given,
        metavar="HOST:PORT,PROCESSES,RANK",
        help="train with other processes (see above); where process 0 listens, how many there are "
        "and which one this is, or 'env' for the variables of keras.distribution.initialize",
    )
    settings = parser.add_argument_group("settings (paper's in parentheses)")
    for field in dataclasses.fields(TrainConfig):
        flag = "--" + field.name.replace("_", "-")
        text = f"{HELP[field.name]} ({field.default})".replace("%", "%%")
        if field.name == "qat":  # its most usual value needs no word
            settings.add_argument(flag, nargs="?", const="keras", metavar="HOW", help=text)
        elif isinstance(field.default, bool):
            action = argparse.BooleanOptionalAction
            settings.add_argument(flag, action=action, default=None, help=text)
        else:
            kind = cli.given if isinstance(field.default, str) else type(field.default)
            settings.add_argument(
                flag, type=kind, default=None, metavar=field.name.upper(), help=text
            )
    return parser


def _config(arguments: argparse.Namespace) -> TrainConfig:
    names = [field.name for field in dataclasses.fields(TrainConfig)]
    given = {name: getattr(arguments, name) for name in names}
    given = {name: value for name, value in given.items() if value is not None}
    if given.get("prune") or given.get("cluster"):
        given.setdefault("ema", 0.0)  # a recipe's average would remember weights from before
    config = dataclasses.replace(RECIPES[arguments.recipe], **given)
    config.check()
    _refuse_idle(config, given)
    if arguments.recipe == "finetune" and not config.init_from:
        print(
            "--recipe finetune from random weights; --init-from trashnet starts from the shipped "
            "ones, and wants far fewer pictures and epochs",
            file=sys.stderr,
        )
    return config


def _refuse_idle(config: TrainConfig, given: dict) -> None:
    """Options that would change nothing; a recipe may hold settings for which there is no use."""
    for name in ("temperature", "alpha", "t_squared"):
        if name in given and not config.teacher:
            flag = name.replace("_", "-")
            raise UserError(f"--{flag} is about a teacher's answers; add --teacher best.keras")
    if "momentum" in given and config.optimizer != "sgd":
        raise UserError(
            f"--momentum {config.momentum}: it is a setting of sgd, not of {config.optimizer}; "
            "leave it out"
        )


if __name__ == "__main__":
    cli.run(main)
