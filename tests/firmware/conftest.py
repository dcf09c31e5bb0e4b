"""Networks to compile, made once."""

from pathlib import Path

import pytest
from harness import Network, build
from variants import variant

SHIPPED = Path(__file__).parents[2] / "tflite" / "focus_rcnet_224_int8.tflite"


@pytest.fixture(scope="session")
def shipped():
    """Content of the int8 file in this repository."""
    return SHIPPED.read_bytes()


@pytest.fixture(scope="session")
def networks(shipped):
    """size, width -> Network."""
    made = {}

    def get(size, width=1.0):
        if (size, width) not in made:
            content = shipped if (size, width) == (224, 1.0) else variant(shipped, size, width)
            made[size, width] = Network(content)
        return made[size, width]

    return get


@pytest.fixture(scope="session")
def executables(tmp_path_factory, networks):
    """Program, size, width, compiler, flags -> executable, compiled once."""
    made = {}

    def get(program, size, width, compiler="gcc", flags=()):
        key = program, size, width, compiler, flags
        if key not in made:
            folder = tmp_path_factory.mktemp("c99")
            made[key] = build(folder, networks(size, width), program, compiler, flags)
        return made[key]

    return get
