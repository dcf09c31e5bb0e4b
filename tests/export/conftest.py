"""Conversions of the narrow network, made once."""

import pytest

from rcnet_tf.export import tflite


@pytest.fixture(scope="session")
def int8_file(network, pictures):
    return tflite.int8(network, pictures)


@pytest.fixture(scope="session")
def float32_file(network):
    return tflite.float32(network)
