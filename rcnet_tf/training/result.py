"""What a run ended with; known without Keras, for runs that another process does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What a run ended with."""

    best_model: Path
    best_accuracy: float  # of the best epoch on the validation part, 0 to 1
    history: list[dict]
