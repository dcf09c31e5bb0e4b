"""What a run is: every setting, with the paper's recipe as the default.

Source of the defaults: Zheng et al. 2023, "Training": SGD with momentum 0.9, batch 16, learning
rate 0.05, weight decay 1e-4, 200 epochs; flips, brightness and contrast, cutout.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, fields
from pathlib import Path

from rcnet_tf.data.published import MAIN, PUBLISHED
from rcnet_tf.errors import UserError


@dataclass(frozen=True)
class TrainConfig:
    """Settings of a training run; `HELP` says what each one means.

    Example:
        >>> TrainConfig(input_size=96, width=0.5, epochs=60).check()
        >>> TrainConfig(width=0.5).differences({"width": 1.0})
        ['width 1.0 there, 0.5 here']
    """

    data: str = "trashnet"
    split: str = MAIN
    model: str = "focus_rcnet"
    width: float = 1.0
    stem: str = "focus"
    block: str = "sandglass"
    attention: str = "simam"
    dropout: float = 0.2
    input_size: int = 224
    init_from: str = ""
    epochs: int = 200
    batch: int = 16
    optimizer: str = "sgd"
    learning_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 1e-4
    clip_norm: float = 0.0
    schedule: str = "cosine"
    warmup_epochs: float = 0.0
    augment: str = "paper"
    mixup: float = 0.0
    cutmix: float = 0.0
    label_smoothing: float = 0.0
    class_weight: str = "none"
    ema: float = 0.0
    teacher: str = ""
    temperature: float = 4.0
    alpha: float = 0.5
    t_squared: bool = True
    views: int = 0
    qat: str = ""
    prune: float = 0.0
    cluster: int = 0
    precision: str = "float32"
    validate_every: int = 1
    seed: int = 0

    def check(self) -> None:
        """See that every setting is in its range; what the data decide is seen later.

        Raises:
            UserError: naming the first option that is not.
        """
        for name, allowed in CHOICES.items():
            if (value := getattr(self, name)) not in allowed:
                expected = ", ".join(map(repr, allowed))
                raise UserError(f"{_flag(name)} {value!r}: expected one of {expected}")
        if self.mixup and self.cutmix:
            raise UserError(
                f"--mixup {self.mixup} and --cutmix {self.cutmix}: expected one of the two; set "
                "the other to 0"
            )
        if self.views and not self.teacher:
            raise UserError(f"--views {self.views} is about a teacher's work; add --teacher")
        self._check_compression()
        if self.model == "focus_rcnet":
            from rcnet_tf.preprocess import check_input_size  # with NumPy, which --help waits for

            check_input_size("--input-size", self.input_size)
        else:
            for one in ("stem", "block", "attention"):
                if (value := getattr(self, one)) != getattr(TrainConfig, one):
                    raise UserError(
                        f"{_flag(one)} {value}: it is a setting of focus_rcnet alone, not of "
                        f"{self.model}; leave it out"
                    )
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not (low <= value <= high and math.isfinite(value)):  # not a number fails too
                expected = f"at least {low}" if high == INFINITE else f"{low} to {high}"
                raise UserError(f"{_flag(name)} {value}: expected {expected}")

    def _check_compression(self) -> None:
        """See that quantisation-aware training, pruning and clustering have what they need."""
        asked = [f"--{name}" for name in ("qat", "prune", "cluster") if getattr(self, name)]
        if not asked:
            return
        if len(asked) > 1:
            raise UserError(
                f"{' and '.join(asked)} in one run; expected one of them: run the second with "
                "--init-from best.keras of the first"
            )
        if not self.init_from:
            raise UserError(
                f"{asked[0]} starts from a trained network; add --init-from best.keras, or "
                "--init-from trashnet for the shipped weights"
            )
        if self.precision != "float32":
            raise UserError(f"{asked[0]} with --precision {self.precision}; expected float32")

    def to_json(self) -> str:
        """The settings as indented JSON."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    def differences(self, other: dict) -> list[str]:
        """One text for each field whose value is another in `other`, a dictionary of settings.

        A run may have moved with its pictures. Where these lie is not compared: a checkpoint knows
        which they were. Networks are told by the last three parts of their paths.
        """
        return [
            f"{field.name} {other.get(field.name)!r} there, {getattr(self, field.name)!r} here"
            for field in fields(self)
            if _which(field.name, other.get(field.name, field.default))
            != _which(field.name, getattr(self, field.name))
        ]


def _which(name: str, value: object) -> object:
    """What of a setting decides whether two are the same."""
    if name == "data":
        return None
    if name in ("init_from", "teacher") and str(value).endswith(".keras"):
        return Path(str(value)).absolute().parts[-3:]
    return value


