"""Instruction sets that QEMU emulates and Debian has a compiler for."""

from __future__ import annotations

import shutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One instruction set.

    Attributes:
        name: on the command line.
        compiler: GCC for it; `size` and `nm` have the same prefix.
        flags: for compiling and linking.
        headers: where the compiler finds those of a C library; nothing is linked from it.
        emulator: the QEMU to run.
        machine: its arguments.
        sources: start-up code in firmware_bridge/emulated.
        script: the linker's, there too.
        packages: of Debian, with all of this.
        cpp: the package of a C++ library; empty where there is none.
    """

    name: str
    compiler: str
    flags: tuple[str, ...]
    headers: tuple[str, ...]
    emulator: str
    machine: tuple[str, ...]
    sources: tuple[str, ...]
    script: str
    packages: str
    cpp: str = ""

    def tool(self, name: str) -> str:
        """A program beside the compiler, such as "nm"."""
        return self.compiler.removesuffix("gcc") + name

    def missing(self) -> list[str]:
        """Programs that are not installed; the host's compiler is needed for the counter."""
        return [name for name in (self.compiler, self.emulator, "gcc") if not shutil.which(name)]


_SEMIHOSTING = ("-semihosting-config", "enable=on,target=native")
_ARM = "gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm"


def _cortex(name: str, cpu: str, machine: str) -> Target:
    return Target(
        name,
        "arm-none-eabi-gcc",
        (f"-mcpu={cpu}", "-mthumb"),
        (),
        "qemu-system-arm",
        ("-M", machine, *_SEMIHOSTING),
        ("cortex_m.c", "semihosting.c", "begin.c"),
        "cortex_m.ld",
        _ARM,
        "libstdc++-arm-none-eabi-newlib",
    )


TARGETS = {
    target.name: target
    for target in (
        _cortex("cortex-m7", "cortex-m7", "mps2-an500"),
        _cortex("cortex-m4", "cortex-m4", "mps2-an386"),
        Target(
            "rv32imc",
            "riscv64-unknown-elf-gcc",
            ("-march=rv32imc", "-mabi=ilp32", "-msmall-data-limit=0"),
            ("--specs=picolibc.specs",),
            "qemu-system-riscv32",
            ("-M", "virt", "-cpu", "rv32", "-bios", "none", *_SEMIHOSTING),
            ("rv32.c", "semihosting.c", "begin.c"),
            "rv32.ld",
            "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc",
        ),
        Target(
            "lx106",
            "xtensa-lx106-elf-gcc",
            ("-mlongcalls", "-mtext-section-literals"),
            ("--specs=/usr/lib/xtensa-lx106-elf/picolibc.specs",),
            "qemu-system-xtensa",
            ("-M", "sim", "-cpu", "lx106", "-semihosting"),
            ("lx106_start.S", "lx106.c", "begin.c"),
            "lx106.ld",
            "gcc-xtensa-lx106 picolibc-xtensa-lx106-elf qemu-system-misc",
        ),
    )
}
