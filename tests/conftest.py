"""What tests of several folders share; its own folder becomes importable (`narrow_model`)."""

import pytest


@pytest.fixture(scope="session")
def network():
    """A narrow network, made once."""
    from narrow_model import narrow_network  # with TensorFlow, which not every test needs

    return narrow_network()


@pytest.fixture(scope="session")
def pictures():
    """uint8 (20, 64, 64, 3)."""
    from narrow_model import patches

    return patches(20)


@pytest.fixture(scope="session")
def int8_file(network, pictures):
    """Content of the narrow network's `.tflite` in int8."""
    from rcnet_tf.export import tflite

    return tflite.int8(network, pictures)


@pytest.fixture(scope="session")
def float32_file(network):
    """The same in float32."""
    from rcnet_tf.export import tflite

    return tflite.float32(network)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """Decoded pictures of this test alone."""
    monkeypatch.setenv("RCNET_TF_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def colours(tmp_path):
    """Path of a .keras file that tells red, green and blue apart."""
    from colour_model import colour_model

    path = tmp_path / "colours.keras"
    colour_model().save(path)
    return path
