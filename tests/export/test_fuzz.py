"""Damaged `.tflite` files are read or refused in one line: no other exception, no crash, no hang.

Every mutant goes through everything that reads a `.tflite`, the interpreters included. The same
seeds are the same mutants: to look closer at one, run `read_mutants.py` for it alone.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import keras
import pytest
from mutants import mutant
from narrow_model import SIZE, patches

from rcnet_tf.blocks import conv_bn_silu, sandglass
from rcnet_tf.export import tflite
from rcnet_tf.labels import TRASHNET
from rcnet_tf.layers import Classifier, Focus, SimAM

MUTANTS = 300
READER = Path(__file__).with_name("read_mutants.py")


@pytest.fixture(scope="module")
def short_file():
    """Every kind of operator of Focus-RCNet in a graph that is read in a millisecond or two."""
    keras.utils.set_random_seed(4)
    inputs = keras.Input((SIZE, SIZE, 3))
    x = conv_bn_silu(inputs, Focus(8, name="focus"))
    x = sandglass(x, 8, 2, "stage1_block1")
    x = sandglass(x, 8, 1, "stage1_block2")
    x = SimAM(name="stage1_simam")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = Classifier(TRASHNET, name="logits")(x)
    outputs = keras.layers.Activation("softmax", name="predictions")(x)
    return tflite.int8(keras.Model(inputs, outputs, name="short"), patches(20))


@pytest.mark.parametrize("name", ["short_file", "float32_file"])
def test_nothing_but_a_refusal(name, request, tmp_path):
    content = request.getfixturevalue(name)
    (tmp_path / "whole.tflite").write_bytes(content)
    count = MUTANTS if name == "short_file" else MUTANTS // 10
    command = [sys.executable, READER, tmp_path / "whole.tflite", "0", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-20:] + done.stderr[-2000:]
    outcomes = Counter(line.split()[1] for line in done.stdout.splitlines())
    assert outcomes.total() == count
    assert min(outcomes["read"], outcomes["refused"]) > count // 10


def test_mutants_are_damaged_and_repeatable(short_file):
    made = [mutant(short_file, seed) for seed in range(20)]
    assert made == [mutant(short_file, seed) for seed in range(20)]
    assert len(set(made)) == 20
    assert sum(one != short_file for one in made) >= 19
