"""TrashNet as a tensorflow-datasets builder.

    import rcnet_tf.data.trashnet_tfds  # registers the name
    tfds.load("trashnet/seed_42", split="train")
    tfds.builder("trashnet/paper", source="dataset-resized.zip").download_and_prepare()  # offline

Its download is also the one of `rcnet_tf.data.load.load("trashnet")`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import ClassVar

import tensorflow_datasets as tfds

from rcnet_tf.data import splits, trashnet
from rcnet_tf.data.published import PUBLISHED
from rcnet_tf.data.sources import PictureSet
from rcnet_tf.errors import UserError

_DESCRIPTION = """\
TrashNet: 2527 photographs of waste on a white board, 512 x 384, in six classes. Three pairs of
identical pictures carry two labels and are left out of every split."""

_CITATION = """\
@techreport{yang2016trashnet,
  author = {Mindy Yang and Gary Thung},
  title = {Classification of Trash for Recyclability Status},
  institution = {Stanford University, CS229 project report},
  year = {2016}
}"""


class Trashnet(tfds.core.GeneratorBasedBuilder):
    """2527 photographs of waste in six classes; a configuration for every split.

    Args:
        source: a local dataset-resized.zip or the folder extracted from it. Without it, what the
            variable RCNET_TF_TRASHNET names is used; without that, upstream's zip is downloaded.
        **kwargs: of `tfds.core.GeneratorBasedBuilder`.
    """

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS: ClassVar = [
        *(
            tfds.core.BuilderConfig(
                name=f"seed_{seed}",
                description=f"Published 70/15/15 split, seed {seed}; six conflicts excluded.",
            )
            for seed in PUBLISHED
        ),
        tfds.core.BuilderConfig(
            name="paper", description="70/30; val and test are the same 30 %, as in the paper."
        ),
    ]

    def __init__(self, *, source: str | os.PathLike | None = None, **kwargs):
        self._source = source or os.environ.get(trashnet.VARIABLE)
        super().__init__(**kwargs)

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            description=_DESCRIPTION,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 3), encoding_format="jpeg"),
                    "label": tfds.features.ClassLabel(names=trashnet.CLASS_NAMES),
                    "filename": tfds.features.Text(),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="https://github.com/garythung/trashnet",
            license="MIT",
            citation=_CITATION,
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Iterator]:
        source = self._source or _fetch(dl_manager)
        found = trashnet.read(source, self.builder_config.name.removeprefix("seed_"))
        parts = {part: getattr(found, part) for part in splits.PARTS}
        for pictures in parts.values():
            trashnet.verify(pictures, str(source))
        return {part: self._generate_examples(pictures) for part, pictures in parts.items()}

    def _generate_examples(self, pictures: PictureSet) -> Iterator[tuple[str, dict]]:
        for picture in pictures.pictures:
            yield (
                picture.key,
                {
                    "image": io.BytesIO(picture.read()),
                    "label": pictures.class_names[picture.label],
                    "filename": picture.key,
                },
            )


def download() -> str:
    """Path of upstream's zip in tensorflow-datasets' download folder, downloaded once.

    Raises:
        UserError: it is not there and cannot be downloaded.
    """
    folder = Trashnet(config="seed_42").data_dir_root / "downloads"
    size = Trashnet.url_infos[trashnet.DOWNLOAD].size
    there = folder.exists() and any(
        file.stat().length == size for file in folder.iterdir() if file.suffix == ".zip"
    )
    if not there:
        # Without a network the download manager would retry for minutes before it gives up.
        _check_network()
    return _fetch(
        tfds.download.DownloadManager(
            download_dir=folder, dataset_name="trashnet", url_infos=Trashnet.url_infos
        )
    )


def _check_network() -> None:
    import requests  # as the download manager does, so that proxies are found in the same way

    try:
        requests.head(trashnet.DOWNLOAD, timeout=20, allow_redirects=True).raise_for_status()
    except requests.RequestException as error:
        raise _no_download(error) from error


def _fetch(dl_manager: tfds.download.DownloadManager) -> str:
    try:
        return os.fspath(dl_manager.download(trashnet.DOWNLOAD))
    except Exception as error:  # of requests, of the checksum, of the disk
        raise _no_download(error) from error


def _no_download(error: Exception) -> UserError:
    return UserError(
        f"cannot download TrashNet from {trashnet.DOWNLOAD} ({type(error).__name__}); "
        "pass --data path/to/dataset-resized.zip, or set RCNET_TF_TRASHNET to its path"
    )
