"""Weight clustering with tensorflow-model-optimization: a kernel has few different values.

Clustered are the kernels of 1x1 convolutions and of the dense layer. The int8 file has one scale
for every output channel, so that one float value would become as many int8 values as there are
channels. Each channel is therefore first brought to the same largest weight, which the BatchNorm
behind it undoes (`level`): now all channels share one grid, and clusters survive quantisation.

Importing this module switches `tf.keras` for the whole process.
"""

from __future__ import annotations

import numpy as np
import tensorflow_model_optimization as tfmot
import tf_keras

from rcnet_tf.compression.sparse import is_large

_API = tfmot.clustering.keras


def cluster(network: tf_keras.Model, clusters: int, keep_zeros: bool) -> tf_keras.Model:
    """Wrap a network for clustering, weights shared with it.

    Args:
        network: as `twin.build` makes it; its channels are levelled in place.
        clusters: different values a kernel may have.
        keep_zeros: zeros stay zeros, for a network that was pruned.
    """
    level(network)

    def wrap(layer):
        if not is_large(layer) or np.prod(layer.kernel.shape) <= clusters:
            return layer
        return _API.cluster_weights(
            layer,
            clusters,
            _API.CentroidInitialization.KMEANS_PLUS_PLUS,
            preserve_sparsity=keep_zeros,
        )

    return tf_keras.models.clone_model(network, clone_function=wrap)


def level(network: tf_keras.Model) -> None:
    """Give every output channel of the clustered convolutions the largest weight 1, in place.

    The network computes the same: the BatchNorm behind takes the factor, and its sign.
    """
    for layer in network.layers:
        readers = [node.outbound_layer for node in layer.outbound_nodes]
        if not is_large(layer) or len(readers) != 1:
            continue
        norm = readers[0]
        if not isinstance(norm, tf_keras.layers.BatchNormalization):
            continue
        kernel, *bias = layer.get_weights()
        gamma, beta, mean, variance = norm.get_weights()
        factor = np.abs(kernel).max(axis=(0, 1, 2))  # (filters,)
        factor = np.where(factor > 0, factor, 1.0) * np.where(gamma < 0, -1.0, 1.0)
        layer.set_weights([kernel / factor, *(one / factor for one in bias)])
        # gamma (y - mean) / sqrt(variance + epsilon), in y / factor.
        smaller = variance / factor**2
        gamma = gamma * factor * np.sqrt((smaller + norm.epsilon) / (variance + norm.epsilon))
        norm.set_weights([gamma, beta, mean / factor, smaller])
