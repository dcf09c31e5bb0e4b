"""The networks that run against each other: one architecture, one set of weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from rcnet_tf.benchmarks import keras2
from rcnet_tf.layers import BatchNorm, Pointwise
from rcnet_tf.model import FocusRCNet
from rcnet_tf.preprocess import preprocess_input

CLASSES = 6
TOLERANCE = 1e-5  # of the logits, relative to the largest
# Of the first two losses, relative. The step is small because a large one amplifies rounding: at a
# rate of 0.05 the second losses lie up to 1e-3 apart, at this one 1e-6, and a step moves them 7e-4.
LOSS_TOLERANCE, LEARNING_RATE = 1e-4, 1e-5
OWN, YARDSTICK = "Keras 3, rcnet_tf", "tf_keras"


@dataclass(frozen=True)
class Contender:
    """A compiled network that ends in logits.

    Attributes:
        name: of the row in the table.
        model: a Keras 3 or tf_keras model.
        tensor: makes this framework's tensor from an array.
    """

    name: str
    model: keras.Model | tf_keras.Model
    tensor: Callable

    def train(self, images, labels) -> Callable[[], float]:
        """A function that takes one training step and returns the loss."""
        images, labels = self.tensor(images), self.tensor(labels)

        def step():
            self.model.reset_metrics()  # Keras 3 would return the mean of all steps
            return float(np.asarray(self.model.train_on_batch(images, labels)).ravel()[0])

        return step

    def infer(self, images) -> Callable[[], np.ndarray]:
        """A function that returns the logits of the batch."""
        images = self.tensor(images)
        return lambda: np.asarray(self.model.predict_on_batch(images))


def pictures(input_size: int, batch: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A batch of noise, always the same: pixels in [0, 255], input of the networks, labels."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 256, (batch, input_size, input_size, 3), dtype=np.uint8)
    return pixels, preprocess_input(pixels), draw.integers(0, CLASSES, batch)


def own(input_size: int) -> Contender:
    """The package's network, ready to train."""
    # Without dropout, whose random numbers differ: the losses can then be compared.
    shape = (input_size, input_size, 3)
    model = FocusRCNet(weights=None, input_shape=shape, dropout=0.0, classifier_activation=None)
    return _compiled(OWN, model)


def contenders(input_size: int) -> list[Contender]:
    """The package's network, the same on Keras' own layers, and the same in tf_keras."""
    first = own(input_size)
    ours = first.model
    twin = keras2.build(input_size, CLASSES)
    twin.set_weights(ours.get_weights())

    networks = [first]
    for kind, plain in (
        (BatchNorm, keras.layers.BatchNormalization),
        (Pointwise, keras.layers.Conv2D),
    ):
        if any(type(layer) is kind for layer in ours.layers):
            name = f"Keras 3, plain {plain.__name__}"
            networks.append(_compiled(name, replaced(ours, kind, plain)))
    twin.compile(
        tf_keras.optimizers.SGD(LEARNING_RATE, momentum=0.9),
        tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return [*networks, Contender(YARDSTICK, twin, tf.convert_to_tensor)]


def _compiled(name: str, model: keras.Model) -> Contender:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(LEARNING_RATE, momentum=0.9), loss)
    return Contender(name, model, keras.ops.convert_to_tensor)


def replaced(model: keras.Model, own: type, plain: type) -> keras.Model:
    """The model with its layers of type `own` exchanged for `plain`, weights copied."""

    def exchange(layer):
        kind = plain if type(layer) is own else type(layer)
        return kind.from_config(layer.get_config())

    clone = keras.models.clone_model(model, clone_function=exchange)
    clone.set_weights(model.get_weights())
    return clone


def outputs_apart(networks: list[Contender], images) -> float:
    """Largest difference of the networks' logits, relative to the largest logit."""
    outputs = [network.infer(images)() for network in networks]
    largest = max(np.abs(output).max() for output in outputs)
    return float(max(np.abs(output - outputs[-1]).max() for output in outputs) / largest)


def losses_apart(networks: list[Contender], images, labels, steps: int = 2) -> float:
    """Largest relative difference of the losses over the first training steps, which are taken."""
    losses = np.array(
        [[network.train(images, labels)() for _ in range(steps)] for network in networks]
    )
    return float((np.abs(losses - losses[-1]) / losses[-1]).max())
