"""Temperature scaling: one number that makes a network as sure as it is right.

The logits are divided by a temperature T before the softmax: T > 1 for a network that is too sure,
T < 1 for one that is not sure enough. Decisions stay as they are. Divided into kernel and bias of
the last dense layer, it is neither a parameter nor an operator.

Source: Guo, Pleiss, Sun, Weinberger. "On calibration of modern neural networks." ICML 2017,
Sec. 4.2.
"""

from __future__ import annotations

import keras
import numpy as np
from scipy.optimize import brentq
from scipy.special import log_softmax, softmax

from rcnet_tf.errors import UserError
from rcnet_tf.rebuild import rebuild

RANGE = (0.05, 20.0)
"""A temperature outside is no calibration: the pictures do not determine it."""

# Of a float32 softmax; smaller probabilities come out as 0, whose logarithm is no number.
_LEAST = np.finfo(np.float32).tiny


def logits_of(probabilities: np.ndarray) -> np.ndarray:
    """The logits, less their log-sum-exp, behind a softmax in float32: float64 (N, classes)."""
    return np.log(np.maximum(probabilities.astype(np.float64), _LEAST))


def negative_log_likelihood(
    labels: np.ndarray, logits: np.ndarray, temperature: float = 1.0
) -> float:
    """Mean of -log of the probability of the true class.

    Args:
        labels: integer (N,).
        logits: float (N, classes).
        temperature: the logits are divided by it.
    """
    chosen = log_softmax(logits / temperature, axis=1)[np.arange(len(labels)), labels]
    return float(-chosen.mean())


def fit(labels: np.ndarray, logits: np.ndarray) -> float:
    """The temperature of least negative log-likelihood, which is convex in 1 / T.

    Args:
        labels, logits: of pictures that the network was not trained on, such as a validation part.

    Raises:
        UserError: there is none within `RANGE`: all pictures are classified rightly, or how sure
            the network is says nothing of whether it is right.

    Example:
        >>> logits = np.array([[2.0, 0.0]] * 4)  # 88 % sure, and right three times in four
        >>> round(fit(np.array([0, 0, 0, 1]), logits), 4)
        1.8205
    """

    def slope(inverse: float) -> float:
        """Derivative of the negative log-likelihood with respect to 1 / T, which never falls."""
        shares = softmax(inverse * logits, axis=1)  # (N, classes)
        true = logits[np.arange(len(labels)), labels]  # (N,)
        return float(np.mean(np.sum(shares * logits, axis=1) - true))

    low, high = (1.0 / temperature for temperature in reversed(RANGE))
    if not slope(low) < 0 < slope(high):
        right = np.mean(logits.argmax(axis=1) == labels)
        wanted = (
            "more pictures that the network was not trained on, some of which it gets wrong"
            if slope(high) <= 0
            else "a network that is surer where it is right than where it is wrong: train it longer"
        )
        raise UserError(
            f"no temperature fits these pictures, of which {100 * right:.0f} % are classified "
            f"rightly; expected {wanted}"
        )
    return 1.0 / float(brentq(slope, low, high))


def fold(model: keras.Model, temperature: float) -> keras.Model:
    """A copy of a classifier whose logits are divided by a temperature.

    Args:
        model: (None, S, S, 3) -> (None, classes), which ends in a linear dense layer and a softmax.
        temperature: above 0.

    Raises:
        UserError: it ends in something else.
    """
    twin = rebuild(model, model.input_shape[1])
    head = _head(twin)
    for weight in head.weights:
        weight.assign(weight / temperature)
    return twin


def _head(model: keras.Model) -> keras.layers.Dense:
    """The dense layer whose result is what the softmax at the end takes."""
    last = model.layers[-1]
    ends = isinstance(last, keras.layers.Softmax) or (
        isinstance(last, keras.layers.Activation) and last.activation is keras.activations.softmax
    )
    for layer in model.layers[:-1] if ends else ():
        feeds = isinstance(layer, keras.layers.Dense) and layer.output is last.input
        if feeds and layer.activation is keras.activations.linear:
            return layer
    raise UserError(
        f"{model.name} does not end in a dense layer and a softmax; expected a model of "
        "rcnet_tf.train"
    )
