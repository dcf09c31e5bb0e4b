"""Every training of the campaign by name, and the groups of them that make a table. All of it data.

A name is the folder of its runs, one for each split; once such runs exist, changed settings need a
new name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

TRASHNET, TINY_IMAGENET = "trashnet", "tiny-imagenet"
IMAGENET = "imagenet"  # where a training may start: the weights of keras.applications
SHIPPED = "trashnet"  # where it may learn: the shipped weights for 224 pixels, on their own split
SHIPPED_96, SHIPPED_224 = "trashnet-96", "trashnet-224"  # and start


@dataclass(frozen=True)
class Training:
    """One way to train a network.

    Attributes:
        title: what a table calls it.
        recipe: of `rcnet_tf.training.recipes`.
        changes: settings that differ from the recipe's.
        start: the training whose final weights it starts from, IMAGENET, SHIPPED_96, SHIPPED_224,
            or "" for random weights.
        teacher: the training whose best network teaches it, SHIPPED, or ""; where it is `start`,
            the very network that it starts from does.
        pictures: TRASHNET, trained for every split, or TINY_IMAGENET, trained once for all.
        paper: accuracy that Zheng et al. 2023 give for it, percent, on their own validation part; 0
            where they give none.
        tested: whether it may meet the test part; a step on the way, or one of several to choose
            from, may not.
    """

    title: str
    recipe: str
    changes: Mapping[str, object] = field(default_factory=dict)
    start: str = ""
    teacher: str = ""
    pictures: str = TRASHNET
    paper: float = 0.0
    tested: bool = True


def _at(size: int, epochs: int, **others) -> dict:
    return {"input_size": size, "epochs": epochs, **others}


def _scratch(title: str, paper=0.0, **changes) -> Training:
    """The paper's recipe from random weights, small and short enough to compare many networks."""
    settings = _at(96, 60, warmup_epochs=1.0, validate_every=2, **changes)
    return Training(title, "paper", settings, paper=paper)


def _rival(title: str, paper=0.0, **changes) -> Training:
    """The same with AdamW: under the paper's SGD MobileNetV2 has 65 % of validation, not 70."""
    return _scratch(title, paper, **_ADAMW, **changes)


def _with_sgd(name: str) -> Training:
    """A rival under the paper's SGD after all, judged on validation parts."""
    changes = dict(TRAININGS[name].changes)
    for setting in _ADAMW:
        del changes[setting]
    title = f"{TRAININGS[name].title}, SGD"
    return dataclasses.replace(TRAININGS[name], title=title, changes=changes, tested=False)


def _choice(title: str, start="pretrain-64", teacher="", **changes) -> Training:
    """One thing changed, at a size at which trying is cheap; judged on validation parts alone."""
    settings = _at(96, 40, augment="camera", validate_every=2) | changes
    return Training(title, "finetune", settings, start=start, teacher=teacher, tested=False)


def _ours(
    size: int,
    epochs: int,
    start: str,
    title: str = "Focus-RCNet, ours, before int8",
    teacher: str = "teacher",
    **changes,
) -> Training:
    settings = _at(size, epochs, augment="camera", validate_every=2, views=24)
    settings |= _ADAMW | _PLAIN | _SOFT | changes
    return Training(title, "finetune", settings, start, teacher, tested=False)


def _variant(title: str, **changes) -> Training:
    """The first rung of ours with one thing changed."""
    return _ours(96, 96, "pretrain-distilled", title, **changes)


def _from_shipped(size: int, epochs: int, recipe: str = "shipped", **changes) -> Training:
    start = {160: SHIPPED_224, 128: SHIPPED_96}[size]  # the nearer in proportion
    return _ours(size, epochs, start, f"{_TITLES[recipe]}, before int8", SHIPPED, **changes)


