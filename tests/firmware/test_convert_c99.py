"""convert --c99, run as a user would."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from harness import SANITISED, needs, oracle, run
from narrow_model import narrow_network

import rcnet_tf
from rcnet_tf import convert
from rcnet_tf.errors import UserError
from rcnet_tf.export.c99 import package


def test_folder_compiles_and_agrees(tmp_path):
    """Nothing but the folder's files and the compiler's defaults."""
    needs("gcc")
    narrow_network().save(tmp_path / "narrow.keras")
    command = [sys.executable, "-m", "rcnet_tf.convert", "--int8", "--c99", "--arduino", "--model",
               "narrow.keras", "--out", "out"]  # fmt: skip
    environment = {
        **os.environ,
        "RCNET_TF_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(Path(rcnet_tf.__file__).parents[1]),
    }
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert "c99/, arduino/, report.json" in done.stdout
    library = tmp_path / "out" / "arduino" / "FocusRCNet"
    assert (library / "library.properties").is_file()
    assert (library / "LICENSE").is_file() and (library / "LICENSE.trashnet.txt").is_file()
    model = (tmp_path / "out" / "focus_rcnet_model_data.cc").read_bytes()
    assert (library / "src" / "focus_rcnet_model_data.cpp").read_bytes() == model
    folder = tmp_path / "out" / "c99"
    generated = {"focus_rcnet_64.c", "focus_rcnet_64.h", "memory.txt"}
    assert {file.name for file in folder.iterdir()} == generated | {
        *package.ENGINE, "camera", "LICENSE"
    }  # fmt: skip
    assert {file.name for file in (folder / "camera").iterdir()} == set(package.CAMERA)

    main = tmp_path / "main.c"
    main.write_text(_MAIN)
    sources = sorted(folder.rglob("*.c"))
    run("gcc", *SANITISED, f"-I{folder}", f"-I{folder / 'camera'}", main, *sources, "-o",
        tmp_path / "main")  # fmt: skip
    said = run(tmp_path / "main").decode().split("\n")

    pixels = np.fromfunction(lambda y, x, c: (x * 3 + c) * y % 256 - 128, (64, 64, 3))
    model = (tmp_path / "out" / "focus_rcnet_64_int8.tflite").read_bytes()
    expected = oracle(model).run(pixels.astype(np.int8))
    assert said == [*map(str, expected), f"class {np.argmax(expected)}"]


def test_needs_int8():
    with pytest.raises(UserError, match="--c99"):
        convert.main(["--float", "--c99"])
    with pytest.raises(UserError, match="--zip is about the folders"):
        convert.main(["--int8", "--zip"])


_MAIN = """\
#include <stdio.h>
#include "focus_rcnet_64.h"
#include "rcnet_top.h"
int main(void) {
  static int32_t memory[FOCUS_RCNET_64_IMAGE_BYTES / 4];
  rcnet_chunk chunk = {memory, sizeof memory};
  rcnet net;
  int8_t probability[FOCUS_RCNET_64_CLASSES];
  if (rcnet_init(&net, &focus_rcnet_64, RCNET_IMAGE, &chunk, 1) != RCNET_OK) return 1;
  for (int y = 0; y < FOCUS_RCNET_64_SIZE; y++)
    for (int i = 0; i < 3 * FOCUS_RCNET_64_SIZE; i++)
      rcnet_image_row(&net, y)[i] = (int8_t)(i * y % 256 - 128);
  if (rcnet_run(&net, NULL, probability) != RCNET_OK) return 2;
  for (int i = 0; i < FOCUS_RCNET_64_CLASSES; i++) printf("%d\\n", probability[i]);
  rcnet_answer best;
  if (rcnet_top(probability, FOCUS_RCNET_64_CLASSES, 0, &best, 1) != RCNET_TOP_OK) return 3;
  printf("class %d", best.label);
  return 0;
}
"""
