"""python -m rcnet_tf.demo, run as a user would."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import rcnet_tf
from rcnet_tf import demo
from rcnet_tf.errors import UserError
from rcnet_tf.web import serve


def test_builds_and_serves(compiler, tmp_path):
    """Types as browsers want them, and an end with Ctrl-C that is no error."""
    model = Path(__file__).parents[2] / demo.MODEL
    environment = {**os.environ, "PYTHONPATH": str(Path(rcnet_tf.__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-m", "rcnet_tf.demo", "--model", model, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment,
        # A test run in the background of a shell is deaf to Ctrl-C, and so would be its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        lines = [process.stdout.readline(), process.stdout.readline()]
        assert lines[0].startswith("written to build/demo: "), process.communicate()
        address = re.search(r"http://localhost:\d+/", lines[1]).group()
        types = {"": "text/html", "page.js": "text/javascript", "rcnet.wasm": "application/wasm"}
        for file, kind in types.items():
            with urllib.request.urlopen(address + file) as response:
                assert response.headers["Content-Type"] == kind
                body = response.read()
                assert body == (tmp_path / "build/demo" / (file or "index.html")).read_bytes()
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)
        assert (process.returncode, rest) == (0, ("", ""))
    finally:
        process.kill()
        process.wait()


def test_no_model(tmp_path):
    with pytest.raises(UserError, match=r"no such file: .*convert --int8 first"):
        demo.main(["--model", str(tmp_path / "none.tflite")])


def test_no_tflite(compiler, tmp_path):
    file = tmp_path / "x.tflite"
    file.write_bytes(b"something else")
    with pytest.raises(UserError, match=r"x\.tflite is no \.tflite file"):
        demo.main(["--model", str(file), "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


def test_out_is_a_file(tmp_path):
    (tmp_path / "out").touch()
    model = Path(__file__).parents[2] / demo.MODEL
    with pytest.raises(UserError, match=r"--out .*out is a file; choose another place"):
        demo.main(["--model", str(model), "--out", str(tmp_path / "out")])


def test_port_in_use(tmp_path):
    with socket.create_server((serve.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"--port {port}: .*a free port, or 0 for any"):
            serve.server(tmp_path, port)
    with pytest.raises(UserError, match="--port 99999"):
        serve.server(tmp_path, 99999)
