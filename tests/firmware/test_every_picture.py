"""Every output byte on all 379 pictures of the seed-42 test part."""

import os

import numpy as np
import pytest
from harness import ORACLE, oracle, outputs

from rcnet_tf.data.cache import arrays
from rcnet_tf.data.load import load
from rcnet_tf.preprocess import quantize_input

TRASHNET = os.environ.get("RCNET_TF_TRASHNET")


@pytest.mark.skipif(not TRASHNET, reason="RCNET_TF_TRASHNET is not set")
@pytest.mark.skipif(ORACLE != "tflm", reason="tflite-micro is not installed")
@pytest.mark.parametrize("size", [224, 96])
def test_all_test_pictures(networks, executables, size):
    network = networks(size)
    pixels, _ = arrays(load(TRASHNET, "42").test, size)
    pictures = list(quantize_input(np.asarray(pixels)))
    assert len(pictures) == 379
    program = executables("shown.c", size, 1.0, flags=("-O2", "-DRCNET_PACKED"))
    found = outputs(program, network, pictures)
    wanted = oracle(network.content)
    np.testing.assert_array_equal(found, [wanted.run(picture) for picture in pictures])
