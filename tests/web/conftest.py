"""The page of the shipped int8 network, served, in a browser; all of it made once."""

import shutil
import threading
from pathlib import Path

import pytest
from browser import Browser, program

from rcnet_tf import outputs
from rcnet_tf.web import folder, module, serve

SHIPPED = Path(__file__).parents[2] / "tflite" / "focus_rcnet_224_int8.tflite"


@pytest.fixture(scope="session")
def content():
    """Of the int8 file in this repository."""
    return SHIPPED.read_bytes()


@pytest.fixture(scope="session")
def compiler():
    """Skip where WebAssembly cannot be compiled."""
    if missing := module.missing():
        packages = " ".join(module.TOOLS[tool] for tool in missing)
        pytest.skip(f"{', '.join(missing)} not installed; on Debian: apt-get install {packages}")


@pytest.fixture(scope="session")
def built(content, compiler, tmp_path_factory):
    """The folder of the page."""
    out = tmp_path_factory.mktemp("page")
    page = folder.files(content, "the shipped network")
    outputs.write({out / file: data for file, data in page.items()}, "out")
    return out


@pytest.fixture(scope="session")
def address():
    """Folder -> where it is served."""
    servers = []

    def start(out):
        server = serve.server(out, 0)
        threading.Thread(target=server.serve_forever).start()
        servers.append(server)
        return f"http://localhost:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """With a camera that shows a moving pattern."""
    program()
    profile = tmp_path_factory.mktemp("profile")
    fake = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    browser = Browser(profile, *fake)
    yield browser
    browser.close()
    shutil.rmtree(profile, ignore_errors=True)
