"""The three blocks: their structure by the papers, and the sandglass's numbers by NumPy."""

import keras
import numpy as np
import pytest
from keras import layers

from rcnet_tf.blocks import BLOCKS, bottleneck, inverted_residual, sandglass

# (kind, filters, stride, ReLU6 after it) of each convolution, for cin = 16, cout = 24, stride 2.
STRUCTURES = {
    sandglass: [
        ("dw", 16, 1, True),
        ("1x1", 8, 1, False),
        ("1x1", 24, 1, True),
        ("dw", 24, 2, False),
    ],
    inverted_residual: [("1x1", 96, 1, True), ("dw", 96, 2, True), ("1x1", 24, 1, False)],
    bottleneck: [("1x1", 8, 1, True), ("dw", 8, 2, True), ("1x1", 24, 1, False)],
}


def build(block, filters, stride, shape=(8, 6, 16)):
    inputs = keras.Input(shape)
    return keras.Model(inputs, block(inputs, filters, stride, "block"))


def structure(model):
    """[(kind, filters, stride, ReLU6 after it)] in order; every convolution has bias and BN."""
    found = []
    for layer in model.layers:
        if isinstance(layer, layers.DepthwiseConv2D):
            assert layer.kernel_size == (3, 3) and layer.depth_multiplier == 1
            found.append(["dw", layer.output.shape[-1], layer.strides[0], False])
        elif isinstance(layer, layers.Conv2D):
            assert layer.kernel_size == (1, 1)
            found.append(["1x1", layer.filters, layer.strides[0], False])
        elif isinstance(layer, layers.BatchNormalization):
            assert not found[-1][3]  # before the activation
        elif isinstance(layer, layers.ReLU):
            assert layer.max_value == 6
            found[-1][3] = True
        if hasattr(layer, "use_bias"):
            assert layer.use_bias
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    assert len(norms) == len(found)
    return [tuple(one) for one in found]


def adds(model):
    return [layer for layer in model.layers if isinstance(layer, layers.Add)]


@pytest.mark.parametrize("block", STRUCTURES)
def test_structure(block):
    model = build(block, 24, 2)
    assert structure(model) == STRUCTURES[block]
    assert model.output_shape == (None, 4, 3, 24)
    assert set(BLOCKS.values()) == set(STRUCTURES)


@pytest.mark.parametrize("block", STRUCTURES)
@pytest.mark.parametrize("filters, stride, expected", [(16, 1, 1), (24, 1, 0), (16, 2, 0)])
def test_shortcut_only_where_shapes_allow(block, filters, stride, expected):
    model = build(block, filters, stride)
    assert len(adds(model)) == expected
    for add in adds(model):
        assert model.inputs[0] is add.input[0]  # the block's input, and nothing after the sum
        assert model.outputs[0] is add.output


@pytest.mark.parametrize("block", STRUCTURES)
def test_odd_sizes_are_rounded_up(block):
    assert build(block, 8, 2, (7, 5, 16)).output_shape == (None, 4, 3, 8)


def depthwise(x, kernel, bias, stride):
    """3x3 convolution of each channel; where a stride of 2 meets an even size, TensorFlow pads at
    the end alone."""
    outputs = [-(-size // stride) for size in x.shape[1:3]]
    pads = [(n - 1) * stride + 3 - size for n, size in zip(outputs, x.shape[1:3], strict=True)]
    x = np.pad(x, [(0, 0), *((pad // 2, pad - pad // 2) for pad in pads), (0, 0)])
    height, width = ((n - 1) * stride + 1 for n in outputs)
    taps = [
        x[:, r : r + height : stride, c : c + width : stride] * kernel[r, c, :, 0]
        for r in range(3)
        for c in range(3)
    ]
    return sum(taps) + bias


def normalise(x, gamma, beta, mean, variance, epsilon=1e-3):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


@pytest.mark.parametrize("filters, stride, size", [(16, 1, 6), (24, 1, 5), (16, 2, 6), (24, 2, 5)])
def test_sandglass_in_numpy(filters, stride, size):
    model = build(sandglass, filters, stride, (size, size, 16))
    draw = np.random.default_rng(0)
    for weight in model.weights:
        values = draw.uniform(0.5, 1.5, weight.shape)  # statistics and gamma: above 0
        signed = weight.name in ("kernel", "bias", "beta")
        weight.assign(values * draw.choice([-1, 1], weight.shape) if signed else values)
    images = draw.normal(size=(2, size, size, 16)).astype(np.float32)

    def weights(name):
        return [w.astype(np.float64) for w in model.get_layer(f"block_{name}").get_weights()]

    x = images.astype(np.float64)
    x = normalise(depthwise(x, *weights("dw1"), 1), *weights("dw1_bn"))
    x = np.clip(x, 0, 6)
    kernel, bias = weights("reduce")
    x = normalise(x @ kernel[0, 0] + bias, *weights("reduce_bn"))
    kernel, bias = weights("expand")
    x = np.clip(normalise(x @ kernel[0, 0] + bias, *weights("expand_bn")), 0, 6)
    x = normalise(depthwise(x, *weights("dw2"), stride), *weights("dw2_bn"))
    if stride == 1 and filters == 16:
        x = x + images
    np.testing.assert_allclose(model(images), x, rtol=1e-4, atol=1e-4)
