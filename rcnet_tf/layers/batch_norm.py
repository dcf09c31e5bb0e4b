"""Batch normalisation on TensorFlow's fused kernel.

Keras 3 composes the training step of BatchNormalization from separate moments and arithmetic, each
a pass over memory, forwards and backwards; tf_keras used one fused kernel. That difference was most
of Keras 3's deficit on a CPU: at 224 pixels a third of a training step's processor time
(`python -m rcnet_tf.benchmark`). In inference neither is much faster than the other. This layer
puts the fused kernel back where the backend is TensorFlow; other backends and the saved weights are
Keras' own.
"""

from __future__ import annotations

import keras
from keras import ops

MIN_EPSILON = 1.001e-5
"""TensorFlow's fused kernel raises smaller ones to this, which is what DenseNet and ResNet have."""


@keras.saving.register_keras_serializable(package="rcnet_tf")
class BoundedGain(keras.constraints.Constraint):
    """Keep the magnitude of every weight within [low, high].

    For the gamma of a BatchNorm whose output no ReLU6 bounds. An int8 map has one scale for all its
    channels: a channel with 35 times the gain of the others costs the float network nothing and the
    int8 network its decisions, and one with a fifth of it drowns in the rounding of the rest.

    Args:
        low: smallest magnitude.
        high: largest magnitude.

    Example:
        >>> ops.convert_to_numpy(BoundedGain()(ops.array([-3.0, 0.1, 0.75]))).tolist()
        [-1.0, 0.5, 0.75]
    """

    def __init__(self, low=0.5, high=1.0):
        self.low, self.high = low, high

    def __call__(self, weights):
        magnitude = ops.clip(ops.abs(weights), self.low, self.high)
        return ops.where(weights < 0, -magnitude, magnitude)

    def get_config(self):
        return {"low": self.low, "high": self.high}


@keras.saving.register_keras_serializable(package="rcnet_tf")
class BatchNorm(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization` over the last axis of (B, H, W, C), faster.

    The fused kernel feeds the moving variance with the unbiased variance of the batch, a factor of
    n / (n - 1) above Keras' biased one; PyTorch and tf_keras do the same. Where the kernel does not
    reach (weights that are not float32, an epsilon below `MIN_EPSILON`, masks) Keras' own code
    runs. Arguments are those of Keras' layer.

    Example:
        >>> BatchNorm()(keras.Input((56, 56, 48))).shape
        (None, 56, 56, 48)
    """

    def call(self, inputs, training=None, mask=None):
        fused = (
            keras.config.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.variable_dtype == "float32"
            and self.epsilon >= MIN_EPSILON
            and mask is None
            and not getattr(self, "renorm", False)  # Keras before 3.13 has none
            and not self.synchronized
        )
        if not fused:
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        of_batch = bool(training and self.trainable)
        channels = (inputs.shape[-1],)
        scale = self.gamma if self.scale else ops.ones(channels)
        offset = self.beta if self.center else ops.zeros(channels)
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            ops.cast(inputs, self.compute_dtype),
            ops.convert_to_tensor(scale),
            ops.convert_to_tensor(offset),
            mean=None if of_batch else ops.convert_to_tensor(self.moving_mean),
            variance=None if of_batch else ops.convert_to_tensor(self.moving_variance),
            epsilon=self.epsilon,
            is_training=of_batch,
        )
        if of_batch:
            keep = self.momentum
            self.moving_mean.assign(self.moving_mean * keep + mean * (1.0 - keep))
            self.moving_variance.assign(self.moving_variance * keep + variance * (1.0 - keep))
        return outputs
