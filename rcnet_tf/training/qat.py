"""Quantisation-aware training in Keras 3: the network trains with the rounding it will meet.

BatchNorm is folded, kernels are rounded per channel and activations per tensor wherever int8
kernels round (`quantise.lower`); gradients pass straight through. What comes out is the plain
network with other weights, saved and evaluated like any other, and beside it its int8 form with the
ranges that it was trained with.

Source: Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic
-Only Inference", CVPR 2018, Sec. 3; statistics frozen as in its Sec. 3.2 and in Krishnamoorthi,
"Quantizing deep convolutional networks for efficient inference", 2018, Sec. 3.2.3.
"""

from __future__ import annotations

import dataclasses

import keras
import numpy as np

from rcnet_tf.errors import UserError
from rcnet_tf.export import tflite
from rcnet_tf.keras_files import class_names
from rcnet_tf.networks import build
from rcnet_tf.preprocess import resize_picture
from rcnet_tf.quantise import calibration, ranges
from rcnet_tf.quantise.equalise import equalise
from rcnet_tf.quantise.folded import Folded, unfold
from rcnet_tf.quantise.lower import Unsupported, logits, lower
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.materials import Materials
from rcnet_tf.training.subject import Subject

INT8_FILE = "best_int8.tflite"
_PICTURES = 64  # from which the ranges are learnt, every epoch anew


def check(config: TrainConfig) -> None:
    """See, before pictures are read and a teacher is asked, that the network has an int8 form.

    Raises:
        UserError: a layer cannot be lowered, or the backend is not TensorFlow.
    """
    if keras.config.backend() != "tensorflow":
        raise UserError(
            f"--qat needs Keras on TensorFlow, not on {keras.config.backend()}: run again with "
            "KERAS_BACKEND=tensorflow"
        )
    try:
        lower(build(dataclasses.replace(config, init_from=""), ("one class", "another")))
    except Unsupported as error:
        raise UserError(
            f"--qat of {config.model}: {error}; any other trains without --qat, and "
            "rcnet_tf.convert makes it int8"
        ) from None


class Quantised(Subject):
    """A trained network in quantisation-aware training.

    Args:
        network: it gets the new weights by `give_back`.
        given: pictures, some of which the ranges are learnt from.

    Raises:
        UserError: a layer cannot be lowered, or the pictures are not representative.
    """

    def __init__(self, network: keras.Model, given: Materials):
        self._pictures = _representative(given.pixels, network.input_shape[1])
        equalise(network, self._pictures)
        lowered = lower(network)
        student = keras.Model(lowered.input, logits(lowered), name=network.name)
        super().__init__(network, lowered, student)

    def give_back(self) -> None:
        for layer in self.trained.layers:
            if isinstance(layer, Folded):
                norm = layer.norm and self.network.get_layer(layer.norm)
                kernel, bias = (np.array(weight) for weight in layer.get_weights())
                unfold(kernel, bias, self.network.get_layer(layer.name), norm)

    def files(self) -> dict[str, bytes]:
        """The int8 network with the ranges that it was trained with; `rcnet_tf.convert` would learn
        others for the same weights."""
        return {INT8_FILE: tflite.from_lowered(self.trained, class_names(self.network))}

    def callbacks(self) -> list[keras.callbacks.Callback]:
        return [_Ranges(self.trained, self._pictures)]


class _Ranges(keras.callbacks.Callback):
    """Learn the ranges anew at the start of every epoch: a function of the weights alone, so that a
    resumed run meets the same ones."""

    def __init__(self, lowered: keras.Model, pictures: np.ndarray):
        super().__init__()
        self.lowered, self.pictures = lowered, pictures

    def on_epoch_begin(self, epoch, logs=None):
        ranges.learn(self.lowered, self.pictures)


def _representative(pixels: np.ndarray, size: int) -> np.ndarray:
    """Pictures of the training part: uint8 (N, size, size, 3)."""
    places = np.unique(np.linspace(0, len(pixels) - 1, _PICTURES).astype(int))
    pictures = np.stack([resize_picture(np.asarray(pixels[place]), size) for place in places])
    calibration.check(pictures, size)
    return calibration.canonical(pictures)
