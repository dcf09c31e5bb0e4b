"""Ways to quantise a network after training, on the same pictures: what each step is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import keras
import numpy as np

from rcnet_tf import shipped_pictures
from rcnet_tf.data import cache, load
from rcnet_tf.data.learnt import warn_of_another_split
from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.class_map import class_map
from rcnet_tf.export.pictures import CALIBRATION_A_CLASS
from rcnet_tf.layers import SimAM
from rcnet_tf.model import logits_model
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise import calibration, ranges
from rcnet_tf.quantise.equalise import equalise
from rcnet_tf.quantise.fake_quant import disabled
from rcnet_tf.quantise.folded import Folded
from rcnet_tf.quantise.lower import logits, lower, quantisers
from rcnet_tf.quantise.refine import refine
from rcnet_tf.rebuild import rebuild
from rcnet_tf.runtime import KerasClassifier

_BATCH = 16
_FEW = 16  # pictures for a bias correction, which runs once a layer


@dataclass(frozen=True)
class Way:
    """A way to quantise.

    Attributes:
        name: in words.
        rule: how ranges are chosen: "extremes", "squares" (least squared error) or "logits" (least
            change of the logits).
        equal: whether the channels of each stage are equalised first.
        refined: whether the ranges around SiLUs are searched for (`quantise.refine`).
        lambda_: SimAM's lambda, as a part of the median channel variance; 0: as trained.
        correct: whether biases take back the mean error of every channel.
    """

    name: str
    rule: str = "logits"
    equal: bool = True
    refined: bool = True
    lambda_: float = 0.0
    correct: bool = False


WAYS = (
    Way("extremes", rule="extremes", equal=False, refined=False),
    Way("extremes, equalised", rule="extremes", refined=False),
    Way("least squared error, equalised", rule="squares", refined=False),
    Way("least change of logits", equal=False, refined=False),
    Way("least change of logits, equalised", refined=False),
    Way("the same, refined around SiLUs"),
    Way("the same, lambda 0.02 of the variance", lambda_=0.02),
    Way("the same, lambda 0.05 of the variance", lambda_=0.05),
    Way("the same, biases corrected", correct=True),
)
DEFAULT = WAYS[5]  # what `quantise.prepare` does


@dataclass(frozen=True)
class Row:
    """What a way is worth.

    Attributes:
        way: its name.
        decibel: of the logits (less their mean) over the error of them.
        same: share of equal decisions, 0 to 1.
        accuracy: 0 to 1.
    """

    way: str
    decibel: float
    same: float
    accuracy: float


def check(model: keras.Model) -> None:
    """Refuse a network that cannot be compared, before anything slow is done.

    Raises:
        UserError: it has no layer "logits", or a layer that cannot be lowered.
    """
    _exact(model)
    lower(model)


def pictures(
    model: KerasClassifier, data: str, split: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Representative pictures, those to measure on, and the labels of these.

    Raises:
        UserError: the data cannot be used, or has classes that the model does not know.
    """
    parts = load.load(data, split)
    warn_of_another_split(model.path, data, parts)
    output_of = class_map(parts.class_names, model.class_names)
    chosen = shipped_pictures.choose(parts.train, CALIBRATION_A_CLASS)
    representative, _ = cache.arrays(chosen, model.input_size)
    calibration.check(representative, model.input_size)
    measured, labels = cache.arrays(parts.val, model.input_size)
    return representative, measured, output_of[labels]


def compare(
    model: keras.Model,
    pictures: np.ndarray,
    test: np.ndarray,
    labels: np.ndarray,
    progress: Callable[[int], None],
) -> dict:
    """Quantise in every way and measure.

    Args:
        model: trained, with softmax.
        pictures: representative uint8 (N, S, S, 3), from the training part.
        test: uint8 (M, S, S, 3), of the validation part: settings are compared here.
        labels: int (M,).
        progress: called with 1 after each way.

    Returns:
        For JSON: "float_accuracy", the "rows", and which is the "default".

    Raises:
        UserError: see `check`.
    """
    pictures = calibration.canonical(pictures)
    exact = _scores(_exact(model), test)
    rows = []
    for way in WAYS:
        lowered = quantised(model, pictures, way)
        scores = _scores(keras.Model(lowered.input, logits(lowered)), test)
        signal, noise = (np.sum(_centred(one) ** 2) for one in (exact, scores - exact))
        rows.append(
            Row(
                way.name,
                float(10 * np.log10(signal / noise)),
                float(np.mean(scores.argmax(1) == exact.argmax(1))),
                float(np.mean(scores.argmax(1) == labels)),
            )
        )
        progress(1)
    return {
        "float_accuracy": float(np.mean(exact.argmax(1) == labels)),
        "pictures": len(test),
        "default": DEFAULT.name,
        "rows": [asdict(row) for row in rows],
    }


