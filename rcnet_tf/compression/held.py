"""Hold what a kernel has been given before, zeros or clusters, while something else is trained."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tf_keras

from rcnet_tf.compression.sparse import is_large
from rcnet_tf.compression.twin import innermost

# More zeros than this come from pruning, fewer values than that from clustering.
_PRUNED = 0.05
_CLUSTERED = 256


def is_pruned(kernel: np.ndarray) -> bool:
    """Whether a kernel was pruned; zeros of ordinary weights are rare."""
    return float(np.mean(kernel == 0)) > _PRUNED


class Held(tf_keras.callbacks.Callback):
    """After every step zeros are 0 again, and the members of a cluster have their common mean.

    Args:
        model: wrapped or not, with zeros and clusters in its kernels.
    """

    def __init__(self, model: tf_keras.Model):
        super().__init__()
        self.masks, self.clusters = [], []
        for layer in model.layers:
            if not is_large(innermost(layer)):
                continue
            variable = next(one for one in layer.trainable_variables if "kernel" in one.name)
            kernel = variable.numpy()
            values, members = np.unique(kernel, return_inverse=True)
            if len(values) <= min(_CLUSTERED, kernel.size // 2):
                nonzero = tf.constant(values != 0, tf.float32)
                self.clusters.append((variable, tf.constant(members.ravel()), nonzero))
            elif is_pruned(kernel):
                self.masks.append((variable, tf.constant(kernel != 0, tf.float32)))

    def on_train_batch_end(self, batch, logs=None):
        self.hold()

    def hold(self) -> None:
        """Put the weights back where they belong."""
        for variable, mask in self.masks:
            variable.assign(variable * mask)
        for variable, members, nonzero in self.clusters:
            flat = tf.reshape(variable, [-1])
            means = tf.math.unsorted_segment_mean(flat, members, len(nonzero)) * nonzero
            variable.assign(tf.reshape(tf.gather(means, members), variable.shape))