def _rounded(size: int, recipe: str = "ours") -> Training:
    """The same made fit for int8: what rounding costs grows as the picture shrinks."""
    settings = _at(size, 4, augment="camera", mixup=0.0)
    name = f"{recipe}-{size}"
    title = _TITLES.get(recipe, f"Focus-RCNet, ours, {recipe}")
    return Training(title, "qat", settings, start=name, teacher=name)


_TITLES = {
    "ours": "Focus-RCNet, ours",
    "shipped": "Focus-RCNet, ours, from the shipped weights",
    "shipped-longer": "Focus-RCNet, ours, longer from the shipped weights",
}

# Distillation as it helped elsewhere (Beyer et al., CVPR 2022): both see the same augmented and
# mixed picture, and the teacher's opinion counts for nearly all.
_SOFT = {"alpha": 0.9, "temperature": 2.0}
_DISTILLED = {**_SOFT, "mixup": 0.3, "label_smoothing": 0.0}

# A small network under strong augmentation cannot learn its pictures by heart.
_PLAIN = {"dropout": 0.0, "mixup": 0.0, "label_smoothing": 0.0}

_ADAMW = {"optimizer": "adamw", "learning_rate": 0.001, "weight_decay": 0.02}

# Pre-training needs no test part.
_MOST = {"split": "95/5"}

