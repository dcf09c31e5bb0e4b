"""From the names of trainings to runs: which, on which split, after which others."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rcnet_tf.data.published import MAIN
from rcnet_tf.errors import UserError
from rcnet_tf.experiments.trainings import (
    GROUPS,
    IMAGENET,
    SHIPPED,
    SHIPPED_96,
    SHIPPED_224,
    TINY_IMAGENET,
    TRAININGS,
    TRASHNET,
    Training,
)
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.recipes import RECIPES

EVERY_SPLIT = "all"  # folder of a run that belongs to no split

_SHIPPED_SIZES = {SHIPPED_96: 96, SHIPPED_224: 224}

HOME = Path("runs/campaign")
"""Where a campaign lies unless told otherwise."""


@dataclass(frozen=True)
class Places:
    """Where things are.

    Attributes:
        out: folder of the campaign.
        trashnet: TrashNet's zip, or "trashnet" to download it.
        tiny_imagenet: zip or folder of Tiny ImageNet; "" if there is none.
        imagenet: "imagenet" to download, or a folder of weight files without top.
    """

    out: Path
    trashnet: str = "trashnet"
    tiny_imagenet: str = ""
    imagenet: str = "imagenet"


@dataclass(frozen=True)
class Run:
    """One training on one split.

    Attributes:
        name: of the training.
        split: of TrashNet, or EVERY_SPLIT.
        folder: of the run.
        config: its settings.
        after: folders of the runs that it starts or learns from.
    """

    name: str
    split: str
    folder: Path
    config: TrainConfig
    after: tuple[Path, ...]

    @property
    def label(self) -> str:
        """Its name in messages."""
        return self.name if self.split == EVERY_SPLIT else f"{self.name}/{self.split}"

    @property
    def from_imagenet(self) -> bool:
        """Whether it starts from weights of keras.applications."""
        return TRAININGS[self.name].start == IMAGENET

    def settings(self) -> dict | None:
        """Those in its folder; None before it has begun.

        Raises:
            UserError: the folder holds something else.
        """
        file = self.folder / "config.json"
        try:
            there = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise UserError(f"{self.folder} is no run: {error}; move the folder away") from None
        if not isinstance(there, dict):
            raise UserError(f"{file} holds no settings; move the folder away")
        return there

    def done(self) -> bool:
        """Whether it has ended.

        Raises:
            UserError: its folder holds a run of other settings.
        """
        there = self.settings()
        if there is None:
            return False
        if self.from_imagenet:  # from a folder or downloaded
            there["init_from"] = self.config.init_from
        if there.get("init_from") == SHIPPED and TRAININGS[self.name].start in _SHIPPED_SIZES:
            # As it was written while these were the nearest that were shipped.
            there["init_from"] = self.config.init_from
        if differences := self.config.differences(there):
            raise UserError(
                f"{self.folder} was trained with other settings ({'; '.join(differences)}); give "
                "the training another name, or move the folder away"
            )
        return (self.folder / "final.keras").is_file()


def plan(names: Iterable[str], splits: Iterable[str], places: Places) -> list[Run]:
    """The runs of some trainings or groups and all that they need, each once, in order.

    Raises:
        UserError: an unknown name, or pictures that are needed and not given.
    """
    runs: dict[Path, Run] = {}
    for name in members(names):
        for split in splits:
            _add(name, split, places, runs)
    return list(runs.values())


def check_splits(runs: Iterable[Run]) -> None:
    """See that nothing starts or learns from the shipped weights on a split that is not theirs.

    Raises:
        UserError: they have seen pictures of its validation and test parts.
    """
    for run in runs:
        training = TRAININGS[run.name]
        learns = training.teacher == SHIPPED or training.start in _SHIPPED_SIZES
        if learns and run.split != MAIN:
            raise UserError(
                f"{run.label}: the shipped weights have seen pictures of this split's test part; "
                f"run it with --splits {MAIN}"
            )


def members(names: Iterable[str]) -> list[str]:
    """The trainings that names of trainings and groups stand for, each once, in order.

    Raises:
        UserError: an unknown name.
    """
    found = dict.fromkeys(one for name in names for one in GROUPS.get(name, (name,)))
    for name in found:
        _training(name)
    return list(found)


def _add(name: str, split: str, places: Places, runs: dict[Path, Run]) -> Run:
    training = _training(name)
    folder = folder_of(name, split, places.out)
    if folder in runs:
        return runs[folder]
    given = ("", IMAGENET, SHIPPED, *_SHIPPED_SIZES)
    needed = [other for other in (training.start, training.teacher) if other not in given]
    before = {other: _add(other, split, places, runs) for other in needed}
    if training.pictures == TRASHNET:
        changes = {**training.changes, "split": split}
    else:
        changes = training.changes
    config = dataclasses.replace(
        RECIPES[training.recipe],
        **changes,
        data=_data(training, places),
        init_from=_start(training, before, places),
        teacher=_teacher(training, before),
    )
    config.check()
    after = tuple(run.folder for run in before.values())
    runs[folder] = Run(name, folder.name, folder, config, after)
    return runs[folder]


def folder_of(name: str, split: str, out: Path) -> Path:
    """Where the run of a training on a split lies."""
    return out / name / (split if _training(name).pictures == TRASHNET else EVERY_SPLIT)


def _training(name: str) -> Training:
    try:
        return TRAININGS[name]
    except KeyError:
        raise UserError(
            f"training {name!r}: expected a group ({', '.join(GROUPS)}) or one of "
            f"{', '.join(TRAININGS)}"
        ) from None


def _data(training: Training, places: Places) -> str:
    if training.pictures == TINY_IMAGENET:
        if not places.tiny_imagenet:
            raise UserError(
                "initial weights are learnt from Tiny ImageNet; name its zip or folder with "
                "--tiny-imagenet"
            )
        return places.tiny_imagenet
    return places.trashnet


def _teacher(training: Training, before: dict[str, Run]) -> str:
    if training.teacher in ("", SHIPPED):
        return training.teacher
    # What fine-tunes a network to answer as it did before compares it with that very one.
    own = training.teacher == training.start
    return str(before[training.teacher].folder / ("final.keras" if own else "best.keras"))


def _start(training: Training, before: dict[str, Run], places: Places) -> str:
    if training.start in _SHIPPED_SIZES:
        from rcnet_tf.weights import pretrained_path  # and NumPy, which `--help` does without

        return str(pretrained_path(SHIPPED, _SHIPPED_SIZES[training.start]))
    if training.start != IMAGENET:
        return str(before[training.start].folder / "final.keras") if training.start else ""
    if places.imagenet == IMAGENET:
        return IMAGENET
    model = str(training.changes.get("model", RECIPES[training.recipe].model))
    wanted = model.lower().replace("_", "")
    for file in sorted(Path(places.imagenet).glob("*no_top*.h5")):
        if file.name.lower().replace("_", "").startswith(wanted):
            return str(file)
    raise UserError(
        f"{places.imagenet}: no weight file of {model} without top; expected one such as "
        "mobilenet_v2_..._no_top.h5, or leave --imagenet away to download it"
    )
