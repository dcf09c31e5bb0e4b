"""Measured rows as text."""

from __future__ import annotations

from collections.abc import Sequence

from rcnet_tf.emulation.estimate import BOARDS
from rcnet_tf.emulation.measure import OWN, Row


def lines(rows: Sequence[Row]) -> list[str]:
    """Three tables: memory and instructions, instructions by stage, estimated milliseconds.

    Baselines are in the first alone: they have no stages, and the estimate is not of their code.
    """
    own = [row for row in rows if row.engine == OWN]
    return [*_measured(rows), "", *_stages(own), "", *_estimates(own)]


def _measured(rows: Sequence[Row]) -> list[str]:
    result = [
        f"{'input':>5} {'target':10} {'engine':12} {'RAM':>9} {'stack':>6} {'flash':>8} "
        f"{'instructions':>14}"
    ]
    for row in rows:
        result.append(
            f"{row.input:5} {row.target:10} {row.engine:12} {row.ram_bytes:9,} "
            f"{row.stack_bytes:6,} {row.flash_bytes:8,} {row.instructions:14,}"
        )
    return [*result, "RAM in bytes: picture, feature maps, rings, tables and stack together."]


def _stages(rows: Sequence[Row]) -> list[str]:
    names = list(rows[0].stages)
    result = [f"{'input':>5} {'target':10} " + " ".join(f"{name:>8}" for name in names)]
    for row in rows:
        parts = " ".join(f"{row.stages.get(name, 0) / 1e6:8.2f}" for name in names)
        result.append(f"{row.input:5} {row.target:10} {parts}")
    return [*result, "Millions of instructions; the stem is in stage1, every SimAM in simam."]


def _estimates(rows: Sequence[Row]) -> list[str]:
    counts = {(row.input, row.target): row.instructions for row in rows}
    boards = [board for board in BOARDS if any(board.target == row.target for row in rows)]
    if not boards:
        return []
    sizes = sorted({row.input for row in rows}, reverse=True)
    result = [f"{'input':>5} " + " ".join(f"{board.name:>9}" for board in boards)]
    for size in sizes:
        times = [
            f"{board.milliseconds(count):9.0f}" if (count := counts.get((size, board.target)))
            else f"{'':9}"
            for board in boards
        ]  # fmt: skip
        result.append(f"{size:5} " + " ".join(times))
    return [*result, "Milliseconds, estimated (rcnet_tf.emulation.estimate), not measured."]
