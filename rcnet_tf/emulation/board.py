"""Build programs for an instruction set, run them in QEMU, and measure."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rcnet_tf.emulation.targets import Target
from rcnet_tf.emulation.tools import tool
from rcnet_tf.errors import UserError
from rcnet_tf.export.c99.package import source_folder

FLAGS = ("-O2", "-Wall", "-Wextra", "-Werror", "-ffunction-sections", "-fdata-sections")
LANGUAGES = {
    ".c": ("gcc", "-std=c99"),
    ".S": ("gcc",),
    ".cc": ("g++", "-std=c++17", "-fno-rtti", "-fno-exceptions", "-fno-threadsafe-statics"),
}
NO_LIBC = "-fno-tree-loop-distribute-patterns"  # no memcpy in place of memcpy's own loop
LEAST_STACK = 1024
_TIMEOUT = 1800  # seconds of emulation
_SUPPORT = "emulated"
# A file's bytes as a constant; a compiler would take minutes over them as text.
_INCLUDED = """\
__asm__(".section .rodata.{name},\\"a\\"\\n.balign 16\\n.global {name}\\n"
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
        instructions: of one picture, the last: the inference alone.
        steps: the same after each step of the run.
    """

    wrong: int
    ram_bytes: int
    stack_bytes: int
    flash_bytes: int
    instructions: int
    steps: tuple[int, ...]


class Board:
    """An emulated board and a folder to build its programs in.

    Args:
        target: what to emulate.
        folder: an empty one; whatever is built stays there.

    Raises:
        UserError: a compiler or the emulator is not installed. The methods raise it where a tool
            fails.
    """

    def __init__(self, target: Target, folder: Path):
        if missing := target.missing():
            raise UserError(
                f"{target.name} needs {', '.join(missing)}; on Debian: apt-get install gcc "
                f"{target.packages}"
            )
        self.target, self.folder = target, folder

    def compile(self, source: Path, *options: str) -> Path:
        """An object file from C, C++ or assembly."""
        result = self.folder / f"{source.stem}.o"
        compiler, *language = LANGUAGES[source.suffix]
        include = f"-I{self.folder}", f"-I{source_folder(_SUPPORT)}"
        tool(
            self.target.tool(compiler), *language, *FLAGS, *self.target.flags,
            *self.target.headers, *include, *options, "-c", source, "-o", result,
        )  # fmt: skip
        return result

    def compile_support(self, name: str, *options: str) -> Path:
        """The same of a source in firmware_bridge/emulated."""
        return self.compile(source_folder(_SUPPORT) / name, *options)

    def include(self, constants: dict[str, bytes]) -> Path:
        """An object file with the bytes as they are, under these names."""
        for name, content in constants.items():
            (self.folder / f"{name}.bin").write_bytes(content)
        source = self.folder / f"{'_'.join(constants)}.c"
        texts = (_INCLUDED.format(name=name, folder=self.folder) for name in constants)
        source.write_text("".join(texts))
        return self.compile(source)

    def link(
        self, contender: Sequence[Path], pixels: np.ndarray, expected: np.ndarray,
        ram_bytes: int, *options: str | Path,
    ) -> Path:  # fmt: skip
        """The program that classifies pictures with a contender and compares the outputs.

        Args:
            contender: object files that define what contender.h declares.
            pixels: int8 (N, S, S, 3).
            expected: int8 (N, classes).
            ram_bytes: RAM of the board, stack and all; the linker refuses what does not fit.
            options: of the linker; libraries too.
        """
        sizes = {
            "PICTURES": len(pixels),
            "PICTURE_BYTES": pixels[0].size,
            "CLASSES": expected.shape[1],
        }
        objects = [
            *contender,
            self.include({"pictures": _bytes(pixels), "expected": _bytes(expected)}),
            self.compile_support("classify.c", *(f"-D{key}={n}" for key, n in sizes.items())),
            *(self.compile_support(source, NO_LIBC) for source in self.target.sources),
        ]
        program = self.folder / "program.elf"
        tool(
            self.target.compiler,
            *self.target.flags,
            "-nostdlib",
            "-Wl,--gc-sections",
            f"-Wl,--defsym=RAM_BYTES={ram_bytes}",
            f"-Wl,--defsym=STACK_BYTES={LEAST_STACK}",
            f"-T{source_folder(_SUPPORT) / self.target.script}",
            *objects,
            *options,
            "-o",
            program,
        )
        return program

    def run(self, program: Path, pictures: int, flash_bytes: int) -> Run:
        """Run what `link` made.

        Args:
            program: to run.
            pictures: that it classifies.
            flash_bytes: see `Run`.
        """
        said, counts = self._emulate(program)
        numbers = {key: int(value) for key, value in re.findall(r"^(\w+) (\d+)$", said, re.M)}
        if numbers.keys() != {"pictures", "wrong", "memory", "stack"}:
            raise UserError(f"the program for {self.target.name} failed: {said.strip()[-300:]}")
        per_picture = (len(counts) - 1) // pictures  # the last is the end of the program
        last = counts[-1 - per_picture : -1]
        return Run(
            numbers["wrong"],
            numbers["memory"] + numbers["stack"],
            numbers["stack"],
            flash_bytes,
            last[-1] - last[0],
            tuple(count - last[0] for count in last[1:-1]),
        )

    def flash(self, files: Sequence[Path]) -> int:
        """Bytes of code and constants in object files or programs."""
        rows = tool(self.target.tool("size"), *files).splitlines()[1:]
        return sum(int(row.split()[0]) + int(row.split()[1]) for row in rows)

    def _emulate(self, program: Path) -> tuple[str, list[int]]:
        mark = next(
            line.split()[0]
            for line in tool(self.target.tool("nm"), program).splitlines()
            if line.endswith(" mark")
        )
        counts = self.folder / "counts"
        plugin = f"{self._counter()},out={counts},mark={mark}"
        display = ("-display", "none", "-monitor", "none", "-serial", "none")
        command = [self.target.emulator, *self.target.machine, *display]
        try:
            done = subprocess.run(
                [*command, "-plugin", plugin, "-kernel", str(program)],
                capture_output=True,
                text=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UserError(f"{self.target.emulator} took over {_TIMEOUT} s") from None
        text = counts.read_text() if counts.exists() else ""
        return done.stdout + done.stderr, [int(line) for line in text.split()]

    def _counter(self) -> Path:
        """The plugin, for the host."""
        result = self.folder / "libcount.so"
        version = re.search(r"version (\d+)", tool(self.target.emulator, "--version"))
        api = 2 if version and int(version.group(1)) >= 9 else 1
        source = source_folder(_SUPPORT) / "count.c"
        tool("gcc", "-shared", "-fPIC", "-O2", f"-DQEMU_API={api}", source, "-o", result)
        return result


def _bytes(array: np.ndarray) -> bytes:
    return array.astype(np.int8).tobytes()
