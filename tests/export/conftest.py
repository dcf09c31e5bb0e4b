"""The narrow network, its conversions and pictures, made once."""

import pytest
from narrow_model import narrow_network, patches

from rcnet_tf.export import tflite


@pytest.fixture(scope="session")
def network():
    return narrow_network()


@pytest.fixture(scope="session")
def pictures():
    return patches(20)


@pytest.fixture(scope="session")
def int8_file(network, pictures):
    return tflite.int8(network, pictures)


@pytest.fixture(scope="session")
def float32_file(network):
    return tflite.float32(network)
