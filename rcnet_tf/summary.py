"""Show what a network costs: a table by stage or by layer, and the paper's count of operations.

Without options: Focus-RCNet as shipped, 224 pixels. The paper counted at 380:

    python -m rcnet_tf.summary --input-size 380
    python -m rcnet_tf.summary --width 0.5 --input-size 96 --layers
    python -m rcnet_tf.summary --model EfficientNetB4 --input-size 380
    python -m rcnet_tf.summary --model runs/train/best.keras
"""

from __future__ import annotations

import argparse
import itertools
from typing import TYPE_CHECKING

from rcnet_tf import cli, quiet
from rcnet_tf.errors import UserError

if TYPE_CHECKING:
    import keras

    from rcnet_tf.complexity import Cost

# What a .keras file settles.
_SETTINGS = ("input_size", "classes", "width", "stem", "block", "attention")


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    with quiet.loading():
        model = _network(arguments)

        from rcnet_tf.complexity import count

    try:
        costs = count(model)
    except ValueError as error:
        raise UserError(str(error)) from None
    if len(model.inputs) > 1:
        raise UserError(f"{model.name} has {len(model.inputs)} inputs; expected a model of one")
    source = "x".join(map(str, model.input_shape[1:]))
    print(f"{model.name}, input {source}\n")
    for line in table([[cost] for cost in costs] if arguments.layers else stages(costs)):
        print(line)
    print()
    for line in totals(costs):
        print(line)


def stages(costs: list[Cost]) -> list[list[Cost]]:
    """Group layers in sequence by the first word of their names: "stage1_block1_dw1" -> stage1.

    Groups that cost nothing, such as dropout and softmax, are left out.
    """
    groups = [list(group) for _, group in itertools.groupby(costs, key=_stage)]
    return [group for group in groups if any(cost.parameters or cost.complexity for cost in group)]


def table(groups: list[list[Cost]]) -> list[str]:
    """Aligned lines, one for each group of layers."""
    from rcnet_tf.complexity import total

    lines: list[tuple[str, ...]] = [
        ("", "output", "parameters", "MACs", "paper's count", "largest map, int8 bytes")
    ]
    for group in groups:
        name = group[0].name if len(group) == 1 else _stage(group[0])
        cost = total(group)
        numbers = (cost.parameters, cost.macs, cost.complexity, _largest(group))
        shape = "x".join(map(str, cost.output_shape))
        lines.append((name, shape, *(f"{number:,}" for number in numbers)))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            text.ljust(width) if index == 0 else text.rjust(width)
            for index, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]


def totals(costs: list[Cost]) -> list[str]:
    """Lines with the whole network's figures."""
    from rcnet_tf.complexity import PARTS, total

    whole = total(costs)
    parts = [(part.replace("_", " "), getattr(whole, part)) for part in PARTS]
    lines = [
        ("trainable parameters", whole.parameters, ""),
        ("other parameters", whole.fixed_parameters, "moving statistics, frozen weights"),
        ("multiply-accumulates", whole.macs, "convolution and dense"),
        ("largest map, int8 bytes", _largest(costs), ""),
        ("paper's count", whole.complexity, "sum of:"),
        *((f"  {name}", value, "") for name, value in parts if value),
    ]
    return [f"{name:<24} {value:>15,}  {note}".rstrip() for name, value, note in lines]


def _stage(cost: Cost) -> str:
    outer, slash, layer = cost.name.rpartition("/")
    return outer + slash + layer.split("_")[0]


def _largest(costs: list[Cost]) -> int:
    return max(cost.activations for cost in costs)


def _network(arguments: argparse.Namespace) -> keras.Model:
    given = {
        name: getattr(arguments, name) for name in _SETTINGS if getattr(arguments, name) is not None
    }
    if arguments.model.endswith(".keras"):
        if name := next(iter(given), None):
            raise UserError(
                f"--{name.replace('_', '-')} {given[name]}: {arguments.model} settles it; leave it "
                "out"
            )
        from rcnet_tf.keras_files import load_model

        return load_model(arguments.model)
    classes = given.pop("classes", 6)
    if classes < 1:
        raise UserError(f"--classes {classes}: expected at least 1")

    from rcnet_tf.networks import build
    from rcnet_tf.training.config import TrainConfig

    names = [f"class_{index}" for index in range(classes)]
    config = TrainConfig(model=arguments.model, **given)
    config.check()
    return build(config, names)


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("summary", __doc__)
    parser.add_argument(
        "--model",
        default="focus_rcnet",
        help="focus_rcnet, ShuffleNetV1, a name of keras.applications or a .keras file (default: "
        "focus_rcnet)",
    )
    parser.add_argument("--input-size", type=int, metavar="PIXELS", help="side (default: 224)")
    parser.add_argument("--classes", type=int, metavar="N", help="outputs (default: 6)")
    parser.add_argument("--width", type=float, help="width multiplier (default: 1.0)")
    parser.add_argument("--stem", choices=("focus", "conv"), help="(default: focus)")
    parser.add_argument(
        "--block",
        choices=("sandglass", "inverted_residual", "bottleneck"),
        help="(default: sandglass)",
    )
    parser.add_argument("--attention", choices=("simam", "none"), help="(default: simam)")
    parser.add_argument("--layers", action="store_true", help="a line for every layer")
    return parser


if __name__ == "__main__":
    cli.run(main)
