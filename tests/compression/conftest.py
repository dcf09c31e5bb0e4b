"""A folder of pictures, a network to compress, and a process in which tfmot may be imported."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest
from PIL import Image

CLASSES = ("can", "jar", "leaf")

needs_tfmot = pytest.mark.skipif(
    not all(
        importlib.util.find_spec(name) for name in ("tensorflow_model_optimization", "tf_keras")
    ),
    reason="tensorflow-model-optimization and tf-keras are not installed (extra 'qat')",
)


def pytest_collection_modifyitems(items):
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here) and "elsewhere" in item.fixturenames:
            item.add_marker(needs_tfmot)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """3 classes of 20 pictures of coloured rectangles, each class with a tint of its own."""
    from narrow_model import patches

    root = tmp_path_factory.mktemp("data") / "pictures"
    for label, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for index, picture in enumerate(patches(20, seed=label)):
            picture = picture // 2
            picture[..., label] += 100
            Image.fromarray(picture).save(root / name / f"{index:02}.png")
    return root


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A `.keras` file of a small network."""
    from short_network import short_network

    path = tmp_path_factory.mktemp("models") / "trained.keras"
    short_network().save(path)
    return path


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    before = os.environ.get("RCNET_TF_CACHE")
    os.environ["RCNET_TF_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["RCNET_TF_CACHE"]
    else:
        os.environ["RCNET_TF_CACHE"] = before


@pytest.fixture(scope="session")
def elsewhere():
    """Run a script in a process of its own, as tfmot wants it; what it prints last is JSON."""

    def run(script, *arguments, status=0):
        script = f"from rcnet_tf import left_out\nleft_out.leave_out()  # as the worker\n{script}"
        tests = os.path.dirname(os.path.dirname(__file__))
        process = subprocess.run(
            [sys.executable, "-c", script, *map(str, arguments)],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([tests, *sys.path]),
                "TF_USE_LEGACY_KERAS": "1",
                "TF_CPP_MIN_LOG_LEVEL": "3",
            },
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert process.returncode == status, process.stderr[-3000:]
        return json.loads(process.stdout.splitlines()[-1]) if status == 0 else None

    return run
