"""What a run ended with; known without Keras, for runs that another process does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What a run ended with.

    Attributes:
        best_model: path of best.keras.
        best_accuracy: of the best epoch on the validation part, 0 to 1.
        history: of each epoch its figures by name, as in history.csv.
    """

    best_model: Path
    best_accuracy: float
    history: list[dict]
