"""RAM that TensorFlow Lite Micro needs for a model: the size of its tensor arena.

Measured by the `tflite-micro` package where it is installed (a Linux x86-64 wheel), else estimated;
`Arena.measured` says which. On a 32-bit microcontroller pointers are shorter and the need about 1 %
smaller; with the margin either figure is safe there.
"""

from __future__ import annotations

import importlib.util
import math
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.errors import UserError
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import (
    DTYPES,
    Operator,
    op_names,
    operators,
    tensor_shape,
    type_name,
)

MARGIN_PERCENT = 3
"""What an application should reserve above the need: optimised kernels (esp-nn, CMSIS-NN) ask for
scratch buffers of their own, and the model must lie at a multiple of 16 in the arena."""

_GRANULE = 1024

_ALIGNMENT = 16
# Measured with tflite-micro on 64 bits: bookkeeping per tensor, per operator, and per output
# channel of a convolution (a multiplier and a shift).
_PER_TENSOR, _PER_OPERATOR, _PER_CHANNEL = 24, 144, 8

Scratch = Callable[[Operator, list[schema.TensorT]], int]
"""Tells the scratch memory of an operator, bytes, from it and the tensors of its graph."""


@dataclass(frozen=True)
class Arena:
    """RAM in bytes.

    Attributes:
        total: the need: tensors + persistent.
        tensors: activations, laid out so that those that never live together share memory.
        persistent: bookkeeping, for as long as the model is loaded.
        measured: by TFLM itself; otherwise an estimate, see `estimate`.
    """

    total: int
    tensors: int
    persistent: int
    measured: bool

    @property
    def recommended(self) -> int:
        """The need with a margin of `MARGIN_PERCENT`, in whole KiB."""
        with_margin = self.total * (100 + MARGIN_PERCENT) // 100
        return -(-with_margin // _GRANULE) * _GRANULE

    @property
    def source(self) -> str:
        """For reports: where the figure is from."""
        return "measured with tflite-micro" if self.measured else "estimated"


def arena(content: bytes) -> Arena:
    """The arena of a `.tflite`: measured where `tflite-micro` is installed and runs it.

    Raises:
        UserError: not a `.tflite`, or one with tensors of unusual types.
    """
    guess = estimate(content)
    if importlib.util.find_spec("tflite_micro") is None:
        return guess
    # In a process of its own: TFLM ends the process when it does not like a model.
    probe = subprocess.run(
        [sys.executable, "-c", _PROBE, str(2 * guess.total + 2**16)],
        input=content,
        capture_output=True,
        check=False,
    )
    said = dict(re.findall(rb"Arena allocation (\w+) (\d+) bytes", probe.stderr))
    if probe.returncode or not {b"total", b"head", b"tail"} <= said.keys():
        return guess
    return Arena(int(said[b"total"]), int(said[b"head"]), int(said[b"tail"]), measured=True)


# The default arena would be ten times the model; the estimate is within a few percent.
_PROBE = """
import sys
from tflite_micro import runtime
content = sys.stdin.buffer.read()
runtime.Interpreter.from_bytes(content, arena_size=int(sys.argv[1])).print_allocations()
"""


def estimate(content: bytes, scratch: Scratch | None = None) -> Arena:
    """Estimate the arena from the graph alone.

    The activations are laid out by TFLM's own rule (`_plan`), which gives their exact size but for
    scratch buffers; the bookkeeping is counted with measured sizes per tensor, operator and
    channel. Within 3 % of the measured figure on Focus-RCNet at every input size and width tried.

    Args:
        content: a `.tflite`.
        scratch: bytes that the kernel of an operator needs while it runs, beside its tensors; None:
            reference kernels, which need none.

    Raises:
        UserError: not a `.tflite`, or one with tensors of unusual types.

    Example:
        >>> from pathlib import Path
        >>> need = estimate(Path("tflite/focus_rcnet_224_int8.tflite").read_bytes())
        >>> need.total == need.tensors + need.persistent < need.recommended < 2**20
        True
    """
    model = flatbuffer.parse(content)
    graph = model.subgraphs[0]
    channels = sum(
        tensor_shape(graph.tensors[operator.outputs[0]])[-1]
        for operator, kind in zip(graph.operators, op_names(model), strict=True)
        if kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
    )
    persistent = (
        len(graph.tensors) * _PER_TENSOR
        + len(graph.operators) * _PER_OPERATOR
        + channels * _PER_CHANNEL
    )
    lives = _lifetimes(graph)
    if scratch is not None:
        for time, operator in enumerate(operators(model)):
            lives.append((_aligned(scratch(operator, graph.tensors)), time, time))
    tensors = _plan(lives)
    return Arena(tensors + persistent, tensors, persistent, measured=False)


def _lifetimes(graph: schema.SubGraphT) -> list[tuple[int, int, int]]:
    """(bytes, first operator, last operator) of every activation."""
    born = {int(index): 0 for index in graph.inputs}
    dies = {}
    for time, operator in enumerate(graph.operators):
        for index in operator.outputs:
            born.setdefault(int(index), time)
        for index in [*operator.inputs, *operator.outputs]:
            dies[int(index)] = time
    for index in graph.outputs:
        dies[int(index)] = len(graph.operators)
    lives = []
    for index, first in born.items():
        tensor = graph.tensors[index]
        if tensor.type not in DTYPES:
            raise UserError(
                f"no arena can be estimated for tensors of {type_name(tensor)}; expected an int8 "
                "or float32 model of rcnet_tf.convert"
            )
        size = math.prod(tensor_shape(tensor)) * DTYPES[tensor.type].itemsize
        lives.append((_aligned(size), first, dies[index]))
    return lives


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _plan(lives: list[tuple[int, int, int]]) -> int:
    """Bytes of TFLM's layout: the largest first, of equals the latest, each at the lowest address
    that is free for its whole life.
    """
    placed: list[tuple[int, int, int, int]] = []  # (address, end, first, last)
    for size, first, last in sorted(lives, key=lambda life: (-life[0], -life[1])):
        address = 0
        for start, end, born, dies in sorted(placed):
            if born <= last and first <= dies:
                if address + size <= start:
                    break
                address = max(address, end)
        placed.append((address, address + size, first, last))
    return max(end for _, end, _, _ in placed)
