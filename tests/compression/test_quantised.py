"""Where tfmot's twin rounds, int8 kernels round, with the same ranges and to the same values."""

import pytest

SCRIPT = """
import json
from pathlib import Path
import numpy as np
from narrow_model import patches
from short_network import CLASSES, short_network
from rcnet_tf.compression import quantised, twin
from rcnet_tf.export import tflite
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import tensor_shape
from rcnet_tf.model import logits_model
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise.equalise import equalise
from rcnet_tf.quantise.lower import logits, quantisers
from rcnet_tf.quantise.prepare import prepare
from rcnet_tf.runtime import TFLiteClassifier
import keras

pictures = patches(24)
images = preprocess_input(pictures)
network = short_network()
equalise(network, pictures)
lowered = prepare(network, pictures)
plain = twin.build(logits_model(network))
model = quantised.quantise(plain, lowered)
probe = keras.Model(lowered.input, logits(lowered))

# Another range, as training might leave it, travels into the file.
ranges = quantised._ranges(model)
wide = ranges["stage1_block2_reduce_bn"]
wide.assign(wide * 1.7)
mine = np.asarray(model(images, training=False))
after = quantised.lower_trained(network, model)
content = tflite.from_lowered(after, CLASSES)
graph = flatbuffer.parse(content).subgraphs[0]
scales = {
    one.name.decode(): float(one.quantization.scale[0])
    for one in graph.tensors
    if one.name and one.quantization is not None and one.quantization.scale is not None
}
file = TFLiteClassifier(Path("x.tflite"), content, reference=True).predict(pictures)
softmax = np.exp(mine - mine.max(1, keepdims=True))
softmax /= softmax.sum(1, keepdims=True)
floats = network.predict_on_batch(images)
print(json.dumps({
    "names": sorted(ranges),
    "expected": sorted(n for n, one in quantisers(lowered).items() if n not in
                       ("image", "predictions")),
    "lowered": float(np.abs(probe.predict_on_batch(images) - np.asarray(
        quantised.quantise(plain, lowered)(images, training=False))).max()),
    "float": float(np.abs(np.asarray(plain(images)) - mine).max()),
    "file": float(np.abs(file - softmax).max()),
    "scale": [scales["stage1_block2_reduce_bn"], float(wide[1] - wide[0]) / 255],
    "weights": all(
        (a == b).all()
        for name, values in twin.weights(plain).items()
        for a, b in zip(values.values(), twin.weights(model)[name].values())
    ),
}))
"""


@pytest.fixture(scope="module")
def said(elsewhere):
    return elsewhere(SCRIPT)


def test_every_int8_tensor_is_rounded_and_nothing_else(said):
    assert said["names"] == said["expected"]
    assert "stage1_simam/rsqrt" in said["names"] and "conv5_silu/logistic" in said["names"]


def test_equals_the_lowered_network(said):
    # Two orders of float sums may fall on the two sides of a rounding.
    assert said["lowered"] < 0.05
    assert said["float"] > 0, "nothing was rounded"


def test_the_file_computes_what_training_saw(said):
    assert said["file"] <= 2 / 256


def test_a_trained_range_is_the_range_of_the_file(said):
    made, trained = said["scale"]
    assert made == pytest.approx(trained, rel=1e-5)


def test_wrapping_changes_no_weight(said):
    assert said["weights"] is True
