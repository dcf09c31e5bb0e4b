"""The twin of a Keras 3 network in tf_keras, which alone tensorflow-model-optimization takes.

Layers have the same names and compute the same, so that weights move by name in both directions:

    twin = build(logits_model(network))
    ...                                   # train it, wrapped as the optimisation wants
    give_back(twin, network)

Importing this module leaves `tf.keras` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tf_keras

from rcnet_tf.compression import twin_layers
from rcnet_tf.errors import UserError
from rcnet_tf.layers import BatchNorm, BoundedGain, Classifier, Focus, Pointwise, SimAM

# What a variable of a layer is called, without the paths that tf_keras puts before it.
_WEIGHTS = ("kernel", "depthwise_kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")


@dataclass(frozen=True)
class Training:
    """How a twin behaves in training.

    Attributes:
        dropout: rate, in place of the network's own.
        seed: of dropout.
        frozen: whether BatchNorms keep their statistics, see `twin_layers.FrozenNorm`.
    """

    dropout: float = 0.0
    seed: int = 0
    frozen: bool = False


def build(network: keras.Model, training: Training | None = None) -> tf_keras.Model:
    """A tf_keras model of the same layer names, weights and outputs.

    Args:
        network: functional, made of the layers of Focus-RCNet.
        training: what makes a difference there alone.

    Raises:
        UserError: a layer of another kind.
    """
    check(network)
    training = training or Training()
    tensors = {}
    for spec in network.get_config()["layers"]:
        layer = network.get_layer(spec["name"])
        if isinstance(layer, keras.layers.InputLayer):
            tensors[layer.name] = tf_keras.Input(layer.batch_shape[1:], name=layer.name)
            continue
        sources = [tensors[name] for name in _sources(spec["inbound_nodes"][0]["args"])]
        new = _MAKERS[type(layer)](layer, training)
        tensors[layer.name] = new(sources[0] if len(sources) == 1 else sources)
    twin = tf_keras.Model(
        tensors[network.inputs[0].name], tensors[network.layers[-1].name], name=network.name
    )
    take(twin, network)
    return twin


def check(network: keras.Model) -> None:
    """See that a network can have a twin.

    Raises:
        UserError: it has a layer that Focus-RCNet has not, or calls one twice.
    """
    for spec in network.get_config()["layers"]:
        layer = network.get_layer(spec["name"])
        known = type(layer) in _MAKERS and len(spec["inbound_nodes"]) == 1
        if not known and not isinstance(layer, keras.layers.InputLayer):
            raise UserError(
                f"{network.name} has the layer {layer.name}, a {type(layer).__name__}; expected a "
                "Focus-RCNet as rcnet_tf.train writes it"
            )


def take(twin: tf_keras.Model, network: keras.Model) -> None:
    """Copy all weights of `network` into a twin that nothing wraps yet."""
    for layer in twin.layers:
        source = network.get_layer(layer.name)
        if isinstance(source, Focus):
            layer.set_weights([np.asarray(source.convolution_kernel())])
        elif source.weights and not isinstance(source, keras.layers.Dropout):
            layer.set_weights(source.get_weights())


def give_back(twin: tf_keras.Model, network: keras.Model) -> None:
    """Copy all weights of a twin, wrapped or not, into the network it was built from."""
    for name, values in weights(twin).items():
        target = network.get_layer(name)
        if isinstance(target, Focus):
            kernel = values["kernel"].transpose(1, 0, 2, 3)  # (column, row, C, filters)
            target.set_weights([kernel.reshape(target.kernel.shape)])
        else:
            target.set_weights(list(values.values()))


def weights(twin: tf_keras.Model) -> dict[str, dict[str, np.ndarray]]:
    """Layer -> weight -> value, in Keras' order; without what wrappers add."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for outer in twin.layers:
        inner = innermost(outer)
        there = {_leaf(variable): variable for variable in outer.variables}
        if hasattr(outer, "original_clusterable_weights"):
            # tfmot trains weights and centroids; what the layer uses are the centroids.
            outer.update_clustered_weights_associations()
            there |= {name: getattr(inner, name) for name in outer.original_clusterable_weights}
        values = {name: np.array(there[name]) for name in _WEIGHTS if name in there}
        if values:
            found[inner.name] = values
    return found


def innermost(layer: tf_keras.layers.Layer) -> tf_keras.layers.Layer:
    """The layer inside wrappers, or the layer itself."""
    while isinstance(layer, tf_keras.layers.Wrapper):
        layer = layer.layer
    return layer


def _leaf(variable) -> str:
    return variable.name.rpartition("/")[2].partition(":")[0]


def _sources(arguments) -> list[str]:
    """Names of the layers whose tensors are in the arguments of a call."""
    if isinstance(arguments, dict):
        if arguments.get("class_name") == "__keras_tensor__":
            return [arguments["config"]["keras_history"][0]]
        arguments = list(arguments.values())
    if isinstance(arguments, list | tuple):
        return [name for item in arguments for name in _sources(item)]
    return []


def _focus(layer: Focus, training: Training):
    return tf_keras.layers.Conv2D(layer.filters, 2, 2, use_bias=False, name=layer.name)


def _convolution(layer: keras.layers.Conv2D, training: Training):
    return tf_keras.layers.Conv2D(
        layer.filters,
        layer.kernel_size,
        layer.strides,
        layer.padding,
        use_bias=layer.use_bias,
        name=layer.name,
    )


def _depthwise(layer: keras.layers.DepthwiseConv2D, training: Training):
    return tf_keras.layers.DepthwiseConv2D(
        layer.kernel_size,
        layer.strides,
        layer.padding,
        depth_multiplier=layer.depth_multiplier,
        use_bias=layer.use_bias,
        name=layer.name,
    )


def _norm(layer: BatchNorm, training: Training):
    bound = layer.gamma_constraint
    if isinstance(bound, BoundedGain):
        bound = twin_layers.BoundedGain(bound.low, bound.high)
    kind = twin_layers.FrozenNorm if training.frozen else tf_keras.layers.BatchNormalization
    return kind(
        momentum=layer.momentum, epsilon=layer.epsilon, gamma_constraint=bound, name=layer.name
    )


def _activation(layer: keras.layers.Activation, training: Training):
    if layer.activation is not keras.activations.silu:
        raise UserError(
            f"{layer.name} is the activation {layer.activation.__name__}; expected silu, as in a "
            "Focus-RCNet of rcnet_tf.train"
        )
    return twin_layers.SiLU(name=layer.name)


def _dropout(layer: keras.layers.Dropout, training: Training):
    return twin_layers.Dropout(training.dropout, training.seed, name=layer.name)


_MAKERS: dict[type, Callable] = {
    Focus: _focus,
    Pointwise: _convolution,
    keras.layers.Conv2D: _convolution,
    keras.layers.DepthwiseConv2D: _depthwise,
    BatchNorm: _norm,
    keras.layers.ReLU: lambda layer, _: tf_keras.layers.ReLU(layer.max_value, name=layer.name),
    keras.layers.Activation: _activation,
    keras.layers.Add: lambda layer, _: tf_keras.layers.Add(name=layer.name),
    SimAM: lambda layer, _: twin_layers.SimAM(layer.lambda_, name=layer.name),
    keras.layers.GlobalAveragePooling2D: lambda layer, _: tf_keras.layers.GlobalAveragePooling2D(
        name=layer.name
    ),
    keras.layers.Dropout: _dropout,
    Classifier: lambda layer, _: tf_keras.layers.Dense(layer.units, name=layer.name),
}
