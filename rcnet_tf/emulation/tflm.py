"""TensorFlow Lite Micro on an emulated board."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from rcnet_tf.emulation.archive import archive
from rcnet_tf.emulation.baselines import Baseline
from rcnet_tf.emulation.board import Board, Run
from rcnet_tf.emulation.targets import Target
from rcnet_tf.emulation.tools import tool
from rcnet_tf.errors import UserError
from rcnet_tf.export.c99.package import source_folder
from rcnet_tf.export.op_resolver import methods
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import op_names

# All that QEMU's board has; what is used of it is measured.
_RAM_BYTES = 4 << 20
_ARENA_BYTES = _RAM_BYTES - (256 << 10)
# A build for use: nothing is said of errors.
_DEFINES = (
    "-DTF_LITE_STATIC_MEMORY",
    "-DTF_LITE_STRIP_ERROR_STRINGS",
    "-DFLATBUFFERS_LOCALE_INDEPENDENT=0",
)
# malloc is linked, by destructors, and never called.
_LIBRARIES = ("-lstdc++", "-lm", "-lc", "-lnosys", "-lgcc", "-Wl,--defsym=end=bss_end")


def check_installed(target: Target) -> None:
    """Raise a `UserError` where there is no C++ library for a target."""
    if not target.cpp:
        raise UserError(f"{target.name} has no C++ library; expected cortex-m7 or cortex-m4")
    try:
        tool(target.tool("g++"), "-fsyntax-only", "-x", "c++", "-include", "cstdint", "/dev/null")
    except (UserError, FileNotFoundError):
        raise UserError(
            f"baselines need a C++ library for {target.name}; on Debian: apt-get install "
            f"{target.cpp}"
        ) from None


def run(
    target: Target,
    baseline: Baseline,
    home: Path,
    content: bytes,
    pixels: np.ndarray,
    expected: np.ndarray,
) -> Run:
    """Classify pictures.

    Args:
        target: what to emulate; one that passes `check_installed`.
        baseline: the kernels.
        home: folder of checkouts.
        content: an int8 `.tflite`.
        pixels: int8 (N, S, S, 3).
        expected: int8 (N, classes).

    Returns:
        RAM is what the interpreter has used of its arena, and stack; flash is the whole program's
        but for the pictures.

    Raises:
        UserError: something is not installed or not in `home`, or does not build or run.
    """
    kinds = sorted(set(op_names(flatbuffer.parse(content, baseline.name))))
    own = source_folder("emulated")
    options = [*_DEFINES, *baseline.defines]
    options += [f"-I{root}" for root in (*baseline.roots(home), own)]
    with tempfile.TemporaryDirectory() as folder:
        board = Board(target, Path(folder))
        library = archive(baseline.name, target, baseline.files(home, kinds, [own]), options)
        (board.folder / "operators.h").write_text(_operators(content, baseline.name))
        contender = [
            # Its headers do not pass our warnings.
            board.compile_support(
                "tflm_contender.cc", "-w", f"-DARENA_BYTES={_ARENA_BYTES}", *options
            ),
            board.include({"model": content}),
        ]
        program = board.link(contender, pixels, expected, _RAM_BYTES, library, *_LIBRARIES)
        flash = board.flash([program]) - pixels.nbytes - expected.nbytes
        return board.run(program, len(pixels), flash)


def _operators(content: bytes, name: str) -> str:
    used = methods(content, name)
    calls = " ".join(f"ADD({method})" for method in used)
    return f"#define OPERATORS {len(used)}\n#define ADD_OPERATORS(ADD) {calls}\n"
