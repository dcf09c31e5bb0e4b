"""Build the engine and a network for an instruction set, run it in QEMU, and measure."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rcnet_tf.emulation.targets import Target
from rcnet_tf.errors import UserError
from rcnet_tf.export.c99.package import source_folder

FLAGS = ("-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-ffunction-sections", "-fdata-sections")
LEAST_STACK = 1024
_NO_LIBC = "-fno-tree-loop-distribute-patterns"  # no memcpy in place of memcpy's own loop
_TIMEOUT = 600  # seconds of emulation
_SUPPORT = "emulated"
_TELLING = ("no room", "overflowed", "error:", "undefined")  # of a compiler's many lines
# A file's bytes as a constant; a compiler would take minutes over them as text.
_INCLUDED = """\
__asm__(".section .rodata.{name},\\"a\\"\\n.balign 4\\n.global {name}\\n"
        "{name}:\\n.incbin \\"{folder}/{name}.bin\\"\\n.text\\n");
"""


@dataclass(frozen=True)
class Run:
    """What was measured.

    Attributes:
        wrong: pictures whose output was not the expected one.
        ram_bytes: memory given to the network, and stack, with everything in it.
        stack_bytes: of that, the stack.
        flash_bytes: weights, tables and code of network and engine.
        instructions: of one picture, the last; from `rcnet_run` to its return.
        steps: the same after each step of the run.
    """

    wrong: int
    ram_bytes: int
    stack_bytes: int
    flash_bytes: int
    instructions: int
    steps: tuple[int, ...]


def run(
    target: Target,
    files: dict[str, bytes],
    name: str,
    pixels: np.ndarray,
    expected: np.ndarray,
    ram_bytes: int,
) -> Run:
    """Classify pictures on an emulated board.

    Args:
        target: what to emulate.
        files: of `c99.package.files`.
        name: of the network there, such as "focus_rcnet_224".
        pixels: int8 (N, S, S, 3).
        expected: int8 (N, classes).
        ram_bytes: RAM of the board, stack and all; the linker refuses what does not fit.

    Raises:
        UserError: something is not installed, or the program does not build or run.
    """
    if missing := target.missing():
        raise UserError(
            f"{target.name} needs {', '.join(missing)}; on Debian: apt-get install gcc "
            f"{target.packages}"
        )
    with tempfile.TemporaryDirectory() as folder:
        return _Build(target, Path(folder), name).run(files, pixels, expected, ram_bytes)


class _Build:
    def __init__(self, target: Target, folder: Path, name: str):
        self._target, self._folder, self._name = target, folder, name

    def run(self, files, pixels, expected, ram_bytes: int) -> Run:
        for file, content in files.items():
            (self._folder / file).write_bytes(content)
        self._write_pictures(pixels, expected)
        engine = [self._object(self._folder / file) for file in files if file.endswith(".c")]
        program = self._link(engine, ram_bytes)
        said, counts = self._emulate(program)
        numbers = {key: int(value) for key, value in re.findall(r"^(\w+) (\d+)$", said, re.M)}
        if numbers.keys() != {"pictures", "wrong", "memory", "stack"}:
            raise UserError(f"the program for {self._target.name} failed: {said.strip()[-300:]}")
        per_picture = (len(counts) - 1) // len(pixels)  # the last is the end of the program
        last = counts[-1 - per_picture : -1]
        return Run(
            numbers["wrong"],
            numbers["memory"] + numbers["stack"],
            numbers["stack"],
            self._flash(engine),
            last[-1] - last[0],
            tuple(count - last[0] for count in last[1:-1]),
        )

    def _write_pictures(self, pixels: np.ndarray, expected: np.ndarray) -> None:
        files = {"pictures": pixels, "expected": expected}
        for name, array in files.items():
            (self._folder / f"{name}.bin").write_bytes(array.astype(np.int8).tobytes())
        (self._folder / "pictures.c").write_text(
            f"const int picture_count = {len(pixels)};\n"
            + "".join(_INCLUDED.format(name=name, folder=self._folder) for name in files)
        )

    def _object(self, source: Path, *more: str) -> Path:
        result = self._folder / f"{source.stem}.o"
        include = f"-I{self._folder}", f"-I{source_folder(_SUPPORT)}"
        self._tool(
            self._target.compiler, *FLAGS, *self._target.flags, *self._target.headers, *include,
            *more, "-c", source, "-o", result,
        )  # fmt: skip
        return result

    def _link(self, engine: Sequence[Path], ram_bytes: int) -> Path:
        support = source_folder(_SUPPORT)
        upper = self._name.upper()
        network = (
            f'-DMODEL_HEADER="{self._name}.h"',
            f"-DMODEL_NAME={self._name}",
            f"-DMODEL(x)={upper}_##x",
        )
        others = [
            self._object(support / "classify.c", *network),
            self._object(self._folder / "pictures.c"),
            *(self._object(support / source, _NO_LIBC) for source in self._target.sources),
            self._object(support / "libc.c", _NO_LIBC),
        ]
        program = self._folder / "program.elf"
        self._tool(
            self._target.compiler,
            *self._target.flags,
            "-nostdlib",
            "-Wl,--gc-sections",
            f"-Wl,--defsym=RAM_BYTES={ram_bytes}",
            f"-Wl,--defsym=STACK_BYTES={LEAST_STACK}",
            f"-T{support / self._target.script}",
            *engine,
            *others,
            "-lgcc",
            "-o",
            program,
        )
        return program

    def _emulate(self, program: Path) -> tuple[str, list[int]]:
        mark = next(
            line.split()[0]
            for line in self._tool(self._target.tool("nm"), program).splitlines()
            if line.endswith(" mark")
        )
        counts = self._folder / "counts"
        plugin = f"{self._counter()},out={counts},mark={mark}"
        display = ("-display", "none", "-monitor", "none", "-serial", "none")
        command = [self._target.emulator, *self._target.machine, *display]
        try:
            done = subprocess.run(
                [*command, "-plugin", plugin, "-kernel", str(program)],
                capture_output=True,
                text=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UserError(f"{self._target.emulator} took over {_TIMEOUT} s") from None
        text = counts.read_text() if counts.exists() else ""
        return done.stdout + done.stderr, [int(line) for line in text.split()]

    def _counter(self) -> Path:
        """The plugin, for the host."""
        result = self._folder / "libcount.so"
        version = re.search(r"version (\d+)", self._tool(self._target.emulator, "--version"))
        api = 2 if version and int(version.group(1)) >= 9 else 1
        source = source_folder(_SUPPORT) / "count.c"
        self._tool("gcc", "-shared", "-fPIC", "-O2", f"-DQEMU_API={api}", source, "-o", result)
        return result

    def _flash(self, objects: Sequence[Path]) -> int:
        rows = self._tool(self._target.tool("size"), *objects).splitlines()[1:]
        return sum(int(row.split()[0]) + int(row.split()[1]) for row in rows)

    def _tool(self, *command) -> str:
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            telling = [line for word in _TELLING for line in lines if word in line]
            first = (telling or lines)[0][-300:]
            raise UserError(f"{command[0]} failed: {first}")
        return done.stdout
