"""The functions of rcnet.h, and the folder that convert writes."""

import numpy as np
import pytest
from harness import SANITISED, STRICT, needs, run
from inputs import DEMO
from PIL import Image

from rcnet_tf.emulation.targets import TARGETS
from rcnet_tf.export import golden
from rcnet_tf.export.c99 import package
from rcnet_tf.export.record import record
from rcnet_tf.preprocess import resize_picture


def test_promises(executables):
    """Statuses, hooks, alignment, and two networks at once; every check is in interface.c."""
    run(executables("interface.c", 64, 0.25, flags=SANITISED))


def test_golden_vectors(tmp_path, networks, executables):
    """Checksums of every stage and every output byte, replayed in C; a wrong one is named."""
    network = networks(100, 0.4)
    files = sorted(DEMO.glob("*/*.jpg"))[::25]
    pictures = [
        (file.name, -1, resize_picture(np.asarray(Image.open(file).convert("RGB")), network.size))
        for file in files
    ]
    made = record(network.content, [[picture] for picture in pictures])
    layers = [network.layers.index(stage.name) for stage in made.stages]
    program = executables("replay.c", 100, 0.4, flags=SANITISED)
    path = tmp_path / "golden.bin"
    path.write_bytes(golden.pack(made))
    said = run(program, path, *layers).decode()
    assert said == f"{len(made.pictures)} pictures, {len(layers)} stages: equal\n"

    content = bytearray(path.read_bytes())
    content[80 + 64 * len(layers) + 64 + 4 * 3] ^= 1  # the checksum of stage 3 of picture 0
    path.write_bytes(content)
    with pytest.raises(AssertionError, match="exit code 1"):
        run(program, path, *layers)


def test_no_memory_of_its_own(tmp_path, networks):
    """No heap, no mutable state, nothing of the C library but memcpy and memset."""
    needs("gcc")
    needs("nm")
    network = networks(64, 0.25)
    for file, content in network.files.items():
        (tmp_path / file).write_bytes(content)
    for file in filter(lambda file: file.endswith(".c"), network.files):
        run("gcc", "-std=c99", "-O2", "-c", file, "-o", f"{file}.o", cwd=tmp_path)
    kinds = {"b", "B", "d", "D", "C"}  # .data.rel.ro, which is constant, counts as "d" and "D"
    for file in network.files:
        if not file.endswith(".c"):
            continue
        symbols = run("nm", f"{file}.o", cwd=tmp_path).decode().splitlines()
        parts = [line.split() for line in symbols]
        wanted = {part[1] for part in parts if part[-2] == "U"}
        assert wanted <= {"memcpy", "memset", *_defined(network, tmp_path)}
        mutable = [part[-1] for part in parts if part[-2] in kinds]
        sections = run("objdump", "-h", f"{file}.o", cwd=tmp_path).decode()
        for section in (".data ", ".bss "):
            row = next(line for line in sections.splitlines() if section in f"{line} ")
            assert int(row.split()[2], 16) == 0, (file, section, mutable)


def _defined(network, folder):
    for file in network.files:
        if file.endswith(".c"):
            for line in run("nm", "--defined-only", f"{file}.o", cwd=folder).decode().splitlines():
                yield line.split()[-1]


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_headers_are_cpp_too(tmp_path, networks, compiler):
    needs(compiler)
    network = networks(64, 0.25)
    for file, content in network.files.items():
        (tmp_path / file).write_bytes(content)
    source = tmp_path / "main.cc"
    source.write_text(
        f'#include "{network.name}.h"\n#include "rcnet_model.h"\n'
        f"int main() {{ return rcnet_memory(&{network.name}, RCNET_IMAGE) == 0; }}\n"
    )
    run(compiler, "-std=c++11", "-Wall", "-Wextra", "-Werror", "-c", source, "-o", "/dev/null")


@pytest.mark.parametrize("name", TARGETS)
def test_no_warnings_on_any_target(tmp_path, networks, name):
    """Nor a frame of stack above 400 bytes; `bench_mcu` measures the whole."""
    target = TARGETS[name]
    needs(target.compiler)
    network = networks(64, 0.25)
    for file, content in network.files.items():
        (tmp_path / file).write_bytes(content)
    sources = [file for file in network.files if file.endswith(".c")]
    run(target.compiler, *STRICT, "-O2", *target.flags, *target.headers, "-fstack-usage", "-c",
        *sources, cwd=tmp_path)  # fmt: skip
    frames = [
        int(line.split("\t")[1])
        for file in tmp_path.glob("*.su")
        for line in file.read_text().splitlines()
    ]
    assert frames and max(frames) <= 400


def test_both_ways_at_once_are_refused(tmp_path):
    needs("gcc")
    engine = package.source_folder("engine")
    with pytest.raises(AssertionError, match="exclude each other"):
        run("gcc", *STRICT, "-DRCNET_PACKED", "-DRCNET_PLAIN", f"-I{engine}", "-c",
            engine / "pointwise.c", "-o", tmp_path / "x.o")  # fmt: skip
