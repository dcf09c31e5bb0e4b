"""Compile the engine with a network for this machine, run it, and compare."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from rcnet_tf.export.c99 import package
from rcnet_tf.export.c99.network import network
from rcnet_tf.export.c99.operators import Graph
from rcnet_tf.export.c99.plan import plan
from rcnet_tf.export.c99.source import layer_names
from rcnet_tf.export.engines import engine, is_installed

HERE = Path(__file__).parent
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O1", "-g")
SANITISED = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


class Network:
    """A `.tflite` with everything that tests want to know about it."""

    def __init__(self, content):
        self.content = content
        self.graph = Graph(content, "net")
        self.found = network(self.graph)
        self.plan = plan(self.found)
        self.size, self.classes = self.graph.size, self.graph.classes
        self.name = f"net_{self.size}"
        self.layers = layer_names(self.found)
        self.tensors = [
            next(o.output for o in self.graph.operators if self.graph.tensor_name(o.output) == name)
            for name in self.layers
        ]
        self.shapes = [(*self.graph.shape(tensor)[1:],) for tensor in self.tensors]
        self.shapes = [shape if len(shape) == 3 else (1, 1, *shape) for shape in self.shapes]
        self.files = package.files(content, "net")


# TensorFlow Lite Micro rounds twice everywhere, as the engine does. LiteRT's reference kernels do
# so too, but for FULLY_CONNECTED: there about one logit in a thousand differs by one step.
ORACLE = "tflm" if is_installed("tflm") else "reference"


def oracle(content, keep=False):
    """The interpreter to compare with."""
    return engine(ORACLE, content, keep)


def needs(tool):
    """Skip where a program is not installed."""
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")


def needs_sanitisers(compiler):
    """Skip where a compiler is not installed, or comes without its run-time libraries."""
    needs(compiler)
    command = [compiler, *SANITISED, "-x", "c", "-", "-o", "/dev/null"]
    done = subprocess.run(command, input=b"int main(void) { return 0; }", capture_output=True)
    if done.returncode:
        pytest.skip(f"{compiler} has no sanitisers installed")


class Builder:
    """Compiles this folder's programs; the engine once for each compiler and flags.

    Args:
        new_folder: called for every folder that is needed.
    """

    def __init__(self, new_folder):
        self._new_folder = new_folder
        self._engines = {}

    def __call__(self, program, network, compiler="gcc", flags=SANITISED):
        """The executable of a program with a network."""
        needs(compiler)
        folder = self._new_folder()
        for file, content in network.files.items():
            (folder / file).write_bytes(content)
        result = folder / Path(program).stem
        macros = (
            f'-DMODEL_HEADER="{network.name}.h"',
            f"-DMODEL(x)={network.name.upper()}_##x",
            f"-DMODEL_NAME={network.name}",
            f"-DMODEL_SLOT={network.plan.slot_bytes}",
        )
        sources = HERE / program, folder / f"{network.name}.c"
        engine = self._engine(compiler, flags)
        run(compiler, *STRICT, *flags, *macros, f"-I{folder}", *sources, *engine, "-o", result)
        return result

    def _engine(self, compiler, flags):
        if (compiler, flags) not in self._engines:
            folder, home = self._new_folder(), package.source_folder("engine")
            sources = [home / file for file in package.ENGINE if file.endswith(".c")]
            run(compiler, *STRICT, *flags, "-c", *sources, cwd=folder)
            self._engines[compiler, flags] = sorted(folder.glob("*.o"))
        return self._engines[compiler, flags]


def run(*command, **options):
    """Run a program that must succeed; its standard output as bytes."""
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, check=False, **options)
    assert done.returncode == 0, done.stderr.decode()[-2000:] + f"\nexit code {done.returncode}"
    return done.stdout


def layers(executable, network, pictures, mode="image", chunks=1):
    """Every layer of every picture, as `shown.c` writes them: a list of lists, NHWC without N."""
    rows = run(executable, mode, chunks, 1, input=b"".join(p.tobytes() for p in pictures))
    result, at = [], 0
    for _ in pictures:
        found = [np.zeros(shape, np.int8) for shape in network.shapes]
        while True:
            layer, y, width, channels, _ = np.frombuffer(rows, np.int32, 5, at)
            row = np.frombuffer(rows, np.int8, width * channels, at + 20).reshape(width, channels)
            at += 20 + row.size
            if layer < 0:
                break
            found[layer][y] = row
        np.testing.assert_array_equal(row[0], found[-1].ravel())
        result.append(found)
    assert at == len(rows)
    return result


def outputs(executable, network, pictures, mode="image", chunks=1):
    """The output alone, without rows of layers: (N, classes)."""
    records = run(executable, mode, chunks, 0, input=b"".join(p.tobytes() for p in pictures))
    return np.frombuffer(records, np.int8).reshape(len(pictures), -1)[:, 20:]
