"""Milliseconds on real boards, estimated from instruction counts. Nothing here was measured.

The model: time = instructions * cycles per instruction / clock, with the instructions of the
emulated core that is nearest, and with weights read from flash through a cache that mostly hits.

- Cortex-M7 issues up to two instructions a cycle, and waits for flash and multiplications: 1.
- ESP32, S3 and C3 issue one, and lose some to branches, loads and flash: 1.3. The Xtensa cores of
  ESP32 and S3 are taken to need as many instructions as rv32imc: like it they multiply in one, and
  have no sum of 64 bits. That is optimistic: with 16 registers in place of 32 they will need more.
  The emulated lx106, which also lacks their products of 64 bits and sign extension, needs twice as
  many.
- RP2040's Cortex-M0+ makes 64-bit products of four, and has few registers: 2 for each of rv32imc's.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Board:
    """A board: whose instructions count, how many cycles each takes, and the clock in MHz."""

    name: str
    target: str
    cycles: float
    megahertz: int

    def milliseconds(self, instructions: int) -> float:
        """Time for that many instructions of `target`."""
        return instructions * self.cycles / self.megahertz / 1000


BOARDS = (
    Board("STM32H7", "cortex-m7", 1.0, 480),
    Board("ESP32", "rv32imc", 1.3, 240),
    Board("ESP32-S3", "rv32imc", 1.3, 240),
    Board("ESP32-C3", "rv32imc", 1.3, 160),
    Board("RP2040", "rv32imc", 2.0, 133),
)
