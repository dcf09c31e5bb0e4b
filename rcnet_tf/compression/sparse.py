"""Magnitude pruning with tensorflow-model-optimization: the smallest weights become 0 and stay 0.

Source: Zhu and Gupta, "To prune, or not to prune", 2017: from 0 to the wanted sparsity along a
polynomial of degree 3. Pruned are the kernels of 1x1 convolutions and of the dense layer, 92 % of
Focus-RCNet's parameters; depthwise kernels and the stem have few and need them all.

Importing this module switches `tf.keras` for the whole process.
"""

from __future__ import annotations

import tensorflow_model_optimization as tfmot
import tf_keras

_API = tfmot.sparsity.keras

# The last third of the run is for the weights that are left.
SHARE = 2 / 3
UPDATES = 40  # of the masks, on the way


def prune(network: tf_keras.Model, sparsity: float, steps: int) -> tuple[tf_keras.Model, int]:
    """Wrap a network for pruning; weights are shared with it.

    Args:
        network: as `twin.build` makes it.
        sparsity: share of zeros at the end, in every pruned kernel.
        steps: of the whole run.

    Returns:
        The model to train, with `callback` among its callbacks; and the step at which the sparsity
        is reached.
    """
    every = max(1, int(steps * SHARE) // UPDATES)
    end = every * max(1, int(steps * SHARE) // every)
    schedule = _API.PolynomialDecay(0.0, sparsity, begin_step=0, end_step=end, frequency=every)

    def wrap(layer):
        return _API.prune_low_magnitude(layer, schedule) if is_large(layer) else layer

    return tf_keras.models.clone_model(network, clone_function=wrap), end


def callback() -> tf_keras.callbacks.Callback:
    """Counts the steps, and zeroes at an epoch's end what the last step has moved."""
    return _API.UpdatePruningStep()


def is_large(layer: tf_keras.layers.Layer) -> bool:
    """Whether a layer is a 1x1 convolution or dense: where nearly all weights are."""
    return type(layer) is tf_keras.layers.Dense or (
        type(layer) is tf_keras.layers.Conv2D and layer.kernel_size == (1, 1)
    )
