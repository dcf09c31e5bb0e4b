"""The pictures can be drawn whatever the classes are called and however many there are."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from rcnet_tf.evaluation.confusion_plot import confusion_png
from rcnet_tf.evaluation.metrics import measure
from rcnet_tf.evaluation.reliability_plot import reliability_png
from rcnet_tf.evaluation.roc_plot import roc_png

STRANGE = (
    "$x^$",
    "_hidden",
    "a b\nc",
    "纸板",
    "%s {0}",
    "a very long name that would fill the page",
)


def draw(labels, probabilities, names):
    scores = measure(labels, probabilities, names)
    subtitle = "model $1_$ on 50 % of nothing"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        files = (
            confusion_png(scores, subtitle),
            roc_png(labels, probabilities, scores, subtitle),
            reliability_png(scores, subtitle),
        )
    return [Image.open(io.BytesIO(content)).convert("L") for content in files]


def example(classes, count, strength=2.0):
    rng = np.random.default_rng(classes)
    labels = rng.integers(0, classes, count)
    logits = rng.normal(size=(count, classes)) + strength * np.eye(classes)[labels]
    return labels, np.exp(logits) / np.exp(logits).sum(1, keepdims=True)


@pytest.mark.parametrize(
    "classes, count, strength", [(2, 5, 1), (6, 300, 3), (6, 300, 6), (20, 400, 3), (120, 900, 3)]
)
def test_nothing_is_cut_off(classes, count, strength):
    for picture in draw(*example(classes, count, strength), [f"class {i}" for i in range(classes)]):
        pixels = np.asarray(picture)
        assert pixels.min() == 0
        assert 500 < min(picture.size) <= max(picture.size) < 2500
        border = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
        assert all((line == 255).all() for line in border)


def test_strange_names():
    draw(*example(6, 60), STRANGE)


def test_no_curve_to_draw():
    draw(np.zeros(3, int), np.eye(6)[[0, 0, 1]], STRANGE)


def test_the_callers_settings_stay():
    import matplotlib

    before = dict(matplotlib.rcParams), matplotlib.get_backend(auto_select=False)
    draw(*example(6, 60), STRANGE)
    assert (dict(matplotlib.rcParams), matplotlib.get_backend(auto_select=False)) == before
