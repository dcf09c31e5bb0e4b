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
from variants import variant

from rcnet_tf.export.bundle import bundle
from rcnet_tf.export.c99 import package
from rcnet_tf.preprocess import quantize_input, resize_picture
from rcnet_tf.tflite_file import flatbuffer

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


def expected(content, size, picture):
    """What the program is to say."""
    output = oracle(content).run(quantize_input(resize_picture(np.asarray(picture), size)))
    percent = np.floor((output.astype(int) + 128) * 100 / 256 + 0.5).astype(int)
    labels = flatbuffer.labels(content)
    best = np.argsort(-output.astype(int), kind="stable")[:3]
    lines = [f"{labels[i]:12} {percent[i]:3} %" for i in best]
    return lines if percent[best[0]] >= 60 else ["not sure:", *lines]


def test_answers_are_those_of_the_tflite_file(program, shipped):
    picture = Image.open(PICTURE).convert("RGB")
    done = classify(program, ppm(picture))
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines() == expected(shipped, 224, picture)


# Of pictures of 8 x 8: enough for two bytes a value.
PIXELS = bytes(range(192)) * 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff\xe0JFIF",
        b"P6 9000 1 255\n" + PIXELS,
        b"P6 4294967297 1 255\n" + PIXELS,  # 1, where 32 bits wrap around
        b"P6 8 8 255\n",
        b"P6 8 8 255",
        b"P6 8 8 65535\n" + PIXELS,
        b"P6 8 8 1023\n" + PIXELS,
        b"P6 8 8 127\n" + PIXELS,
        b"P6 8 8 2550\n" + PIXELS,
        b"P6 8 8\n# most\n255\n" + PIXELS,
        b"P6\n# size\n8 8\n255\n" + PIXELS,
        b"P6 8 8 255# most\n" + PIXELS,
        b"P4 8 8 255\n" + PIXELS,
        b"P56 8 8 255\n" + PIXELS,
    ],
)
def test_what_is_no_picture_is_one_line(program, content):
    done = classify(program, content)
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith(b"classify: ") and done.stderr.count(b"\n") == 1


def test_a_grey_picture_is_one_of_three_equal_colours(program):
    """What `djpeg` makes of a grey JPEG is a PGM."""
    grey = Image.open(PICTURE).convert("L")
    done = classify(program, ppm(grey))
    assert ppm(grey).startswith(b"P5") and done.returncode == 0, done.stderr
    assert done.stdout == classify(program, ppm(grey.convert("RGB"))).stdout


def test_an_answer_that_nobody_gets_is_an_error(program):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full to write to")
    with open("/dev/full", "wb") as full:
        content = b"P6 8 8 255\n" + PIXELS
        done = subprocess.run([program], input=content, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and done.stderr == b"classify: the answer cannot be written\n"


def test_one_white_space_ends_the_header(program):
    """Pixels of 8 x 8 may themselves begin like white space."""
    assert classify(program, b"P6 8 8 255\n" + b"\n" * 192).returncode == 0
    done = classify(program, b"P6 8 8 255\n" + b"\n" * 191)
    assert done.returncode == 1 and done.stderr == b"classify: the picture is cut off\n"


def test_another_size(shipped, tmp_path):
    """A model of one's own, by the page's two lines."""
    needs("gcc")
    content = variant(shipped, 96)
    files = package.files(content, "focus_rcnet") | package.camera()
    for name, text in files.items():
        file = tmp_path / "my_model" / "c99" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    (tmp_path / "firmware_bridge").symlink_to(HOME / "firmware_bridge")
    page = (HOME / "firmware_bridge" / "README.md").read_text()
    ((copy, compile_),) = re.findall(r"^    (sed .*)\n    (gcc .* -o classify_96)$", page, re.M)
    for command in (copy, compile_.replace("-o ", "-Wall -Wextra -Werror -o ")):
        subprocess.run(command, shell=True, cwd=tmp_path, check=True)
    picture = Image.open(PICTURE).convert("RGB")
    done = classify(tmp_path / "classify_96", ppm(picture))
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines() == expected(content, 96, picture)
