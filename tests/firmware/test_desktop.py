"""firmware_bridge/desktop, compiled by the line of its page, with the program in the repository."""

import io
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from harness import needs, oracle
from inputs import DEMO
from PIL import Image

from rcnet_tf.export import flatbuffer
from rcnet_tf.export.c99 import package
from rcnet_tf.preprocess import quantize_input, resize_picture

HOME = Path(__file__).parents[2]
PICTURE = DEMO / "glass" / "glass109.jpg"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The executable."""
    needs("gcc")
    page = (HOME / "firmware_bridge" / "README.md").read_text()
    (command,) = re.findall(r"^    (gcc .*\\\n.*-o classify)$", page, re.M)
    made = tmp_path_factory.mktemp("desktop") / "classify"
    command = command.replace("-o classify", f"-Wall -Wextra -Werror -o {made}")
    subprocess.run(command, shell=True, cwd=HOME, check=True)
    return made


def classify(program, content):
    return subprocess.run([program], input=content, capture_output=True)


def ppm(picture):
    file = io.BytesIO()
    picture.save(file, "ppm")
    return file.getvalue()


def test_repository_holds_the_program_of_its_model(shipped):
    files = package.files(shipped, "focus_rcnet") | package.camera()
    folder = HOME / "tflite" / "c99"
    there = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert there == set(files)
    stale = [name for name, content in files.items() if (folder / name).read_bytes() != content]
    assert not stale, "run make"


def test_answers_are_those_of_the_tflite_file(program, shipped):
    picture = Image.open(PICTURE).convert("RGB")
    output = oracle(shipped).run(quantize_input(resize_picture(np.asarray(picture), 224)))
    percent = np.floor((output.astype(int) + 128) * 100 / 256 + 0.5).astype(int)
    labels = flatbuffer.labels(shipped)
    best = np.argsort(-output.astype(int), kind="stable")[:3]
    expected = [f"{labels[i]:12} {percent[i]:3} %" for i in best]
    if percent[best[0]] < 60:
        expected.insert(0, "not sure:")
    done = classify(program, ppm(picture))
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines() == expected


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff\xe0JFIF", b"P6 9000 1 255\n", b"P6 8 8 65535\n", b"P6 8 8 255\n"],
)
def test_what_is_no_picture_is_one_line(program, content):
    done = classify(program, content)
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith(b"classify: ") and done.stderr.count(b"\n") == 1
