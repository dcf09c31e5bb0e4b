"""The picture in C++ is the golden one, and compiles."""

import shutil
import subprocess

import numpy as np
import pytest

from rcnet_tf.export.golden import Golden, Picture, Stage
from rcnet_tf.export.known_picture import known_picture

PROGRAM = """
#include <cstdio>
#include "known_picture.h"

int main() {
  static_assert(known_picture::kSize == 8 && known_picture::kClassCount == 3, "sizes");
  static_assert(known_picture::kLabel == 2, "label");
  std::fwrite(known_picture::kPixels, 1, sizeof known_picture::kPixels, stdout);
  std::fwrite(known_picture::kOutput, 1, sizeof known_picture::kOutput, stdout);
  std::fputs(known_picture::kName, stdout);
  return 0;
}
"""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_it_gives_the_picture_back(tmp_path, compiler):
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler} on this machine")
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (8, 8, 3), np.uint8)
    values = (pixels.astype(np.int16) - 128).astype(np.int8)
    output = np.array([-128, 0, 127], np.int8)
    picture = Picture("glass/Gläser.jpg", 2, values, output, (0,))
    header, source = known_picture(Golden("ab" * 32, (Stage("s", 0, (1, 1, 3)),), (picture,)))
    (tmp_path / "known_picture.h").write_text(header)
    (tmp_path / "known_picture.cc").write_text(source)
    (tmp_path / "main.cc").write_text(PROGRAM)
    strict = "-std=c++11 -Wall -Wextra -Wconversion -Wpedantic -Wshadow -Werror".split()
    files = ["known_picture.cc", "main.cc", "-o", "main"]
    built = subprocess.run([compiler, *strict, *files], cwd=tmp_path, capture_output=True)
    assert built.returncode == 0, built.stderr.decode()
    said = subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout
    assert said == pixels.tobytes() + output.tobytes() + "glass/Gläser.jpg".encode()
