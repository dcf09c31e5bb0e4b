"""Quantisation-aware training with tensorflow-model-optimization: what rounds, and how.

tfmot wraps every annotated layer and rounds what the layer's `QuantizeConfig` names. Its own
configs know neither SimAM nor SiLU, give a depthwise kernel one scale for all its channels, and
start every range at +-6, from where a moving average of 0.999 does not get away in a short run.
Those here round exactly the tensors that `rcnet_tf.quantise.lower` says are stored, by the same
names and with the ranges that post-training quantisation found best for them.

Importing this module switches `tf.keras` for the whole process.
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
import tensorflow_model_optimization as tfmot
import tf_keras

from rcnet_tf.compression import twin_layers
from rcnet_tf.quantise.lower import INPUT, SIGMOID, lower, quantisers

_API = tfmot.quantization.keras

_RANGE = "range."  # before the tensor's name, in the name of the variable
_WEIGHTED = (tf_keras.layers.Conv2D, tf_keras.layers.DepthwiseConv2D, tf_keras.layers.Dense)


class KernelRounding(_API.quantizers.Quantizer):
    """Round a kernel to 255 values, -127 to 127 times the scale of its output channel.

    As tfmot's quantizer of convolutions, for depthwise kernels (h, w, C, 1) too. The gradient goes
    straight through.

    Args:
        axis: of the output channels.
    """

    def __init__(self, axis=-1):
        self.axis = axis

    def build(self, tensor_shape, name, layer):
        return {}

    def __call__(self, inputs, training, weights, **kwargs):
        axes = list(range(inputs.shape.rank))
        axes.pop(self.axis)
        largest = tf.reduce_max(tf.abs(inputs), axes, keepdims=True)
        scale = tf.stop_gradient(tf.maximum(largest, 1e-12) / 127.0)
        return inputs + tf.stop_gradient(tf.round(inputs / scale) * scale - inputs)

    def get_config(self):
        return {"axis": self.axis}


class RangeRounding(_API.quantizers.Quantizer):
    """Round a tensor to the 256 values of its range, a variable that training leaves alone.

    Args:
        tensor: name of the int8 tensor, such as "stage1_simam/rsqrt".
    """

    def __init__(self, tensor):
        self.tensor = tensor

    def build(self, tensor_shape, name, layer):
        variable = layer.add_weight(
            name=_RANGE + self.tensor.replace("/", "."),
            shape=(2,),
            initializer=tf_keras.initializers.Constant(SIGMOID),
            trainable=False,
        )
        return {"range": variable}

    def __call__(self, inputs, training, weights, **kwargs):
        low, high = weights["range"][0], weights["range"][1]
        return tf.quantization.fake_quant_with_min_max_vars(inputs, low, high)

    def get_config(self):
        return {"tensor": self.tensor}


class Int8(_API.QuantizeConfig):
    """What a layer rounds.

    Args:
        kernel: attribute of the kernel, or "".
        axis: of its output channels.
        taps: names of the tensors inside, see `twin_layers`.
        output: whether the layer's result is stored, rather than clamped by a ReLU first.
    """

    def __init__(self, kernel="", axis=-1, taps=(), output=True):
        self.kernel, self.axis, self.taps, self.output = kernel, axis, tuple(taps), output

    def get_weights_and_quantizers(self, layer):
        return [(getattr(layer, self.kernel), KernelRounding(self.axis))] if self.kernel else []

    def set_quantize_weights(self, layer, quantize_weights):
        for value in quantize_weights:
            setattr(layer, self.kernel, value)

    def get_activations_and_quantizers(self, layer):
        return [
            (getattr(layer, f"tap_{name}"), RangeRounding(f"{layer.name}/{name}"))
            for name in self.taps
        ]

    def set_quantize_activations(self, layer, quantize_activations):
        for name, rounding in zip(self.taps, quantize_activations, strict=True):
            setattr(layer, f"tap_{name}", rounding)

    def get_output_quantizers(self, layer):
        return [RangeRounding(layer.name)] if self.output else []

    def get_config(self):
        return {
            "kernel": self.kernel,
            "axis": self.axis,
            "taps": self.taps,
            "output": self.output,
        }


def quantise(network: tf_keras.Model, lowered: keras.Model) -> tf_keras.Model:
    """The network with int8's rounding in it.

    Args:
        network: as `twin.build` makes it; it stays as it is.
        lowered: the same network, of `rcnet_tf.quantise.prepare`, its ranges learnt.
    """

    def annotated(layer):
        config = _config(layer)
        copy = layer.__class__.from_config(layer.get_config())
        return _API.quantize_annotate_layer(copy, config) if config else copy

    with _API.quantize_scope({**twin_layers.CUSTOM_OBJECTS, "Int8": Int8}):
        plan = tf_keras.models.clone_model(network, clone_function=annotated)
        plan.set_weights(network.get_weights())
        model = _API.quantize_apply(plan, quantized_layer_name_prefix="")
    known = {name: one.range for name, one in quantisers(lowered).items()}
    for tensor, variable in _ranges(model).items():
        variable.assign(np.asarray(known[tensor]))
    entrance = next(layer for layer in model.layers if hasattr(layer, "quantizer"))
    for name, value in zip(("min_var", "max_var"), INPUT, strict=True):
        entrance.quantizer_vars[name].assign(value)
    return model


def lower_trained(network: keras.Model, model: tf_keras.Model) -> keras.Model:
    """A network lowered to int8, with the ranges that its rounded twin was trained with.

    Args:
        network: with the twin's weights, see `twin.give_back`.
        model: the twin, of `quantise`.
    """
    lowered = lower(network)
    trained = _ranges(model)
    for name, one in quantisers(lowered).items():
        if not one.fixed:
            one.set_range(*trained[name].numpy())
    return lowered


def _ranges(model: tf_keras.Model) -> dict[str, tf.Variable]:
    """The variable of every range, by the name of its tensor."""
    leaves = {one.name.rpartition("/")[2].partition(":")[0]: one for one in model.variables}
    return {
        leaf.removeprefix(_RANGE).replace(".", "/"): variable
        for leaf, variable in leaves.items()
        if leaf.startswith(_RANGE)
    }


def _config(layer) -> Int8 | None:
    """What a layer of the twin rounds; None where nothing is stored."""
    if isinstance(layer, tf_keras.layers.InputLayer | twin_layers.Dropout):
        return None
    readers = [node.outbound_layer for node in layer.outbound_nodes]
    if isinstance(layer, _WEIGHTED):
        depthwise = isinstance(layer, tf_keras.layers.DepthwiseConv2D)
        output = not any(isinstance(one, tf_keras.layers.BatchNormalization) for one in readers)
        return Int8(*(("depthwise_kernel", -2) if depthwise else ("kernel", -1)), output=output)
    if isinstance(layer, tf_keras.layers.BatchNormalization):
        return Int8(output=not any(isinstance(one, tf_keras.layers.ReLU) for one in readers))
    if isinstance(layer, twin_layers.SimAM):
        return Int8(taps=twin_layers.SIMAM_TENSORS)
    return Int8(taps=["logistic"] if isinstance(layer, twin_layers.SiLU) else [])
