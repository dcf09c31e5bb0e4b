"""firmware_bridge/desktop, compiled by the line of its page, with the program in the repository."""

import io
import re
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from harness import needs, oracle
from inputs import DEMO
from PIL import Image

from rcnet_tf.export import flatbuffer
from rcnet_tf.export.bundle import bundle
from rcnet_tf.export.c99 import package
from rcnet_tf.preprocess import quantize_input, resize_picture

HOME = Path(__file__).parents[2]
PICTURE = DEMO / "glass" / "glass109.jpg"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The executable."""
    needs("gcc")
    page = (HOME / "firmware_bridge" / "README.md").read_text()
    file, command = re.findall(r"^    unzip -q (\S+)\n    (gcc .*\\\n.*-o classify)$", page, re.M)[
        0
    ]
    home = tmp_path_factory.mktemp("desktop")
    with zipfile.ZipFile(HOME / file) as archive:
        archive.extractall(home)
    (home / "firmware_bridge").symlink_to(HOME / "firmware_bridge")
    command = command.replace("-o classify", "-Wall -Wextra -Werror -o classify")
    subprocess.run(command, shell=True, cwd=home, check=True)
    return home / "classify"


def classify(program, content):
    return subprocess.run([program], input=content, capture_output=True)


def ppm(picture):
    file = io.BytesIO()
    picture.save(file, "ppm")
    return file.getvalue()


def test_repository_holds_the_program_of_its_model(shipped):
    files = package.files(shipped, "focus_rcnet") | package.camera()
    there = (HOME / "tflite" / "focus_rcnet_224_c99.zip").read_bytes()
    assert there == bundle(files, "focus_rcnet_224"), "run make"


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
