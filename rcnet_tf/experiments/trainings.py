"""Every training of the campaign by name, and the groups of them that make a table. All of it data.

A name is the folder of its runs, one for each split; once such runs exist, changed settings need a
new name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TRASHNET, TINY_IMAGENET = "trashnet", "tiny-imagenet"
IMAGENET = "imagenet"  # where a training may start: the weights of keras.applications


@dataclass(frozen=True)
class Training:
    """One way to train a network.

    Attributes:
        title: what a table calls it.
        recipe: of `rcnet_tf.training.recipes`.
        changes: settings that differ from the recipe's.
        start: the training whose final weights it starts from, IMAGENET, or "" for random weights.
        teacher: the training whose best network teaches it, or "".
        pictures: TRASHNET, trained for every split, or TINY_IMAGENET, trained once for all.
    """

    title: str
    recipe: str
    changes: Mapping[str, object] = field(default_factory=dict)
    start: str = ""
    teacher: str = ""
    pictures: str = TRASHNET


def _at(size: int, epochs: int, **others) -> dict:
    return {"input_size": size, "epochs": epochs, **others}


TRAININGS: dict[str, Training] = {
    # Initial weights: a hundred thousand small pictures of everything, then larger.
    "pretrain-64": Training(
        "Tiny ImageNet, 64 px", "pretrain", _at(64, 16, label_smoothing=0.1), pictures=TINY_IMAGENET
    ),
    # One teacher a split. Small pictures first: they cost half.
    "teacher-160": Training(
        "MobileNetV2, 160 px",
        "teacher",
        _at(160, 12, learning_rate=3e-4, validate_every=4),
        start=IMAGENET,
    ),
    "teacher": Training(
        "MobileNetV2 from ImageNet weights",
        "teacher",
        _at(224, 8, learning_rate=1.5e-4, warmup_epochs=0.5),
        start="teacher-160",
    ),
}

GROUPS: dict[str, tuple[str, ...]] = {
    "teachers": ("teacher",),
}
