"""Temperature scaling against its definition."""

import keras
import numpy as np
import pytest
from colour_model import colour_model

from rcnet_tf import temperature
from rcnet_tf.errors import UserError
from rcnet_tf.preprocess import preprocess_input


def softmax(logits):
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def drawn(true_temperature, count=4000):
    """Labels that are drawn from the softmax of logits at a temperature, and these logits."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 3, (count, 5))
    shares = softmax(logits / true_temperature).cumsum(axis=1)
    labels = (random.random((count, 1)) > shares).sum(axis=1)
    return np.minimum(labels, 4), logits


@pytest.mark.parametrize("true_temperature", [0.6, 1.0, 2.5])
def test_the_temperature_that_labels_were_drawn_at_is_found(true_temperature):
    labels, logits = drawn(true_temperature)
    found = temperature.fit(labels, logits)
    assert found == pytest.approx(true_temperature, rel=0.05)
    # No other is better.
    grid = np.geomspace(found / 2, found * 2, 41)
    likelihood = [-np.log(softmax(logits / t)[np.arange(len(labels)), labels]).mean() for t in grid]
    least = temperature.negative_log_likelihood(labels, logits, found)
    assert np.argmin(likelihood) == 20
    assert least == pytest.approx(likelihood[20])
    assert least <= min(likelihood)


def test_probabilities_give_the_same_temperature_as_logits():
    labels, logits = drawn(1.7)
    again = temperature.logits_of(softmax(logits).astype(np.float32))
    np.testing.assert_allclose(softmax(again), softmax(logits), atol=1e-6)
    assert temperature.fit(labels, again) == pytest.approx(temperature.fit(labels, logits), 1e-4)
    assert np.isfinite(temperature.logits_of(np.array([[1.0, 0.0]], np.float32))).all()


def test_what_does_not_determine_a_temperature_is_refused():
    logits = 4.0 * np.eye(3)
    with pytest.raises(UserError, match="100 % are classified rightly"):
        temperature.fit(np.arange(3), logits)
    with pytest.raises(UserError, match=r" 0 % are .* train it longer"):
        temperature.fit(np.array([1, 2, 0]), logits)
    surer_where_wrong = np.array([[1.0, 0.0]] * 6 + [[20.0, 0.0]] * 4)
    with pytest.raises(UserError, match=r" 60 % are .* train it longer"):
        temperature.fit(np.array([0] * 6 + [1] * 4), surer_where_wrong)


@pytest.mark.parametrize("softmax_layer", ["Softmax", "Activation"])
def test_folding_divides_the_logits_and_nothing_else(softmax_layer):
    model = colour_model()
    if softmax_layer == "Activation":
        logits = model.get_layer("logits").output
        model = keras.Model(model.inputs, keras.layers.Activation("softmax")(logits))
    model.get_layer("logits").bias.assign([0.5, -1.0, 0.25])
    before = [weight.copy() for weight in model.get_weights()]
    twin = temperature.fold(model, 2.5)

    pixels = np.random.default_rng(0).integers(0, 256, (8, 64, 64, 3), dtype=np.uint8)
    images = preprocess_input(pixels)
    logits = np.log(np.asarray(model(images)))
    np.testing.assert_allclose(np.asarray(twin(images)), softmax(logits / 2.5), atol=1e-6)
    assert twin.count_params() == model.count_params()
    assert [one.name for one in twin.layers] == [one.name for one in model.layers]
    assert twin.get_layer("logits").class_names == ("red", "green", "blue")
    for kept, now in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(kept, now)


def test_other_endings_are_refused():
    whole = colour_model()
    logits = whole.get_layer("logits").output
    endings = [
        logits,
        keras.layers.Softmax()(keras.layers.ReLU()(logits)),
        keras.layers.Dense(3, activation="softmax")(logits),
    ]
    for ending in endings:
        with pytest.raises(UserError, match="does not end in a dense layer and a softmax"):
            temperature.fold(keras.Model(whole.inputs, ending), 2.0)
