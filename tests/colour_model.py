"""A model whose answers are known, red, green or blue, and pictures for it."""

import keras
import numpy as np
from PIL import Image

from rcnet_tf.layers import Classifier

SIZE = 64
COLOURS = {"red": (220, 40, 40), "green": (40, 220, 40), "blue": (40, 40, 220)}


def colour_model(class_names=("red", "green", "blue"), sharpness=4.0):
    """Classes by the mean of the three channels, in the order red, green, blue."""
    inputs = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.GlobalAveragePooling2D()(inputs)
    classifier = Classifier(class_names, name="logits")
    outputs = keras.layers.Softmax(name="predictions")(classifier(x))
    kernel = np.zeros((3, len(class_names)), np.float32)
    np.fill_diagonal(kernel, sharpness)
    bias = np.where(np.arange(len(class_names)) < 3, 0.0, -9.0)  # more classes are never chosen
    classifier.set_weights([kernel, bias])
    return keras.Model(inputs, outputs, name="colours")


def save_picture(path, colour, seed=0):
    """A small noisy picture of a colour in `COLOURS`."""
    noise = np.random.default_rng(seed).integers(-30, 31, (12, 16, 3))
    pixels = np.clip(np.array(COLOURS[colour]) + noise, 0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def save_pictures(root, count=10, names=None):
    """Class folders of `count` pictures; the last one of red is in truth green.

    Args:
        names: colour -> name of its folder; its own name by default.
    """
    names = names or {colour: colour for colour in COLOURS}
    for order, (colour, name) in enumerate(names.items()):
        for index in range(count):
            wrong = colour == "red" and index == count - 1
            path = root / name / f"{index:02}.png"
            save_picture(path, "green" if wrong else colour, seed=100 * order + index)
    return root