TRAININGS: dict[str, Training] = {
    # Initial weights: a hundred thousand small pictures of everything.
    "pretrain-64": Training(
        "Tiny ImageNet, 64 px",
        "pretrain",
        _at(64, 16, label_smoothing=0.1),
        pictures=TINY_IMAGENET,
        tested=False,
    ),
    # The same, taught by a network that has seen ImageNet.
    "pretrain-teacher": Training(
        "MobileNetV2 on Tiny ImageNet, 96 px",
        "teacher",
        _at(96, 2, augment="upright", warmup_epochs=0.1, ema=0.998, **_MOST),
        start=IMAGENET,
        pictures=TINY_IMAGENET,
        tested=False,
    ),
    "pretrain-distilled": Training(
        "Tiny ImageNet, 64 px, distilled",
        "pretrain",
        _at(64, 10, augment="upright", weight_decay=5e-5, **_DISTILLED, **_MOST),
        start="pretrain-64",
        teacher="pretrain-teacher",
        pictures=TINY_IMAGENET,
        tested=False,
    ),
    # The same again with more patience, from larger pictures and a better teacher: for an
    # accelerator.
    "pretrain-teacher-128": Training(
        "MobileNetV2 on Tiny ImageNet, 128 px",
        "teacher",
        _at(
            128,
            6,
            batch=128,
            learning_rate=4e-4,
            augment="upright",
            label_smoothing=0.0,
            warmup_epochs=0.1,
            ema=0.998,
            **_MOST,
        ),
        start="pretrain-teacher",
        pictures=TINY_IMAGENET,
        tested=False,
    ),
    "pretrain-128": Training(
        "Tiny ImageNet, 128 px, distilled",
        "pretrain",
        _at(128, 30, batch=256, augment="upright", **_DISTILLED, **_MOST, **_ADAMW)
        | {"learning_rate": 0.002},
        start="pretrain-64",
        teacher="pretrain-teacher-128",
        pictures=TINY_IMAGENET,
        tested=False,
    ),
    # One teacher a split. Small pictures first: they cost half.
    "teacher-160": Training(
        "MobileNetV2, 160 px",
        "teacher",
        _at(160, 12, learning_rate=3e-4, validate_every=4),
        start=IMAGENET,
        tested=False,
    ),
    "teacher": Training(
        "MobileNetV2 from ImageNet weights",
        "teacher",
        _at(224, 8, learning_rate=1.5e-4, warmup_epochs=0.5),
        start="teacher-160",
    ),
    # Another of twice as many pixels, in one go and in larger batches: for an accelerator.
    "teacher-320": Training(
        "MobileNetV2 from ImageNet weights",
        "teacher",
        _at(320, 30, batch=64, learning_rate=4e-4, validate_every=5),
        start=IMAGENET,
    ),
    # What helps?
    "choice-base": _choice("fine-tuned from Tiny ImageNet"),
    "choice-random": _choice("the same from random weights", start=""),
    "choice-long": _choice("the same, 100 epochs", epochs=100),
    "choice-fast": _choice("the same, learning rate 0.05", learning_rate=0.05),
    "choice-adamw": _choice("the same, AdamW", **_ADAMW),
    "choice-plain": _choice("the same, no dropout, mixing or smoothing", **_PLAIN),
    "choice-adamw-plain": _choice("the same, AdamW, without these", **_ADAMW, **_PLAIN),
    "choice-distilled": _choice(
        "the same, AdamW, distilled", teacher="teacher", **_ADAMW, **_PLAIN, **_SOFT
    ),
    "choice-pretrained": _choice(
        "the same, from the distilled initial weights",
        start="pretrain-distilled",
        teacher="teacher",
        **_ADAMW,
        **_PLAIN,
        **_SOFT,
    ),
    # As ours-96, but for one thing.
    "choice-patient": _variant(
        "ours at 96 pixels, SGD", optimizer="sgd", learning_rate=0.05, weight_decay=1e-4
    ),
    "choice-mixed": _variant("ours at 96 pixels, mixup", mixup=0.3),
    "choice-crop": _variant("ours at 96 pixels, geometry alone", augment="crop"),
    # As table4-simam, but for one thing.
    "choice-cutmix": dataclasses.replace(
        _scratch("the paper's recipe from random weights, CutMix", cutmix=1.0), tested=False
    ),
    # The teacher trained on, at twice its learning rate.
    "choice-teacher": Training(
        "the teacher, 16 epochs more",
        "teacher",
        _at(224, 16, learning_rate=3e-4, ema=0.995),
        start="teacher",
        tested=False,
    ),
    # Our best: a ladder of sizes, patient where a picture costs least; each rung is a network.
    # All learn from the same views, about which the teacher is asked once.
    "ours-96": _ours(96, 96, start="pretrain-distilled"),
    "ours-128": _ours(128, 24, start="ours-96"),
    "ours-160": _ours(160, 24, start="ours-128"),
    "ours-224": _ours(224, 24, start="ours-160"),
    **{f"ours-{size}-int8": _rounded(size) for size in (224, 160, 128, 96)},
    # Another recipe, from a teacher that sees more; choice-patient is no part of it. Small pictures
    # first, then large ones of which none comes twice: the teacher is asked at every step, and
    # batches are large, for an accelerator.
    "patient-96": _ours(
        96, 72, "pretrain-64", "Focus-RCNet, ours, patient, first rung", "teacher-320", views=12
    ),
    "patient-224": _ours(
        224,
        72,
        "patient-96",
        "Focus-RCNet, ours, patient, before int8",
        "teacher-320",
        views=0,
        batch=64,
        learning_rate=0.002,
        validate_every=10,
    ),
    "patient-224-int8": _rounded(224, "patient"),
    # The same teacher, from better initial weights, in two rungs that a CPU can do.
    "primed-128": _ours(
        128, 48, "pretrain-128", "Focus-RCNet, ours, primed, first rung", "teacher-320"
    ),
    "primed-224": _ours(
        224, 24, "primed-128", "Focus-RCNet, ours, primed, before int8", "teacher-320"
    ),
    "primed-224-int8": _rounded(224, "primed"),
    # Patience from there: twice as many views, of which the second half is new to it.
    "longer-224": _ours(
        224, 48, "primed-224", "Focus-RCNet, ours, longer, before int8", "teacher-320", views=48
    ),
    # And from there to smaller pictures.
    **{
        f"longer-{size}": _ours(
            size,
            epochs,
            "longer-224",
            "Focus-RCNet, ours, longer, before int8",
            "teacher-320",
            views=48,
        )
        for size, epochs in {160: 48, 128: 48, 96: 96}.items()
    },
    **{f"longer-{size}-int8": _rounded(size, "longer") for size in (224, 160, 128, 96)},
    # Other sizes from the shipped weights, by what everybody has: these, and a CPU.
    **{f"shipped-{size}": _from_shipped(size, 16) for size in (160, 128)},
    **{f"shipped-{size}-int8": _rounded(size, "shipped") for size in (160, 128)},
    # The same as long as `longer` does it, of which the shipped weights for 224 and 96 pixels are.
    **{
        f"shipped-longer-{size}": _from_shipped(size, 48, "shipped-longer", views=48)
        for size in (160, 128)
    },
    **{f"shipped-longer-{size}-int8": _rounded(size, "shipped-longer") for size in (160, 128)},
    # The paper's Table 5, as written. A hundred views, so that each comes twice: asking about two
    # hundred would take half as long again as the training.
    "paper": Training("Focus-RCNet, the paper's recipe", "paper", {"validate_every": 2}, paper=90),
    "paper-distilled": Training(
        "Focus-RCNet, the paper's recipe, distilled",
        "paper",
        {"validate_every": 2, "views": 100},
        teacher="teacher",
        paper=92,
    ),
    # The paper's Table 4.
    "table4-plain": _scratch("plain stem, no attention", 88.07, stem="conv", attention="none"),
    "table4-focus": _scratch("+ Focus", 91.20, attention="none"),
    "table4-simam": _scratch("+ SimAM: Focus-RCNet", 92.20),
    # As many views as epochs: none comes twice, as above.
    "table4-distilled": dataclasses.replace(
        _scratch("+ distillation", views=60), teacher="teacher"
    ),
    # The paper's Fig. 6: others of about the same size and large ones, trained alike.
    "rival-focus-rcnet": _rival("Focus-RCNet", 92),
    "rival-mobilenet": _rival("MobileNetV1 x 0.4", 85, model="MobileNet", width=0.4),
    "rival-mobilenetv2": _rival("MobileNetV2 x 0.42", model="MobileNetV2", width=0.42),
    "rival-shufflenet": _rival("ShuffleNetV1 x 0.75", 86, model="ShuffleNetV1", width=0.75),
    "rival-densenet": _rival("DenseNet121", 88, model="DenseNet121"),
    "rival-efficientnet": _rival("EfficientNet-B4", model="EfficientNetB4"),
}

