"""Who lives where in memory, and when.

Two kinds of memory. The feature map between blocks lies in slots, one row in each; every block
writes its rows over those that it has used up, and the first block over the picture. Everything
else (rings of three rows, single rows, tables) is the work area, laid out anew for each step.
"""

from __future__ import annotations

from dataclasses import dataclass

from rcnet_tf.export.c99.attention import Attention
from rcnet_tf.export.c99.network import Block, Network

IMAGE, ROWS = 0, 1  # rcnet_input
MODES = ("RCNET_IMAGE", "RCNET_ROWS")
_ALIGNMENT = 4
_ROWS_IN_RING = 3
_COLOURS = 3
_SLACK = 3  # RCNET_SLACK in kernels.h


@dataclass(frozen=True)
class Piece:
    """A buffer in the work area."""

    name: str
    start: int
    bytes: int


@dataclass(frozen=True)
class Phase:
    """A step of the run: its buffers, and the part of the feature map in use."""

    name: str
    pieces: tuple[Piece, ...]
    slots: int
    bytes: int

    def start(self, name: str) -> int:
        """Where a buffer starts; 0 for those that the step does not have."""
        return next((piece.start for piece in self.pieces if piece.name == name), 0)


@dataclass(frozen=True)
class Plan:
    """Memory of a whole network.

    Attributes:
        phases: one for each step, and the head's.
        work: bytes of the work area, for IMAGE and ROWS.
        slots: number of slots, for both.
        slot_bytes: size of one.
        slot_rows: rows of the picture in one.
    """

    phases: tuple[Phase, ...]
    work: tuple[int, int]
    slots: tuple[int, int]
    slot_bytes: int
    slot_rows: int

    def memory(self, mode: int) -> int:
        """Bytes that the caller gives in all."""
        return self.work[mode] + self.slots[mode] * self.slot_bytes


def plan(network: Network) -> Plan:
    """Lay a network out."""
    row = max(block.out_size * block.last.outputs for block in network.blocks)
    picture_row = _COLOURS * network.size
    slot_bytes = _aligned(max(row, picture_row))
    slot_rows = max(
        rows
        for rows in range(1, slot_bytes // picture_row + 1)
        if rows == 1 or _outlives(network.blocks[0], network.size, rows)
    )
    rows = max([network.blocks[0].out_size, *(step.size for step in network.steps[1:])])
    phases = tuple(
        _block(step, network if index == 0 else None)
        if isinstance(step, Block)
        else _attention(step)
        for index, step in enumerate(network.steps)
    )
    phases = (*phases, _head(network))
    work = max(phase.bytes - _image_bytes(phase) for phase in phases)
    return Plan(
        phases,
        (work, max(phase.bytes for phase in phases)),
        (max(rows, -(-network.size // slot_rows)), rows),
        slot_bytes,
        slot_rows,
    )


def _outlives(block: Block, size: int, rows: int) -> bool:
    """Whether no row of the picture is overwritten before it is read, with `rows` in a slot."""
    for result in range(block.out_size):
        wide = min(block.last.stride * result + 2 - block.last.pad, block.size - 1)
        read = 2 * min(wide + 2, block.size)  # rows of the picture: the stem is a row ahead
        if min((result + 1) * rows, size) > read:
            return False
    return True


def _block(block: Block, first: Network | None) -> Phase:
    size = block.size
    depths = [block.reduce.weights.shape[1], block.expand.weights.shape[1]]
    if first:
        depths.append(first.stem.weights.shape[1])
    sizes = {
        "packed": packed_bytes(max(depths)),
        "sums": 2 * 256 * 4 if block.shortcut else 0,
        "pad": 2 * size,
        "narrow1": size * block.first.outputs,
        "narrow2": size * block.reduce.outputs + _SLACK,
        "ring": _ROWS_IN_RING * (size * block.expand.outputs + _SLACK),
    }
    if first:
        sizes["source"] = _ROWS_IN_RING * (size * block.first.outputs + _SLACK)
        sizes["image"] = 2 * _COLOURS * first.size  # last: left out where the picture is whole
    return _phase(block.name, sizes, block.size if not first else block.out_size)


def _attention(layer: Attention) -> Phase:
    return _phase(layer.name, {"sums": 2 * 256 * 4, "counts": 512, "table": 256}, layer.size)


def _head(network: Network) -> Phase:
    head = network.head
    outputs = head.convolution.outputs
    sizes = {
        "packed": packed_bytes(head.convolution.weights.shape[1]),
        "row": head.size * outputs + _SLACK,
        "totals": 4 * outputs,
        "average": outputs,
    }
    return _phase(head.convolution.name, sizes, head.size)


def _phase(name: str, sizes: dict[str, int], slots: int) -> Phase:
    pieces, start = [], 0
    for piece, size in sizes.items():
        if size:
            pieces.append(Piece(piece, start, size))
            start += _aligned(size)
    return Phase(name, tuple(pieces), slots, start)


def _image_bytes(phase: Phase) -> int:
    return sum(_aligned(piece.bytes) for piece in phase.pieces if piece.name == "image")


def packed_bytes(depth: int) -> int:
    """Bytes of four packed pixels; RCNET_PACKED_BYTES in kernels.h."""
    return 8 * padded_depth(depth)


def padded_depth(depth: int) -> int:
    """Inputs of a pointwise convolution, filled up as the kernel wants them."""
    return -(-depth // 4) * 4


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def lines(plan: Plan) -> list[str]:
    """The plan for people: totals, and the buffers of each step."""
    result = []
    for mode, name in enumerate(MODES):
        result.append(
            f"{name}: {plan.memory(mode):,} bytes = {plan.slots[mode]} slots of "
            f"{plan.slot_bytes:,} for the feature map + {plan.work[mode]:,} of work area"
        )
    result += [
        "",
        f"The picture: {plan.slot_rows} rows in a slot, overwritten by the first block.",
        "",
        f"{'step':28} {'slots':>5} {'work':>7}  buffers",
    ]
    for phase in plan.phases:
        pieces = ", ".join(f"{piece.name} {piece.start}+{piece.bytes}" for piece in phase.pieces)
        result.append(f"{phase.name:28} {phase.slots:5} {phase.bytes:7,}  {pieces}")
    return result
