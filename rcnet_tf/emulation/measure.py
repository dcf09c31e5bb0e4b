"""Everything that is measured for one int8 network: a row for each engine and emulated target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rcnet_tf.emulation import c99, tflm
from rcnet_tf.emulation.baselines import Baseline
from rcnet_tf.emulation.board import Run
from rcnet_tf.emulation.stages import by_stage
from rcnet_tf.emulation.targets import TARGETS
from rcnet_tf.errors import UserError
from rcnet_tf.export.c99 import package
from rcnet_tf.export.c99.network import network
from rcnet_tf.export.c99.operators import Graph
from rcnet_tf.export.c99.plan import IMAGE, plan
from rcnet_tf.export.engines import engine as open_engine
from rcnet_tf.export.engines import is_installed

# RAM of the emulated boards: what the paper's network must fit, by the side of its picture.
RAM = {224: 196_608, 160: 106_496, 128: 73_728, 96: 49_152}
OWN = "c99"
_OTHER_STACK = 4096
_NAME = "network"


@dataclass(frozen=True)
class Row:
    """One network on one target.

    `engine` is "c99", this project's, or a baseline's name. `stages` are instructions, see
    `stages.by_stage`; none of a baseline.
    """

    target: str
    input: int
    ram_bytes: int
    flash_bytes: int
    stack_bytes: int
    instructions: int
    stages: dict[str, int] = field(default_factory=dict)
    engine: str = OWN


def measure(
    content: bytes,
    pixels: np.ndarray,
    targets: Sequence[str],
    progress: Callable[[str], None] = lambda line: None,
    baselines: Sequence[Baseline] = (),
    home: Path = Path(),
) -> list[Row]:
    """Run a network on emulated boards.

    Args:
        content: an int8 `.tflite`.
        pixels: int8 (N, S, S, 3); the last is the one that is measured.
        targets: of `TARGETS`, installed.
        progress: called with a line before each.
        baselines: to measure as well, on targets that have a C++ library.
        home: folder of their checkouts.

    Raises:
        UserError: the network is refused, does not fit, or gives another output than TensorFlow
            Lite Micro (LiteRT's reference kernels where that is not installed).
    """
    graph = Graph(content, _NAME)
    found = network(graph)
    ram = RAM.get(graph.size, plan(found).memory(IMAGE) + _OTHER_STACK)
    # TensorFlow Lite Micro's rounding is the engine's; see `rcnet_tf.export.c99`.
    interpreter = open_engine("tflm" if is_installed("tflm") else "reference", content)
    expected = np.stack([interpreter.run(picture) for picture in pixels])
    files = package.files(content, _NAME)
    rows = []
    for target in targets:
        progress(f"{graph.size} pixels on {target} ...")
        name = f"{_NAME}_{graph.size}"
        run = c99.run(TARGETS[target], files, name, pixels, expected, ram)
        stages = by_stage(found, run.steps, run.instructions)
        rows.append(_row(OWN, target, graph.size, run, stages))
        for baseline in baselines if TARGETS[target].cpp else ():
            progress(f"{graph.size} pixels on {target}, {baseline.name} ...")
            # One picture: this takes a baseline minutes, and none of it is under test here.
            run = tflm.run(TARGETS[target], baseline, home, content, pixels[-1:], expected[-1:])
            rows.append(_row(baseline.name, target, graph.size, run, {}))
    return rows


def _row(engine: str, target: str, size: int, run: Run, stages: dict[str, int]) -> Row:
    if run.wrong:
        raise UserError(f"{run.wrong} outputs of {engine} on {target} are wrong")
    return Row(
        target,
        size,
        run.ram_bytes,
        run.flash_bytes,
        run.stack_bytes,
        run.instructions,
        stages,
        engine,
    )
