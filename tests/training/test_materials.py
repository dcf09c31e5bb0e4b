"""What a run is given; what a checkpoint takes for the same: every picture, and the teacher."""

import dataclasses

import numpy as np
import pytest
import small_network
from PIL import Image

from rcnet_tf import shipped_pictures
from rcnet_tf.errors import UserError
from rcnet_tf.model import FocusRCNet, logits_model
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.materials import gather

PARTS = {"train": 70, "val": 6, "test": 2}  # of each class


@pytest.fixture
def mine(tmp_path):
    """Pictures that may be changed, more than a sample of a few would see."""
    for part, count in PARTS.items():
        for label, name in enumerate(("can", "jar")):
            (tmp_path / "mine" / part / name).mkdir(parents=True)
            for index in range(count):
                colour = (80 * label, index, len(part))
                picture = Image.new("RGB", (64, 64), colour)
                picture.save(tmp_path / "mine" / part / name / f"{index:02}.png")
    return tmp_path / "mine"


def test_every_picture_counts_and_the_teacher(mine, tmp_path):
    config = TrainConfig(data=str(mine), input_size=64)
    first = gather(config).identity
    assert gather(config).identity == first

    taught = dataclasses.replace(config, teacher=str(tmp_path / "teacher.keras"))
    identities = {first}
    for _ in range(2):  # trained twice, as it were, to the same path
        small_network.build(config, gather(config).class_names).save(taught.teacher)
        identities |= {gather(taught).identity, gather(taught).identity}
    assert len(identities) == 3

    for part in ("train", "val"):
        for index in np.random.default_rng(0).permutation(PARTS[part])[:3]:
            file = mine / part / "jar" / f"{index:02}.png"
            before = file.read_bytes()
            Image.new("RGB", (64, 64), (255, 255, 255)).save(file)
            assert gather(config).identity != first, file
            file.write_bytes(before)


def test_the_shipped_network_teaches_smaller_ones_of_its_classes(mine):
    data = str(shipped_pictures.ASSETS / "calibration")
    given = gather(TrainConfig(data=data, input_size=64, augment="none", teacher="trashnet"))
    assert given.pixels.shape[1:] == (64, 64, 3) and len(given.teacher_logits) == len(given.labels)
    large = gather(TrainConfig(data=data, input_size=224)).pixels  # what it was asked about
    expected = logits_model(FocusRCNet()).predict(preprocess_input(large[:4]), verbose=0)
    np.testing.assert_allclose(given.teacher_logits[:4], expected, atol=1e-3)
    with pytest.raises(UserError, match=r"trashnet tells the classes cardboard, .* have can, jar"):
        gather(TrainConfig(data=str(mine), input_size=64, teacher="trashnet"))
