"""Layers of Focus-RCNet that tf_keras lacks, for its twin of the network.

Each computes what its Keras 3 counterpart does; `rcnet_tf.compression.twin` puts them in its place.
"""

from __future__ import annotations

import tensorflow as tf
import tf_keras

from rcnet_tf.layers.simam import simam_attention


def _simam_tensors() -> list[str]:
    """Every tensor inside SimAM that int8 kernels store, by the operation that makes it."""
    names: list[str] = []

    def note(tensor, operation):
        names.append(operation)
        return tensor

    simam_attention(tf.zeros((1, 2, 2, 1)), 1e-4, note)
    return names


SIMAM_TENSORS = _simam_tensors()


class SimAM(tf_keras.layers.Layer):
    """`rcnet_tf.layers.SimAM` for tf_keras: (B, H, W, C) -> the same.

    `tap_mean`, `tap_rsqrt`, ... are called with the tensors inside; linear until quantisation-aware
    training puts a rounding there, as it does with the activation of a convolution.

    Args:
        lambda_: regularisation of the variance.
        **kwargs: of `tf_keras.layers.Layer`.
    """

    def __init__(self, lambda_=1e-4, **kwargs):
        super().__init__(**kwargs)
        self.lambda_ = lambda_
        for name in SIMAM_TENSORS:
            setattr(self, f"tap_{name}", tf_keras.activations.linear)

    def call(self, x):
        return x * simam_attention(
            x, self.lambda_, lambda tensor, operation: getattr(self, f"tap_{operation}")(tensor)
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "lambda_": self.lambda_}


class SiLU(tf_keras.layers.Layer):
    """x * sigmoid(x), any shape; `tap_logistic` is called with the sigmoid."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.tap_logistic = tf_keras.activations.linear

    def call(self, x):
        return x * self.tap_logistic(tf.sigmoid(x))

    def compute_output_shape(self, input_shape):
        return input_shape


class Dropout(tf_keras.layers.Layer):
    """Dropout whose draws are a pure function of (seed, step); the step is a weight.

    tf_keras' own draws from a hidden state that no checkpoint holds: a resumed run would not be the
    run that was interrupted.

    Args:
        rate: share of values set to 0 in training.
        seed: of the draws.
        **kwargs: of `tf_keras.layers.Layer`.
    """

    def __init__(self, rate, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.seed = rate, seed

    def build(self, input_shape):
        self.step = self.add_weight(
            name="step", shape=(), dtype="int64", initializer="zeros", trainable=False
        )

    def call(self, x, training=None):
        if not training or not self.rate:
            return x
        step = self.step.assign_add(1, read_value=True)
        seed = tf.stack([tf.cast(self.seed, tf.int64), step])
        return tf.nn.experimental.stateless_dropout(x, self.rate, seed)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


class FrozenNorm(tf_keras.layers.BatchNormalization):
    """BatchNormalization by the statistics it has, in training too: what int8 kernels have folded.

    Under rounding, those of a small batch would be of another network than the one that runs.
    """

    def call(self, inputs, training=None):
        return super().call(inputs, training=False)


class BoundedGain(tf_keras.constraints.Constraint):
    """`rcnet_tf.layers.BoundedGain` for tf_keras.

    Args:
        low: smallest magnitude.
        high: largest magnitude.
    """

    def __init__(self, low=0.5, high=1.0):
        self.low, self.high = low, high

    def __call__(self, weights):
        magnitude = tf.clip_by_value(tf.abs(weights), self.low, self.high)
        return tf.where(weights < 0, -magnitude, magnitude)

    def get_config(self):
        return {"low": self.low, "high": self.high}


_KINDS = (SimAM, SiLU, Dropout, FrozenNorm, BoundedGain)
CUSTOM_OBJECTS = {kind.__name__: kind for kind in _KINDS}