_SGD = ("rival-mobilenet", "rival-mobilenetv2", "rival-shufflenet")
TRAININGS |= {f"{name}-sgd": _with_sgd(name) for name in _SGD}

PAIRED = ("table4", "table5")
"""Groups whose every line is compared with the line above."""

PICTURED = (
    "ours",
    "longer-224-int8",
    "shipped-longer-160-int8",
    "shipped-longer-128-int8",
    "longer-96-int8",
    "teachers",
    "teacher-320",
)
"""Groups and trainings in the picture of accuracy and RAM."""

GROUPS: dict[str, tuple[str, ...]] = {
    "teachers": ("teacher",),
    "choices": tuple(name for name in TRAININGS if name.startswith("choice-")),
    "ours": tuple(f"ours-{size}-int8" for size in (224, 160, 128, 96)),
    "road": (
        "patient-224-int8",
        "primed-224-int8",
        *(f"longer-{size}-int8" for size in (224, 160, 128, 96)),
        "teacher-320",
    ),
    "shipped": tuple(  # on split 42 alone
        f"{recipe}-{size}-int8" for recipe in ("shipped", "shipped-longer") for size in (160, 128)
    ),
    "table5": ("paper", "paper-distilled"),
    "table4": tuple(name for name in TRAININGS if name.startswith("table4-")),
    # The last: ours' teacher, fine-tuned from ImageNet, where there is a megabyte or two.
    "fig6": (
        *(name for name, one in TRAININGS.items() if name.startswith("rival-") and one.tested),
        "teacher",
    ),
    "fig6-sgd": tuple(f"{name}-sgd" for name in _SGD),
}
