"""A few seconds of the fuzzer; `make fuzz` gives it more."""

import re
import subprocess

import fuzzing
import pytest
from harness import needs


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    needs("clang")
    command = ["clang", "-fsanitize=fuzzer", "-x", "c", "-", "-o", "/dev/null"]
    empty = b"int LLVMFuzzerTestOneInput(const char *d, long n) { return d + n == 0; }"
    if subprocess.run(command, input=empty, capture_output=True, check=False).returncode:
        pytest.skip("clang has no libFuzzer installed")
    return fuzzing.build(tmp_path_factory.mktemp("fuzz"))


def test_nothing_is_found(tmp_path, program):
    command = fuzzing.command(program, tmp_path, "-seed=1", "-runs=3000")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    # Not by stopping at the door; an hour passes some 1,300 edges.
    assert int(re.findall(r"cov: (\d+)", done.stderr)[-1]) > 1000
