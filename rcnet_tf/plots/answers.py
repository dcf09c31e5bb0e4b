"""Pictures with what a network says of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rcnet_tf.labels import decode_predictions
from rcnet_tf.plots.gallery import gallery


def answers_picture(
    pixels: np.ndarray,
    probabilities: np.ndarray,
    labels: Sequence[int],
    class_names: Sequence[str],
    what: str,
    columns: int = 6,
) -> bytes:
    """Draw pictures with the most probable class of each; framed by whether that is right.

    Args:
        pixels: uint8 (N, S, S, 3).
        probabilities: (N, classes).
        labels: (N,), the true classes.
        class_names: in the order of the classes.
        what: the title: what is to be seen.
        columns: pictures a row.

    Returns:
        The content of a JPEG file.
    """
    best = decode_predictions(probabilities, top=1, class_names=class_names)
    captions, right = [], []
    for label, [(name, share)] in zip(labels, best, strict=True):
        right.append(name == class_names[label])
        # The colour of a frame is not for everybody.
        truth = "" if right[-1] else f"\nbut it is {class_names[label]}"
        captions.append(f"{name}, {100 * share:.0f} %{truth}")
    return gallery(pixels, captions, what, "", columns, right)