def quantised(model: keras.Model, pictures: np.ndarray, way: Way) -> keras.Model:
    """A lowered model, its ranges learnt in one of the ways."""
    network = rebuild(model, model.input_shape[1])
    if way.equal:
        equalise(network, pictures)
    if way.lambda_:
        _raise_lambda(network, pictures, way.lambda_)
    lowered = lower(network)
    observed = ranges.observe(lowered, pictures)
    for name, quantiser in quantisers(lowered).items():
        if not quantiser.fixed:
            ends = _range(observed, name, quantiser.silu, way.rule)
            quantiser.set_range(*map(ranges.rounded, ends))
    if way.refined:
        refine(lowered, pictures)
    if way.correct:
        _correct_biases(lowered, pictures[:: max(1, len(pictures) // _FEW)])
    return lowered


def _exact(model: keras.Model) -> keras.Model:
    """The float network without its softmax."""
    try:
        return logits_model(model)
    except ValueError as error:
        raise UserError(
            f"{error}, as rcnet_tf.train does; rcnet_tf.convert --int8 takes others too"
        ) from None


def _range(observed: dict, name: str, silu: str | None, rule: str) -> tuple[float, float]:
    one = observed[name]
    if rule == "extremes":
        return one.low, one.high
    if rule == "squares":
        return ranges.best_range(replace(one, weights=np.ones_like(one.weights)))
    return ranges.range_of(observed, name, silu)


def _raise_lambda(network: keras.Model, pictures: np.ndarray, part: float) -> None:
    layers = [layer for layer in network.layers if isinstance(layer, SimAM)]
    if not layers:
        return
    probe = keras.Model(network.input, [layer.input for layer in layers])
    # Keras unpacks a list of one.
    maps = keras.tree.flatten(probe(preprocess_input(pictures[:_BATCH]), training=False))
    for layer, values in zip(layers, maps, strict=True):
        variance = np.var(keras.ops.convert_to_numpy(values), axis=(1, 2))
        layer.lambda_ = max(layer.lambda_, part * float(np.median(variance)))


def _correct_biases(lowered: keras.Model, pictures: np.ndarray) -> None:
    """Take the mean error of every channel back in its bias, layer by layer.

    Source: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction",
    ICCV 2019, Sec. 4.2, in the empirical form of its appendix D.
    """
    images = preprocess_input(pictures)
    convolutions = [one for one in lowered.layers if isinstance(one, Folded)]
    with disabled(lowered):
        for layer in convolutions:
            layer.rounding = False
        probes = keras.Model(lowered.input, [layer.output for layer in convolutions])
        exact = [_mean(one) for one in keras.tree.flatten(probes(images, training=False))]
        for layer in convolutions:
            layer.rounding = True
    for layer, expected in zip(convolutions, exact, strict=True):
        rounded = _mean(keras.Model(lowered.input, layer.output)(images, training=False))
        kernel, bias = layer.get_weights()
        layer.set_weights([kernel, bias - (rounded - expected)])


def _mean(values) -> np.ndarray:
    """Of every channel: (C,)."""
    values = keras.ops.convert_to_numpy(values)
    return values.mean(axis=tuple(range(values.ndim - 1)))


def _scores(model: keras.Model, pictures: np.ndarray) -> np.ndarray:
    # Called, not `predict`ed: every way would be compiled anew.
    batches = [pictures[at : at + _BATCH] for at in range(0, len(pictures), _BATCH)]
    scores = [model(preprocess_input(batch), training=False) for batch in batches]
    return np.concatenate([keras.ops.convert_to_numpy(one) for one in scores])


def _centred(scores: np.ndarray) -> np.ndarray:
    """A common shift of all logits decides nothing."""
    return scores - scores.mean(axis=1, keepdims=True)
