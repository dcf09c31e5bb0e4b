"""What a checkpoint takes for the same run: pictures, every one of them, and the teacher."""

import dataclasses
import shutil

import pytest
import small_network
from PIL import Image

from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.materials import gather


@pytest.fixture
def mine(pictures, tmp_path):
    """Pictures that may be changed."""
    return shutil.copytree(pictures, tmp_path / "mine")


def test_another_picture_or_teacher_is_another_identity(mine, tmp_path):
    config = TrainConfig(data=str(mine), split="0", input_size=64)
    identities = {gather(config).identity}

    taught = dataclasses.replace(config, teacher=str(tmp_path / "teacher.keras"))
    for _ in range(2):  # two trainings of it, random weights here
        small_network.build(config, gather(config).class_names).save(taught.teacher)
        identities |= {gather(taught).identity, gather(taught).identity}
    assert len(identities) == 3

    for number, file in enumerate(sorted(mine.rglob("*.png"))[:6]):
        with Image.open(file) as picture:
            changed = picture.convert("RGB")
        changed.putpixel((0, 0), (number, 255, 0))
        changed.save(file)
        identities.add(gather(config).identity)
    assert len(identities) >= 3 + 3  # validation and test pictures do not count
