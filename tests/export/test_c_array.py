"""The C array compiles without a warning, and holds the file."""

import shutil
import subprocess

import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.export import inspect
from rcnet_tf.export.arena import Arena
from rcnet_tf.export.c_array import BYTES_A_ROW, c_array, identifier

ARENA = Arena(total=100_000, tensors=90_000, persistent=10_000, measured=False)
LABELS = ("paper", 'a "b" \\ ??/', "Müll", "紙", "tab\there", "f")

PROGRAM = """
#include <cstdio>
#include "narrow_model_data.h"

int main() {
  static_assert(narrow::kInputSize == 64 && narrow::kInputZeroPoint == 0, "input");
  static_assert(narrow::kOutputZeroPoint == -128 && narrow::kClassCount == 6, "output");
  static_assert(narrow::kInputScale == 0.0078125f && narrow::kOutputScale == 0.00390625f, "scale");
  static_assert(narrow::kArenaSize == 103424, "arena");
  if (reinterpret_cast<std::uintptr_t>(g_narrow_model_data) % 16 != 0) return 1;
  for (const char* label : narrow::kLabels) std::printf("%s\\n", label);
  for (const char* name : narrow::kOpNames) std::printf("%s\\n", name);
  std::fwrite(g_narrow_model_data, 1, g_narrow_model_data_len, stdout);
  return 0;
}
"""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_it_compiles_and_gives_the_file_back(int8_file, tmp_path, compiler):
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler} on this machine")
    header, source = c_array(int8_file, ARENA, "narrow", LABELS)
    (tmp_path / "narrow_model_data.h").write_text(header)
    (tmp_path / "narrow_model_data.cc").write_text(source)
    (tmp_path / "main.cc").write_text(PROGRAM)
    strict = "-std=c++11 -Wall -Wextra -Wconversion -Wpedantic -Wshadow -Werror".split()
    files = ["narrow_model_data.cc", "main.cc", "-o", "main"]
    built = subprocess.run([compiler, *strict, *files], cwd=tmp_path, capture_output=True)
    assert built.returncode == 0, built.stderr.decode()
    output = subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout
    lines = [*LABELS, *inspect.describe(int8_file).operators]
    assert output == "".join(f"{line}\n" for line in lines).encode() + int8_file


def test_rows_are_short(int8_file):
    header, source = c_array(int8_file, ARENA, "narrow", LABELS)
    rows = [line for line in source.splitlines() if line.startswith("    0x")]
    assert len(rows) == -(-len(int8_file) // BYTES_A_ROW)
    assert max(map(len, (header + source).splitlines())) <= 100
    assert source.isascii() and header.isascii()


def test_the_header_says_where_figures_are_from(int8_file):
    header, _ = c_array(int8_file, ARENA, "narrow", LABELS)
    assert "100000 estimated, and 3424 of margin" in header
    assert "//   DEPTHWISE_CONV_2D: 22" in header


def test_float_models_are_refused(float32_file):
    with pytest.raises(UserError, match="expected int8"):
        c_array(float32_file, ARENA, "narrow", LABELS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("focus_rcnet", "focus_rcnet"),
        ("MobileNet-V2 1.0", "mobilenet_v2_1_0"),
        ("3d", "model_3d"),
        ("紙", "model"),
    ],
)
def test_identifier(name, expected):
    assert identifier(name) == expected
