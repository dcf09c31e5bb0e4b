"""Run a model over pictures in processes of their own, one a core.

Interpreters are C++ that trusts its file: on a model that they cannot take they end the process,
and here it is one that may end.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf import cores
from rcnet_tf.errors import UserError
from rcnet_tf.export import dense
from rcnet_tf.export.engines import Engine, check_installed, engine
from rcnet_tf.export.golden import checksum
from rcnet_tf.export.record import checksums_of
from rcnet_tf.tflite_file import flatbuffer


@dataclass(frozen=True)
class Answer:
    """What one engine makes of one picture.

    Attributes:
        output: int8 (classes,).
        checksums: CRC-32 of the tensors that were asked for; () of optimised kernels, which keep
            none.
        rounded_twice: place among the checksums -> what it is in TensorFlow Lite Micro, where
            `dense` knows that it differs; of the reference kernels alone.
    """

    output: np.ndarray
    checksums: tuple[int, ...]
    rounded_twice: dict[int, int]


def answers(
    content: bytes,
    engines: Sequence[str],
    tensors: Sequence[int],
    pictures: Sequence[np.ndarray],
    progress: Callable[[int], None] | None = None,
) -> Iterator[dict[str, Answer]]:
    """Run every picture through every engine; yield the answers in the order of the pictures.

    Args:
        content: a strict int8 `.tflite`.
        engines: of `engines.ENGINES`.
        tensors: indices of the tensors whose checksums are wanted.
        pictures: int8 (S, S, 3) each.
        progress: called with 1 after each picture.

    Raises:
        UserError: an engine is not installed, cannot run the model, or ended its process.
    """
    for name in engines:
        check_installed(name)
    # Spawned, not forked: threads of TensorFlow or a notebook do not survive a fork.
    count = min(cores.usable(), len(pictures))
    with tempfile.TemporaryDirectory() as folder:
        pool = ProcessPoolExecutor(
            count, get_context("spawn"), _start, (content, tuple(engines), tuple(tensors), folder)
        )
        try:
            for answer in pool.map(_answer, pictures):
                yield answer
                if progress:
                    progress(1)
        except BrokenProcessPool:
            raise UserError(_why(folder, engines)) from None
        finally:
            pool.shutdown(cancel_futures=True)


_engines: dict[str, Engine] = {}
_tensors: tuple[int, ...] = ()
_model: schema.ModelT | None = None
_unusable: UserError | None = None


def _start(content: bytes, engines: Sequence[str], tensors: tuple[int, ...], folder: str) -> None:
    """In the new process: load the model, and remember what C++ says about it."""
    global _model, _tensors, _unusable
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a traceback
    said = os.open(Path(folder) / f"{os.getpid()}.txt", os.O_WRONLY | os.O_CREAT)
    os.dup2(said, 1)
    os.dup2(said, 2)
    _tensors = tensors
    try:
        for name in engines:
            _engines[name] = engine(name, content, keep=bool(tensors) and name != "optimised")
        _model = flatbuffer.parse(content)
    except UserError as error:
        _unusable = error  # raised here, it would be lost


def _answer(pixels: np.ndarray) -> dict[str, Answer]:
    if _unusable:
        raise _unusable
    result = {}
    for name, runner in _engines.items():
        output = runner.run(pixels).copy()
        tensors = () if name == "optimised" else _tensors
        checksums = tuple(checksums_of(runner, tensors))
        twice = _rounded_twice(runner, checksums) if name == "reference" and tensors else {}
        result[name] = Answer(output, checksums, twice)
    return result


def _rounded_twice(runner: Engine, checksums: tuple[int, ...]) -> dict[int, int]:
    found = {
        _tensors.index(index): checksum(other)
        for index, other in dense.rounded_twice(_model, runner.tensor).items()
        if index in _tensors
    }
    return {place: other for place, other in found.items() if other != checksums[place]}


def _why(folder: str, engines: Sequence[str]) -> str:
    """What the process said last, as a message."""
    lines = [
        line.strip()
        for file in sorted(Path(folder).iterdir())
        for line in file.read_text(errors="replace").splitlines()
        if line.strip() and not line.startswith(("INFO", "WARNING"))
    ]
    said = f" ({lines[-1][:200]})" if lines else ""
    return f"the model ends its interpreter ({', '.join(engines)}){said}; convert it again"
