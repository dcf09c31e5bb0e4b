"""The pictures that come with the package: TrashNet's, enough to convert a model and to try it.

- `calibration()`: 20 a class of the seed-42 training part, from which int8 ranges are learnt;
- `demo()`: 10 a class of its test part, for an accuracy line without a download.

They were chosen by `choose`, and lie in `assets/` byte for byte as in `dataset-resized.zip`; to
make the folders again from the zip: `export("dataset-resized.zip", "rcnet_tf/assets")`.

Source: Yang and Thung, "Classification of Trash for Recyclability Status", 2016; MIT licence, see
`assets/README.md`.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from rcnet_tf.data import folder, sources, trashnet
from rcnet_tf.data.published import MAIN
from rcnet_tf.data.sources import PictureSet
from rcnet_tf.files import atomic_write

ASSETS = Path(__file__).parent / "assets"
"""The folder of the pictures, calibration/ and demo/, each a folder a class."""

LICENSE = "LICENSE.trashnet.txt"
"""In `ASSETS`; it asks to go where a picture goes."""

CALIBRATION_A_CLASS = 20
"""Pictures a class to learn ranges from."""

DEMO_A_CLASS = 10
"""Pictures a class to try a network on."""


def calibration() -> PictureSet:
    """120 pictures of TrashNet's seed-42 training part, 20 a class."""
    return _read(ASSETS / "calibration")


def demo() -> PictureSet:
    """60 pictures of TrashNet's seed-42 test part, 10 a class.

    Example:
        >>> pictures = demo()
        >>> len(pictures), pictures.class_names
        (60, ('cardboard', 'glass', 'metal', 'paper', 'plastic', 'trash'))
    """
    return _read(ASSETS / "demo")


def license_text() -> bytes:
    """The pictures' licence, MIT."""
    return (ASSETS / LICENSE).read_bytes()


def choose(pictures: PictureSet, per_class: int) -> PictureSet:
    """The same few pictures of every class, on every machine.

    Of each class those with the smallest SHA-256 of "42 " and their key, such as
    "42 glass/glass1.jpg"; all where there are not more than `per_class`.
    """

    def order(picture) -> bytes:
        return hashlib.sha256(f"{MAIN} {picture.key}".encode(errors="replace")).digest()

    chosen = []
    for label in range(len(pictures.class_names)):
        members = [picture for picture in pictures.pictures if picture.label == label]
        chosen += sorted(sorted(members, key=order)[:per_class], key=lambda picture: picture.key)
    return PictureSet(pictures.class_names, tuple(chosen))


def chosen_of(path: str | os.PathLike) -> dict[str, PictureSet]:
    """What `assets/` holds, from TrashNet itself: folder name -> pictures.

    Args:
        path: `dataset-resized.zip`, or a folder of it.

    Raises:
        UserError: not the whole of TrashNet.
    """
    parts = trashnet.read(path, MAIN)
    return {
        "calibration": choose(parts.train, CALIBRATION_A_CLASS),
        "demo": choose(parts.test, DEMO_A_CLASS),
    }


def export(path: str | os.PathLike, assets: str | os.PathLike) -> None:
    """Copy the chosen pictures out of TrashNet into `assets`, unchanged."""
    for name, pictures in chosen_of(path).items():
        for picture in pictures.pictures:
            atomic_write(Path(assets) / name / picture.key, picture.read())


def _read(path: Path) -> PictureSet:
    return folder.read_tree(sources.open_source(path)).parts["all"]
