"""Post-training quantisation, up to the converter: a trained network -> its int8 twin."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from rcnet_tf.quantise import calibration, ranges
from rcnet_tf.quantise.equalise import equalise
from rcnet_tf.quantise.lower import lower
from rcnet_tf.quantise.refine import refine
from rcnet_tf.rebuild import rebuild


def prepare(
    model: keras.Model,
    pictures: np.ndarray,
    progress: Callable[[int], None] | None = None,
) -> keras.Model:
    """Fold, equalise and lower a network, and learn its ranges.

    Args:
        model: (None, S, S, 3), pixel / 128 - 1, -> (None, classes) probabilities.
        pictures: representative uint8 (N, S, S, 3), from the training part; see
            `calibration.check`. Their order does not matter.
        progress: called with the number of pictures done since its last call.

    Returns:
        The lowered model, see `lower.lower`: it computes what the int8 network computes, but for
        the last bit here and there.

    Raises:
        UserError: the pictures are not representative.
        Unsupported: a layer cannot be lowered.
    """
    calibration.check(pictures, model.input_shape[1])
    lower(model)  # what it cannot take it refuses before anything slow is done
    lowered = lower(equalised(model, pictures))
    pictures = calibration.canonical(pictures)
    ranges.learn(lowered, pictures, progress)
    refine(lowered, pictures)
    return lowered


def equalised(model: keras.Model, pictures: np.ndarray) -> keras.Model:
    """The float network that is lowered: `model` with the channels of each stage made alike.

    Args:
        model, pictures: as of `prepare`; the model is left as it is.
    """
    equal = rebuild(model, model.input_shape[1])
    equalise(equal, calibration.canonical(pictures))
    return equal
