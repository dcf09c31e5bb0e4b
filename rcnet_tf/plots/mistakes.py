"""The pictures that a model gets wrong, those first of which it was surest."""

from __future__ import annotations

import numpy as np

from rcnet_tf.evaluation.drawing import short
from rcnet_tf.evaluation.run import Evaluation
from rcnet_tf.plots.gallery import gallery

MOST = 48
_COLUMNS = 8


def mistakes_jpeg(evaluation: Evaluation, subtitle: str) -> bytes | None:
    """Draw wrongly classified pictures: what they are, taken for what, and how surely.

    Args:
        evaluation: what `evaluation.run.evaluate` returned.
        subtitle: what was evaluated, such as "best.keras on trashnet, 379 pictures".

    Returns:
        The content of a JPEG file with `MOST` pictures at most; None where all are right.
    """
    guesses = evaluation.probabilities.argmax(axis=1)
    sure = evaluation.probabilities.max(axis=1)
    wrong = np.flatnonzero(guesses != evaluation.labels)
    if not len(wrong):
        return None
    # Stable: of pictures that are equally sure the first.
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")]
    names = evaluation.class_names
    captions = [
        f"is {short(names[evaluation.labels[one]], 14)}\n"
        f"said {short(names[guesses[one]], 14)}\n{100 * sure[one]:.0f} % sure"
        for one in wrong[:MOST]
    ]
    what = f"{len(wrong)} of {len(evaluation.labels)} pictures are taken for something else"
    if len(wrong) > MOST:
        what += f"; the {MOST} surest"
    pictures = [evaluation.picture(one) for one in wrong[:MOST]]
    return gallery(pictures, captions, what, subtitle, columns=_COLUMNS)
