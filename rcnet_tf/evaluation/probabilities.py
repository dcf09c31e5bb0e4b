"""What counts as the probabilities of classes."""

from __future__ import annotations

import numpy as np

# A softmax in floating point may miss 0 to 1 by its last digits.
_TOLERANCE = 1e-3


def checked(probabilities: np.ndarray) -> np.ndarray:
    """The probabilities (N, classes) within 0 to 1.

    Raises:
        ValueError: they are something else, such as logits or NaN.
    """
    # Also false for NaN.
    if not np.all((probabilities >= -_TOLERANCE) & (probabilities <= 1 + _TOLERANCE)):
        raise ValueError("the outputs are no probabilities: expected finite numbers from 0 to 1")
    return np.clip(probabilities, 0.0, 1.0)
