"""Every output byte on all 379 pictures of the seed-42 test part.

Large pictures take minutes, as do three more combinations of size and width: of 224 pixels every
fifth picture is taken, every tenth in the plain way of multiplying. All of them are where
RCNET_TF_EVERYTHING is set:

    RCNET_TF_EVERYTHING=1 python -m pytest tests/firmware/test_every_picture.py
"""

import os

import numpy as np
import pytest
from harness import ORACLE, oracle, outputs

from rcnet_tf.data.cache import arrays
from rcnet_tf.data.load import load
from rcnet_tf.preprocess import quantize_input

TRASHNET = os.environ.get("RCNET_TF_TRASHNET")
ALWAYS = [(224, 1.0), (96, 1.0), (96, 0.5)]
SLOWLY = [(160, 1.0), (128, 1.0), (224, 0.5)]
WAYS = {"packed": ("-O2", "-DRCNET_PACKED"), "plain": ("-O2",)}
EVERYTHING = bool(os.environ.get("RCNET_TF_EVERYTHING"))
slow = pytest.mark.skipif(not EVERYTHING, reason="RCNET_TF_EVERYTHING is not set")


@pytest.mark.skipif(not TRASHNET, reason="RCNET_TF_TRASHNET is not set")
@pytest.mark.skipif(ORACLE != "tflm", reason="tflite-micro is not installed")
@pytest.mark.parametrize(
    "size, width", [*ALWAYS, *(pytest.param(*one, marks=slow) for one in SLOWLY)]
)
def test_all_test_pictures(networks, executables, size, width):
    network = networks(size, width)
    pixels, _ = arrays(load(TRASHNET, "42").test, size)
    pictures = list(quantize_input(np.asarray(pixels)))
    assert len(pictures) == 379
    if size > 96 and not EVERYTHING:
        pictures = pictures[::5]
    interpreter = oracle(network.content)
    wanted = [interpreter.run(picture) for picture in pictures]
    for way, flags in WAYS.items():
        program = executables("shown.c", size, width, flags=flags)
        step = 2 if way == "plain" and size > 96 and not EVERYTHING else 1
        found = outputs(program, network, pictures[::step])
        np.testing.assert_array_equal(found, wanted[::step])
