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
