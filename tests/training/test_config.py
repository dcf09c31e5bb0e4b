import dataclasses
import json

import pytest

from rcnet_tf.data.augment import POLICIES
from rcnet_tf.errors import UserError
from rcnet_tf.model import MAX_WIDTH
from rcnet_tf.training.config import CHOICES, HELP, RANGES, TrainConfig
from rcnet_tf.training.recipes import RECIPES
from rcnet_tf.training.schedule import Schedule


def test_defaults_are_the_papers_recipe():
    config = TrainConfig()
    assert (config.optimizer, config.momentum, config.batch) == ("sgd", 0.9, 16)
    assert (config.learning_rate, config.weight_decay, config.epochs) == (0.05, 1e-4, 200)
    assert (config.data, config.input_size, config.augment) == ("trashnet", 224, "paper")


def test_every_setting_is_explained_and_every_recipe_in_range():
    names = {field.name for field in dataclasses.fields(TrainConfig)}
    assert names == set(HELP)
    assert set(CHOICES) | set(RANGES) <= names
    for config in RECIPES.values():
        # Where it starts from is the user's to say; some recipes need to be told.
        dataclasses.replace(config, init_from="trashnet").check()


def test_choices_are_those_of_the_code():
    assert set(CHOICES["augment"]) == set(POLICIES)
    assert CHOICES["schedule"] == Schedule.KINDS


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("epochs", 0, "--epochs 0: expected at least 1"),
        ("learning_rate", float("nan"), "--learning-rate nan: expected at least"),
        ("label_smoothing", 1.0, "--label-smoothing 1.0: expected 0 to"),
        ("alpha", -0.1, "--alpha -0.1: expected 0 to 1"),
        ("optimizer", "adam", "--optimizer 'adam': expected one of 'sgd', 'adamw'"),
        ("input_size", 0, "--input-size 0: expected an even number from 64 to 448"),
        ("warmup_epochs", float("inf"), "--warmup-epochs inf: expected at least 0"),
        ("class_weight", "yes", "--class-weight 'yes': expected one of"),
        ("width", -1.0, "--width -1.0: expected 0.01 to 8"),
        ("width", float("nan"), "--width nan: expected 0.01 to 8"),
        ("precision", "float16", "--precision 'float16': expected one of"),
    ],
)
def test_settings_out_of_range(setting, value, message):
    with pytest.raises(UserError) as raised:
        dataclasses.replace(TrainConfig(), **{setting: value}).check()
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("setting", "value"), [("stem", "conv"), ("block", "bottleneck"), ("attention", "none")]
)
def test_what_another_network_has_not(setting, value):
    config = dataclasses.replace(TrainConfig(), model="MobileNetV2", **{setting: value})
    with pytest.raises(UserError, match=f"--{setting} {value}: it is a setting of focus_rcnet"):
        config.check()


def test_widths_are_the_networks():
    assert RANGES["width"][1] == MAX_WIDTH


def test_one_way_of_mixing_at_a_time():
    with pytest.raises(UserError, match=r"--mixup 0\.2 and --cutmix 1\.0: expected one of the two"):
        TrainConfig(mixup=0.2, cutmix=1.0).check()


def test_differences_name_both_values():
    config = TrainConfig(epochs=3)
    assert config.differences(json.loads(config.to_json())) == []
    there = {**dataclasses.asdict(config), "epochs": 5}
    assert config.differences(there) == ["epochs 5 there, 3 here"]
    del there["epochs"]  # written before the setting existed: the default
    assert config.differences(there) == ["epochs None there, 3 here"]
