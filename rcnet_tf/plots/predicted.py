"""Picture files with what a model says of them, on one sheet."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rcnet_tf.data.decode import UnreadablePicture, decode
from rcnet_tf.evaluation.drawing import short
from rcnet_tf.evaluation.pictures import Prediction
from rcnet_tf.plots.gallery import gallery
from rcnet_tf.preprocess import resize_area

MOST = 48
_LONG_SIDE = 320  # pixels: what is left of them on the sheet


def predicted_jpeg(
    predictions: Sequence[Prediction], class_names: Sequence[str], model: str, comment: str = ""
) -> bytes | None:
    """Draw pictures with the most probable class of each.

    Where every picture lies in a folder that is named like a class, as in a data set, that is taken
    for the truth: frames and the title tell what is right.

    Args:
        predictions: of which those without a class are left out; the first `MOST` are drawn.
        class_names: of the model.
        model: its name, for the title.
        comment: put into the file, unseen.

    Returns:
        The content of a JPEG file; None where there is nothing to draw.
    """
    predicted = [one for one in predictions if one.classes]
    shown, pixels = [], []
    for one in predicted:
        # It may have been changed or removed since it was classified.
        with contextlib.suppress(OSError, UnreadablePicture):
            pixels.append(_thumbnail(one.file))
            shown.append(one)
        if len(shown) == MOST:
            break
    if not shown:
        return None
    truths = [one.file.absolute().parent.name for one in shown]
    known = set(truths) <= set(class_names)
    captions, right = [], []
    for one, truth in zip(shown, truths, strict=True):
        name, share = one.classes[0]
        right.append(name == truth)
        # The colour of a frame is not for everybody.
        but = "" if right[-1] or not known else f"\nbut it is {short(truth, 14)}"
        captions.append(f"{short(name, 14)}, {100 * share:.0f} %{but}")
    first = "the first " if len(shown) < len(predicted) else ""
    what = f"What {model} says of {first}{len(shown)} pictures"
    if known:
        what += f": {sum(right)} are right"
    return gallery(pixels, captions, what, right=right if known else None, comment=comment)


def _thumbnail(file: Path) -> np.ndarray:
    frame = decode(file.read_bytes())
    scale = min(1, _LONG_SIDE / max(frame.shape[:2]))
    return resize_area(frame, *(max(1, round(scale * side)) for side in frame.shape[:2]))
