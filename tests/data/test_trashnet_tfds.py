"""The tensorflow-datasets builder, offline."""

import numpy as np
import pytest

tfds = pytest.importorskip("tensorflow_datasets")

from rcnet_tf.data import load as load_module  # noqa: E402
from rcnet_tf.data import splits, trashnet, trashnet_tfds  # noqa: E402
from rcnet_tf.data.decode import decode  # noqa: E402
from rcnet_tf.data.published import PUBLISHED  # noqa: E402
from rcnet_tf.errors import UserError  # noqa: E402


def test_configurations_and_checksum(tmp_path):
    names = [config.name for config in trashnet_tfds.Trashnet.BUILDER_CONFIGS]
    assert names == [f"seed_{seed}" for seed in PUBLISHED] + ["paper"]
    info = trashnet_tfds.Trashnet.url_infos[trashnet.DOWNLOAD]
    assert info.size == 43655320
    assert info.checksum == "b96884f4024a4c3d4350a61478958b9d6dda3058da69313c1064ccd02956b788"
    builder = tfds.builder("trashnet/paper", data_dir=tmp_path)
    assert builder.info.features["label"].names == list(trashnet.CLASS_NAMES)


def test_not_trashnet(tmp_path, make_folder, two_classes):
    builder = tfds.builder("trashnet", data_dir=tmp_path, source=make_folder(two_classes))
    with pytest.raises(UserError, match="is not TrashNet"):
        builder.download_and_prepare()


def test_no_network_is_one_line(tmp_path, monkeypatch):
    requests = pytest.importorskip("requests")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.delenv("RCNET_TF_TRASHNET", raising=False)
    monkeypatch.setattr(
        trashnet_tfds.Trashnet, "data_dir_root", property(lambda self: tmp_path), raising=True
    )
    assert requests.utils.get_environ_proxies(trashnet.DOWNLOAD)
    with pytest.raises(UserError, match="pass --data path/to/dataset-resized") as error:
        load_module.load("trashnet")
    assert "\n" not in str(error.value)


def test_prepares_offline_and_equals_load(tmp_path, trashnet_zip):
    builder = tfds.builder("trashnet/seed_42", data_dir=tmp_path, source=trashnet_zip)
    builder.download_and_prepare()
    expected = load_module.load(trashnet_zip, "42")
    for part in splits.PARTS:
        assert builder.info.splits[part].num_examples == len(getattr(expected, part))
    by_key = {picture.key: picture for picture in expected.val.pictures}
    seen = set()
    for example in builder.as_dataset("val").as_numpy_iterator():
        picture = by_key[example["filename"].decode()]
        seen.add(picture.key)
        assert example["label"] == picture.label
        if len(seen) <= 3:
            difference = decode(picture.read()).astype(int) - example["image"]
            assert np.abs(difference).max() <= 9  # TensorFlow's JPEG decoder rounds differently
    assert seen == set(by_key)
