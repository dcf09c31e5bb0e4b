"""The names of TrashNet's classes, and readable predictions."""

from __future__ import annotations

import numpy as np

TRASHNET = ("cardboard", "glass", "metal", "paper", "plastic", "trash")
"""TrashNet's classes, in the order of the outputs."""


def decode_predictions(predictions, top=3, class_names=TRASHNET):
    """Turn class scores into names, best first.

    Args:
        predictions: (B, classes), as `model.predict` returns them.
        top: how many classes per picture.
        class_names: names in the order of the scores.

    Returns:
        A list per picture of `(name, score)` pairs.

    Raises:
        ValueError: the shape does not fit the class names.

    Example:
        >>> decode_predictions(np.eye(6)[[1]], top=1)
        [[('glass', 1.0)]]
    """
    predictions = np.asarray(predictions)
    if predictions.ndim != 2 or predictions.shape[1] != len(class_names):
        raise ValueError(f"expected (batch, {len(class_names)}) scores, got {predictions.shape}")
    order = np.argsort(-predictions, axis=1, kind="stable")[:, :top]
    return [
        [(class_names[i], float(row[i])) for i in indices]
        for row, indices in zip(predictions, order, strict=True)
    ]