CHOICES = {
    "stem": ("focus", "conv"),
    "block": ("sandglass", "inverted_residual", "bottleneck"),
    "attention": ("simam", "none"),
    "optimizer": ("sgd", "adamw"),
    "schedule": ("cosine", "step", "constant"),
    "augment": ("paper", "strong", "camera", "crop", "upright", "none"),
    "class_weight": ("none", "balanced"),
    "qat": ("", "keras", "tfmot"),
    "precision": ("float32", "mixed_bfloat16", "mixed_float16"),
}
"""Setting -> the words it may be."""

INFINITE = float("inf")
"""Where there is no upper limit."""

_LEAST = 1e-9  # of what has to be above 0
_BELOW_ONE = 0.999999
RANGES = {
    "width": (0.01, 8),
    "input_size": (32, 1024),
    "dropout": (0, _BELOW_ONE),
    "epochs": (1, INFINITE),
    "batch": (1, INFINITE),
    "learning_rate": (_LEAST, INFINITE),
    "momentum": (0, _BELOW_ONE),
    "weight_decay": (0, INFINITE),
    "clip_norm": (0, INFINITE),
    "warmup_epochs": (0, INFINITE),
    "mixup": (0, INFINITE),
    "cutmix": (0, 1),
    "label_smoothing": (0, _BELOW_ONE),
    "ema": (0, _BELOW_ONE),
    "temperature": (_LEAST, INFINITE),
    "alpha": (0, 1),
    "views": (0, INFINITE),
    "prune": (0, 0.95),
    "cluster": (0, 256),
    "validate_every": (1, INFINITE),
    "seed": (0, 2**31 - 1),
}
"""Setting -> the least and the largest number it may be."""


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


HELP = {
    "data": "'trashnet', a folder of class folders or a .zip of one",
    "split": f"TrashNet: {', '.join(PUBLISHED)} or 'paper' (70/30); own folders: the seed, or "
    "percentages: 95/5",
    "model": "focus_rcnet, ShuffleNetV1 or a name of keras.applications, such as EfficientNetB4",
    "width": "width multiplier",
    "stem": "'focus' or 'conv'",
    "block": "'sandglass', 'inverted_residual' or 'bottleneck'",
    "attention": "'simam' or 'none'",
    "dropout": "rate before the classifier",
    "input_size": "side of the network's input, pixels",
    "init_from": ".keras or .weights.h5 file to start from, or the shipped 'trashnet'; for a "
    "network of keras.applications also 'imagenet' (downloads) or a .h5 file without top",
    "epochs": "passes over the training part",
    "batch": "pictures a step",
    "optimizer": "'sgd' or 'adamw'",
    "learning_rate": "peak",
    "momentum": "of SGD",
    "weight_decay": "L2 decay as PyTorch counts it; decoupled with adamw",
    "clip_norm": "gradients are clipped to this global norm; 0: not",
    "schedule": "'cosine', 'step' (a tenth every 90 epochs) or 'constant'",
    "warmup_epochs": "linear warm-up",
    "augment": "'paper', 'strong', 'camera' (strong with sensor noise), 'crop', 'upright' "
    "(crop, never upside down) or 'none'",
    "mixup": "parameter of MixUp's Beta distribution; 0: off",
    "cutmix": "the same of CutMix, at most 1; one of the two at a time; 0: off",
    "label_smoothing": "mass moved from the label to all classes",
    "class_weight": "'balanced': classes count alike however many pictures they have",
    "ema": "decay of the moving average of the weights, such as 0.999; less in short runs; 0: off",
    "teacher": ".keras file to distil from, or the shipped 'trashnet'",
    "temperature": "T of Eq. 2",
    "alpha": "share of the soft loss",
    "t_squared": "whether the soft loss carries the factor T^2",
    "views": "epochs after which augmented pictures come again, so that the teacher is asked once "
    "about each, and remembered; 0: never",
    "qat": "quantisation-aware training, from --init-from: 'keras' (--qat alone) or 'tfmot'",
    "prune": "share of weights to prune to zero with tfmot, 0.1 to 0.95; 0: none",
    "cluster": "distinct weights a layer to cluster to with tfmot, 4 to 256; 0: any",
    "precision": "'float32', 'mixed_bfloat16' or 'mixed_float16'",
    "validate_every": "epochs from one validation to the next; the last is always validated",
    "seed": "of initial weights, order and augmentation",
}
"""Setting -> what it means, as in `python -m rcnet_tf.train --help`."""
