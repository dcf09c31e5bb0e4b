"""Quantisation-aware training with tensorflow-model-optimization: what rounds, and how.

tfmot wraps every annotated layer and rounds what the layer's `QuantizeConfig` names. Its own
configs know neither SimAM nor SiLU, give depthwise kernels one scale for all channels, and start
each range at +-6, from where a moving average of 0.999 does not get away in a short run. Those here
round exactly the tensors that the int8 graph stores, each output channel's kernel with a scale of
its own, and ranges are learnt before training begins.

Importing this module switches `tf.keras` for the whole process.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import tensorflow as tf
import tensorflow_model_optimization as tfmot
import tf_keras
from tensorflow_model_optimization.python.core.quantization.keras import quant_ops

from rcnet_tf.compression import twin_layers

_API = tfmot.quantization.keras
_QUANTIZERS = _API.quantizers

INPUT = (-1.0, 127 / 128)  # int8 input = pixel - 128
SIGMOID = (0.0, 255 / 256)  # the scale that int8 kernels of a sigmoid always have
EMA = 0.99  # of the ranges, over training steps

# Layers that only pass values on, or whose rounding happens in the ReLU behind them.
_NOTHING_STORED = (tf_keras.layers.InputLayer, twin_layers.Dropout)
_WEIGHTED = (tf_keras.layers.Conv2D, tf_keras.layers.DepthwiseConv2D, tf_keras.layers.Dense)


class KernelRounding(_QUANTIZERS.Quantizer):
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


class RangeRounding(_QUANTIZERS.MovingAverageQuantizer):
    """Round a tensor to the 256 values of a range that follows the batches: `EMA`, not 0.999."""

    # While ranges are learnt, nothing is rounded: (variables of a range, its batches' ends).
    seen: dict | None = None

    def __init__(self):
        super().__init__(num_bits=8, per_axis=False, symmetric=False, narrow_range=False)

    def __call__(self, inputs, training, weights, **kwargs):
        if RangeRounding.seen is not None:
            ends = float(tf.reduce_min(inputs)), float(tf.reduce_max(inputs))
            _, batches = RangeRounding.seen.setdefault(weights["min_var"].ref(), (weights, []))
            batches.append(ends)
            return inputs
        return quant_ops.MovingAvgQuantize(
            inputs,
            weights["min_var"],
            weights["max_var"],
            ema_decay=EMA,
            is_training=training,
            num_bits=8,
        )

    def get_config(self):
        return {}


class FixedRounding(_QUANTIZERS.FixedQuantizer):
    """Round a tensor to the 256 values of a range that belongs to the operator."""

    def __init__(self, low, high):
        super().__init__(num_bits=8, init_min=low, init_max=high, narrow_range=False)

    def get_config(self):
        return {"low": self.init_min, "high": self.init_max}


class Int8(_API.QuantizeConfig):
    """What a layer rounds.

    Args:
        kernel: attribute of the kernel, or "".
        axis: of its output channels.
        taps: attributes of the tensors inside, see `twin_layers`.
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
            (
                getattr(layer, tap),
                FixedRounding(*SIGMOID) if tap == "tap_logistic" else RangeRounding(),
            )
            for tap in self.taps
        ]

    def set_quantize_activations(self, layer, quantize_activations):
        for tap, rounding in zip(self.taps, quantize_activations, strict=True):
            setattr(layer, tap, rounding)

    def get_output_quantizers(self, layer):
        return [RangeRounding()] if self.output else []

    def get_config(self):
        return {
            "kernel": self.kernel,
            "axis": self.axis,
            "taps": self.taps,
            "output": self.output,
        }


def quantise(network: tf_keras.Model, batches: Iterable[np.ndarray]) -> tf_keras.Model:
    """The network with int8's rounding in it, its ranges learnt.

    Args:
        network: as `twin.build` makes it; it stays as it is.
        batches: representative pictures, float32 (B, S, S, 3), pixel / 128 - 1.
    """
    readers = _readers(network)

    def annotate(layer):
        config = _config(layer, readers.get(layer.name, []))
        return _API.quantize_annotate_layer(layer, config) if config else layer

    scope = {**twin_layers.CUSTOM_OBJECTS, "Int8": Int8}
    with _API.quantize_scope(scope):
        annotated = tf_keras.models.clone_model(
            network,
            clone_function=lambda layer: annotate(layer.__class__.from_config(layer.get_config())),
        )
        annotated.set_weights(network.get_weights())
        model = _API.quantize_apply(annotated, quantized_layer_name_prefix="")
    _start(model, batches)
    return model


def _config(layer, readers: list) -> Int8 | None:
    """What a layer of the twin rounds; None where nothing is stored."""
    if isinstance(layer, _NOTHING_STORED):
        return None
    if isinstance(layer, _WEIGHTED):
        depthwise = isinstance(layer, tf_keras.layers.DepthwiseConv2D)
        output = not any(isinstance(one, tf_keras.layers.BatchNormalization) for one in readers)
        return Int8(*(("depthwise_kernel", -2) if depthwise else ("kernel", -1)), output=output)
    if isinstance(layer, tf_keras.layers.BatchNormalization):
        return Int8(output=not any(isinstance(one, tf_keras.layers.ReLU) for one in readers))
    if isinstance(layer, twin_layers.SimAM):
        return Int8(taps=[f"tap_{name}" for name in twin_layers.SIMAM_TENSORS])
    return Int8(taps=["tap_logistic"] if isinstance(layer, twin_layers.SiLU) else [])


def _readers(network: tf_keras.Model) -> dict[str, list]:
    """Layers that take the result of a layer, by its name."""
    return {
        layer.name: [node.outbound_layer for node in layer.outbound_nodes]
        for layer in network.layers
    }


def _start(model: tf_keras.Model, batches: Iterable[np.ndarray]) -> None:
    """Set every range to the mean of what the batches span, where the moving average tends to."""
    RangeRounding.seen = {}
    try:
        for batch in batches:
            model(batch, training=False)
        for variables, ends in RangeRounding.seen.values():
            low, high = np.mean(ends, axis=0)
            variables["min_var"].assign(min(low, 0.0))
            variables["max_var"].assign(max(high, 0.0))
    finally:
        RangeRounding.seen = None
    entrance = next(layer for layer in model.layers if hasattr(layer, "quantizer"))
    for variable, value in zip(
        (entrance.quantizer_vars["min_var"], entrance.quantizer_vars["max_var"]), INPUT, strict=True
    ):
        variable.assign(value)
