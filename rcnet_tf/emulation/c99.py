"""This project's engine on an emulated board."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from rcnet_tf.emulation.board import NO_LIBC, Board, Run
from rcnet_tf.emulation.targets import Target


def run(
    target: Target,
    files: dict[str, bytes],
    name: str,
    pixels: np.ndarray,
    expected: np.ndarray,
    ram_bytes: int,
) -> Run:
    """Classify pictures.

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
    with tempfile.TemporaryDirectory() as folder:
        board = Board(target, Path(folder))
        for file, content in files.items():
            (board.folder / file).write_bytes(content)
        engine = [board.compile(board.folder / file) for file in files if file.endswith(".c")]
        network = (
            f'-DMODEL_HEADER="{name}.h"',
            f"-DMODEL_NAME={name}",
            f"-DMODEL(x)={name.upper()}_##x",
        )
        contender = [
            *engine,
            board.compile_support("c99_contender.c", *network),
            board.compile_support("libc.c", NO_LIBC),
        ]
        program = board.link(contender, pixels, expected, ram_bytes, "-lgcc")
        return board.run(program, len(pixels), board.flash(engine))
