"""The C of firmware_bridge/README.md does what the page says."""

import re
from pathlib import Path

import numpy as np
import pytest
from harness import STRICT, needs, oracle, run
from inputs import demo

from rcnet_tf.export import flatbuffer
from rcnet_tf.export.c99 import package

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
        camera=block(page, "rcnet_camera_reader"),
    )
    (tmp_path / "main.c").write_text(program)
    sources = [*tmp_path.glob("*.c"), *tmp_path.glob("camera/*.c")]
    run("gcc", *STRICT, f"-I{tmp_path}", *sources, "-o", tmp_path / "main")

    labels, interpreter, sure = flatbuffer.labels(shipped), oracle(shipped), 0
    for picture in demo(224, 3):
        output = interpreter.run(picture)
        percent = int(np.floor((int(output.max()) + 128) * 100 / 256 + 0.5))
        said = run(tmp_path / "main", input=picture.tobytes()).decode()
        assert said == (f"{labels[output.argmax()]}, {percent} %\n" if percent >= 60 else "")
        sure += percent >= 60
    assert sure


def test_paths_are_there(page):
    for path in re.findall(r"\((\S+\.png)\)|`(\w+/)`", page):
        name = "".join(path)
        assert any((folder / name).exists() for folder in PAGE.parents[:2]), name


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

rcnet_top_status live(rcnet net, rcnet_camera camera, const void *(*next_line)(void *, int),
                      void *frame, rcnet_answer *answers);
rcnet_top_status live(rcnet net, rcnet_camera camera, const void *(*next_line)(void *, int),
                      void *frame, rcnet_answer *answers) {{
  int8_t probability[FOCUS_RCNET_224_CLASSES];
{camera}
  return answers[0].percent ? RCNET_TOP_OK : RCNET_TOP_UNSURE;
}}

int main(void) {{ return pieces() == RCNET_OK ? classify() : 1; }}
"""
