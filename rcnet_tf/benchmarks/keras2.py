"""Focus-RCNet once more, in tf_keras: Keras 2, the yardstick of the benchmark.

Same table of stages, same order of the layers and of their weights, so that `set_weights` moves
them over; everything is written as a TensorFlow user of Keras 2 would.
"""

from __future__ import annotations

import tensorflow as tf
import tf_keras
from tf_keras import layers

from rcnet_tf.model import HEAD_CHANNELS, STAGES, STEM_CHANNELS


class BoundedGain(tf_keras.constraints.Constraint):
    """The magnitude of gamma within [1/2, 1], where SiLU follows."""

    def __call__(self, weights):
        magnitude = tf.clip_by_value(tf.abs(weights), 0.5, 1.0)
        return tf.where(weights < 0, -magnitude, magnitude)


class Focus(layers.Layer):
    """Space-to-depth and 1x1 convolution in one: (B, H, W, 3) -> (B, H/2, W/2, filters)."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters

    def build(self, input_shape):
        self.kernel = self.add_weight("kernel", (4 * input_shape[-1], self.filters))

    def call(self, images):
        phases = tf.reshape(self.kernel, (2, 2, -1, self.filters))  # (column, row, 3, filters)
        return tf.nn.conv2d(images, tf.transpose(phases, (1, 0, 2, 3)), 2, "VALID")


class SimAM(layers.Layer):
    """x * sigmoid of the inverse energy of each position: (B, H, W, C) -> the same."""

    def call(self, x):
        positions = x.shape[1] * x.shape[2]
        centred = x - tf.reduce_mean(x, (1, 2), keepdims=True)
        variance = tf.reduce_sum(centred * centred, (1, 2), keepdims=True) / max(positions - 1, 1)
        z = centred * tf.math.rsqrt(4.0 * (variance + 1e-4))
        return x * tf.sigmoid(z * z + 0.5)


def _depthwise(x, stride, relu6):
    x = layers.DepthwiseConv2D(3, stride, "same")(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU(6.0)(x) if relu6 else x


def _pointwise(x, filters, relu6):
    x = layers.Conv2D(filters, 1)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU(6.0)(x) if relu6 else x


def _bn_silu(x):
    return layers.Activation("swish")(layers.BatchNormalization(gamma_constraint=BoundedGain())(x))


def _sandglass(x, filters, stride):
    shortcut, channels = x, x.shape[-1]
    x = _depthwise(x, 1, relu6=True)  # (B, H, W, C)
    x = _pointwise(x, channels // 2, relu6=False)  # (B, H, W, C/2)
    x = _pointwise(x, filters, relu6=True)  # (B, H, W, filters)
    x = _depthwise(x, stride, relu6=False)  # (B, H/s, W/s, filters)
    return layers.Add()([shortcut, x]) if x.shape == shortcut.shape else x


def build(input_size: int, classes: int) -> tf_keras.Model:
    """The network without dropout: (B, S, S, 3) -> logits (B, classes)."""
    inputs = tf_keras.Input((input_size, input_size, 3))
    x = _bn_silu(Focus(STEM_CHANNELS)(inputs))  # (B, S/2, S/2, 24)
    for blocks, channels in STAGES:
        for index in range(blocks):
            x = _sandglass(x, channels, 2 if index == 0 else 1)
        x = SimAM()(x)
    x = layers.Conv2D(HEAD_CHANNELS, 1, use_bias=False)(x)  # (B, S/32, S/32, 512)
    x = _bn_silu(x)
    x = layers.GlobalAveragePooling2D()(x)  # (B, 512)
    return tf_keras.Model(inputs, layers.Dense(classes)(x))
