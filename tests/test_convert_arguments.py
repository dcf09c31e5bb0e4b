"""What commands around conversion say of a folder for a file, and of a size that no network has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rcnet_tf import bench_mcu, convert, runtime
from rcnet_tf.errors import UserError
from rcnet_tf.shipped import ShippedClassifier
from rcnet_tf.weights import pretrained_path, trained_size


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The folder runs/mine, as it is given, empty."""
    monkeypatch.chdir(tmp_path)
    folder = Path("runs") / "mine"
    folder.mkdir(parents=True)
    return folder


def test_a_folder_is_no_model(run):
    for name in ("best.keras", "first.keras"):  # whether it is there or not
        with pytest.raises(UserError) as caught:
            convert.main(["--model", str(run)])
        expected = "runs/mine is a folder; expected a .keras file, such as runs/mine/best.keras"
        assert str(caught.value) == expected
        with pytest.raises(UserError) as caught:
            runtime.load(run)
        assert str(caught.value) == expected.replace(".keras file", ".keras or .tflite file")
        (run / name).touch()


def test_of_a_folder_a_file_that_is_there_is_named(run):
    (run / "net_64_int8.tflite").touch()
    with pytest.raises(UserError, match=r"such as runs/mine/net_64_int8\.tflite$"):
        runtime.load(run)
    with pytest.raises(
        UserError, match=r"expected a \.tflite file, such as .*/net_64_int8\.tflite"
    ):
        bench_mcu.main(["--model", str(run)])


def test_nothing_is_still_nothing(run):
    with pytest.raises(UserError, match=r"^no such file: none\.tflite; expected a \.tflite model$"):
        bench_mcu.main(["--model", "none.tflite"])
    with pytest.raises(UserError, match=r"^no such file: none; expected a \.keras or \.tflite"):
        runtime.load("none")
    with pytest.raises(UserError, match=r"^no such file: none; expected a \.keras model$"):
        convert.main(["--model", "none"])


@pytest.mark.parametrize("size", [-5, 0, 62, 65, 450])
def test_sizes_that_no_network_has(size):
    says = f"{size}: expected an even number from 64 to 448"
    with pytest.raises(UserError, match=f"^--input-size {says}$"):
        convert.main(["--input-size", str(size)])
    with pytest.raises(UserError, match=f"^--sizes {says}$"):
        bench_mcu.main(["--sizes", "96", str(size)])
    with pytest.raises(ValueError, match=says):
        trained_size("trashnet", size)
    with pytest.raises(ValueError, match=says):
        pretrained_path("trashnet", size)
    with pytest.raises(UserError, match=says):
        ShippedClassifier(size)


def test_a_wrong_size_is_one_line(tmp_path):
    home = str(Path(__file__).parents[1])
    path = os.pathsep.join([home, os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    for command, option in (("convert", "--input-size"), ("bench_mcu", "--sizes")):
        line = [sys.executable, "-m", f"rcnet_tf.{command}", option, "0"]
        done = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, env=environment)
        assert done.returncode == 2
        assert done.stderr.startswith(f"rcnet_tf.{command}: error: {option} 0: ")
        assert len(done.stderr.splitlines()) == 1
