"""The C of firmware_bridge/README.md does what the page says."""

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from harness import STRICT, needs, oracle, run
from inputs import demo

from rcnet_tf.export.c99 import package
from rcnet_tf.tflite_file import flatbuffer

PAGE = Path(__file__).parents[2] / "firmware_bridge" / "README.md"


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text()


def block(page, word):
    """The indented lines around a word, without the indent."""
    blocks = re.findall(r"(?:^(?: {4}.*)?\n)+", page, re.M)
    (found,) = [text for text in blocks if word in text]
    return re.sub(r"^ {4}", "", found, flags=re.M).strip()


def test_from_zero_to_a_classified_picture(tmp_path, page, shipped):
    needs("gcc")
    files = package.files(shipped, "focus_rcnet") | package.camera()
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    classify = block(page, '#include "focus_rcnet_224.h"')
    includes = [line for line in classify.splitlines() if line.startswith("#include")]
    program = _PROGRAM.format(
        includes="\n".join(includes),
        classify=classify.replace("\n".join(includes), ""),
        pieces=block(page, "chunks[2]"),
        camera=block(page, "rcnet_camera_reader reader"),
    )
    (tmp_path / "main.c").write_text(program)
    sources = [*tmp_path.glob("*.c"), *tmp_path.glob("camera/*.c")]
    run("gcc", *STRICT, f"-I{tmp_path}", *sources, "-o", tmp_path / "main")

    labels, interpreter, sure = flatbuffer.labels(shipped), oracle(shipped), 0
    for picture in demo(224, 3):
        output = interpreter.run(picture)
        percent = int(np.floor((int(output.max()) + 128) * 100 / 256 + 0.5))
        said = run(tmp_path / "main", input=picture.tobytes()).decode()
        expected = f"{labels[output.argmax()]}, {percent} %\n" if percent >= 60 else ""
        assert said == expected
        frame = (picture.astype(np.int16) + 128).astype(np.uint8).tobytes()
        assert run(tmp_path / "main", "camera", input=frame).decode() == expected
        sure += percent >= 60
    assert sure


@pytest.fixture
def unpacked(tmp_path):
    """The folder that `tflite/focus_rcnet_224_c99.zip` unpacks to."""
    with zipfile.ZipFile(PAGE.parents[1] / "tflite" / "focus_rcnet_224_c99.zip") as archive:
        archive.extractall(tmp_path / "src")
    return tmp_path / "src" / "focus_rcnet_224"


def objects(unpacked):
    """Its sources, compiled as C without a word on where headers lie."""
    needs("gcc")
    sources = [*unpacked.glob("*.c"), *unpacked.glob("camera/*.c")]
    for number, source in enumerate(sources):
        run("gcc", "-std=c99", "-O2", "-c", source, "-o", unpacked / f"{number}.o")
    return sorted(unpacked.glob("*.o"))


def test_the_known_picture(page, unpacked):
    """From C++, with the files in `tflite/`."""
    needs("g++")
    check = block(page, "known_picture.h")
    includes, check = check.split("\n\n", 1)
    (unpacked / "main.cc").write_text(_KNOWN.format(includes=includes, check=check))
    tflite = PAGE.parents[1] / "tflite"
    sources = unpacked / "main.cc", tflite / "known_picture.cc", *objects(unpacked)
    flags = "-Wall", "-Wextra", "-Werror", f"-I{tflite}", f"-I{unpacked}"
    run("g++", *flags, *sources, "-o", unpacked / "main")
    assert run(unpacked / "main") == b"output as on a PC\n"


def test_in_the_src_folder_of_a_sketch(unpacked):
    """The Arduino IDE compiles what lies there and knows no include path but the sketch's own."""
    needs("g++")
    page = (PAGE.parent / "arduino" / "README.md").read_text()
    includes = block(page, "src/focus_rcnet_224/focus_rcnet_224.h")
    sketch = unpacked.parents[1] / "sketch.cpp"
    body = "return rcnet_memory(&focus_rcnet_224, RCNET_IMAGE) != FOCUS_RCNET_224_IMAGE_BYTES;"
    sketch.write_text(f"{includes}\nint main() {{ {body} }}\n")
    run("g++", "-Wall", "-Werror", sketch, *objects(unpacked), "-o", unpacked / "main")
    run(unpacked / "main")


def test_paths_are_there(page):
    for path in re.findall(r"\((\S+\.png)\)|`(\w+/)`", page):
        name = "".join(path)
        assert any((folder / name).exists() for folder in PAGE.parents[:2]), name


_KNOWN = """\
{includes}
#include "focus_rcnet_224.h"

int main() {{
  static int32_t memory[FOCUS_RCNET_224_IMAGE_BYTES / 4];
  rcnet_chunk chunk = {{memory, sizeof memory}};
  rcnet net;
  int8_t probability[FOCUS_RCNET_224_CLASSES];
  if (rcnet_init(&net, &focus_rcnet_224, RCNET_IMAGE, &chunk, 1) != RCNET_OK) return 1;
{check}
}}
"""

_PROGRAM = """\
#include <stdio.h>
#include <stdlib.h>
{includes}
#include "camera/rcnet_camera.h"

static void camera_row(int8_t *row, int y) {{
  if (fread(row, 3 * FOCUS_RCNET_224_SIZE, 1, stdin) != 1) exit(y + 1);
}}

static int classify(void) {{
{classify}

return 0;
}}

static rcnet_status pieces(void) {{
{pieces}
  rcnet net;
  const rcnet_status status = rcnet_init(&net, &focus_rcnet_224, RCNET_IMAGE, chunks, 2);
  free(chunks[1].start);
  return status;
}}

static const void *next_line(void *frame, int y) {{
  return (const uint8_t *)frame + 3 * FOCUS_RCNET_224_SIZE * y;
}}

static int live(void *frame) {{
  static uint32_t sums[RCNET_CAMERA_BYTES(FOCUS_RCNET_224_SIZE) / 4];
  const rcnet_camera_setup setup = {{.format = RCNET_CAMERA_RGB888,
                                    .width = FOCUS_RCNET_224_SIZE,
                                    .height = FOCUS_RCNET_224_SIZE,
                                    .size = FOCUS_RCNET_224_SIZE}};
  rcnet_camera camera;
  if (rcnet_camera_init(&camera, &setup, sums, sizeof sums) != RCNET_CAMERA_OK) return 1;
{camera}

return 0;
}}

int main(int argc, char **argv) {{
  static uint8_t frame[3 * FOCUS_RCNET_224_SIZE * FOCUS_RCNET_224_SIZE];
  (void)argv;
  if (argc == 1) return pieces() == RCNET_OK ? classify() : 1;
  return fread(frame, sizeof frame, 1, stdin) == 1 ? live(frame) : 1;
}}
"""
