"""Networks to compile, made once."""

from pathlib import Path

import pytest
from harness import Builder, Network
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
def build(tmp_path_factory):
    """A `harness.Builder`."""
    return Builder(lambda: tmp_path_factory.mktemp("c99"))


@pytest.fixture(scope="session")
def executables(build, networks):
    """Program, size, width, compiler, flags -> executable, compiled once."""
    made = {}

    def get(program, size, width, compiler="gcc", flags=()):
        key = program, size, width, compiler, flags
        if key not in made:
            made[key] = build(program, networks(size, width), compiler, flags)
        return made[key]

    return get
