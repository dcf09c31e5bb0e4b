"""A narrow Focus-RCNet at 64 pixels, and pictures that are no noise."""

import keras
import numpy as np

from rcnet_tf.model import FocusRCNet
from rcnet_tf.preprocess import resize_picture

SIZE = 64


def patches(count, size=SIZE, low=0, high=256, seed=0):
    """Pictures of coloured rectangles: uint8 (count, size, size, 3)."""
    random = np.random.default_rng(seed)
    small = random.integers(low, high, (count, 6, 8, 3), dtype=np.uint8)
    large = small.repeat(40, axis=1).repeat(40, axis=2)
    return np.stack([resize_picture(picture, size) for picture in large])


def narrow_network(size=SIZE, **options):
    """The same random weights each time, with a BatchNorm that is not the identity."""
    keras.utils.set_random_seed(5)
    options = {"width": 0.25, "input_shape": (size, size, 3), **options}
    network = FocusRCNet(weights=None, **options)
    random = np.random.default_rng(5)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            gamma, variance = (random.uniform(0.5, 1.5, shape) for _ in range(2))
            beta, mean = (random.normal(0.0, 0.3, shape) for _ in range(2))
            layer.set_weights([gamma, beta, mean, variance])
    return network
