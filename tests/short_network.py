"""Focus-RCNet with two stages of three blocks: every kind of layer, traced in seconds."""

import keras
import numpy as np

from rcnet_tf.blocks import conv_bn_silu, sandglass
from rcnet_tf.layers import Classifier, Focus, Pointwise, SimAM

CLASSES = ("can", "jar", "leaf")
SIZE = 64


def short_network(classes=CLASSES):
    """The same random weights each time, and BatchNorms that are not the identity."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((SIZE, SIZE, 3), name="image")
    x = conv_bn_silu(inputs, Focus(8, name="focus"))
    x = sandglass(x, 24, 2, "stage1_block1")
    x = sandglass(x, 24, 1, "stage1_block2")
    x = SimAM(name="stage1_simam")(x)
    x = sandglass(x, 32, 2, "stage2_block1")
    x = conv_bn_silu(x, Pointwise(48, use_bias=False, name="conv5"))
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dropout(0.2, name="dropout")(x)
    x = Classifier(classes, name="logits")(x)
    outputs = keras.layers.Activation("softmax", dtype="float32", name="predictions")(x)
    network = keras.Model(inputs, outputs, name="focus_rcnet")
    random = np.random.default_rng(5)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            gamma = random.uniform(0.5, 1.0, shape) * random.choice((-1.0, 1.0), shape)
            beta, mean = (random.normal(0.0, 0.3, shape) for _ in range(2))
            layer.set_weights([gamma, beta, mean, random.uniform(0.5, 1.5, shape)])
    return network
