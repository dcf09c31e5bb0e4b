"""The network as int8 kernels will run it, as a Keras model of the same layer names.

    original   conv -> BN -> ReLU6 -> ...      float32
    lowered    conv' -> ReLU6 -> Q -> ...      BN folded; Q rounds where an int8 tensor is stored

One walk serves training (the rounding is simulated), conversion (the converter reads the ranges off
the Qs) and diagnosis (what a Q takes is the float value of one int8 tensor).
"""

from __future__ import annotations

import keras
from keras import layers, ops

from rcnet_tf.errors import UserError
from rcnet_tf.layers import Focus, SimAM
from rcnet_tf.layers.simam import simam_attention
from rcnet_tf.quantise.fake_quant import FakeQuant
from rcnet_tf.quantise.folded import Folded, fold

INPUT = (-1.0, 127 / 128)
"""Range of the input: int8 input = pixel - 128."""

SIGMOID = (0.0, 255 / 256)
"""Range of sigmoid and softmax, whose int8 kernels always have the scale 1/256."""

_WEIGHTED = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense, Focus)
_COMPUTING = (layers.Add, layers.GlobalAveragePooling2D)
_SAME_VALUES = (layers.Dropout, layers.Flatten, layers.Reshape, layers.MaxPooling2D)


class Unsupported(UserError):
    """A layer that has no lowering here."""


def lower(model: keras.Model, rounding: bool = True) -> keras.Model:
    """Fold and rewrite a network.

    Args:
        model: functional, of the layers that Focus-RCNet and its variants are made of.
        rounding: whether kernels are rounded.

    Returns:
        A model of the same input and output with a `FakeQuant` after everything that becomes an
        int8 tensor; see `quantisers`. Their ranges are to be learnt (`ranges.learn`).

    Raises:
        Unsupported: a layer is of a kind that is not known here.
    """
    walk = _Walk(rounding)
    twin = keras.models.clone_model(model, clone_function=walk.clone, call_function=walk.call)
    if not walk.ended:
        raise Unsupported(f"{model.name} does not end in a softmax; expected one of rcnet_tf.train")
    for layer in twin.layers:
        if isinstance(layer, Folded):
            layer.norm = walk.norms.get(layer.name)
            norm = layer.norm and model.get_layer(layer.norm)
            layer.set_weights(fold(model.get_layer(layer.name), norm))
    return twin


def quantisers(model: keras.Model) -> dict[str, FakeQuant]:
    """The FakeQuants of a lowered model by the name of their int8 tensor, in order.

    Example:
        >>> from rcnet_tf import FocusRCNet
        >>> lowered = lower(FocusRCNet(weights=None, input_shape=(64, 64, 3), width=0.25))
        >>> list(quantisers(lowered))[-2:]
        ['logits', 'predictions']
    """
    return {layer.tensor: layer for layer in model.layers if isinstance(layer, FakeQuant)}


def logits(model: keras.Model):
    """What the softmax of a lowered model takes, (B, classes): its last int8 tensor but one."""
    return list(quantisers(model).values())[-2].output


class _Walk:
    """What `clone_model` does with each layer, in the order of execution.

    Nothing is rounded before it is used: only then is it known whether the tensor is stored, or the
    kernel goes on with a BatchNorm or a clamp.
    """

    def __init__(self, rounding: bool):
        self.rounding = rounding
        self.ended = False  # whether a softmax was met
        self.norms: dict[str, str] = {}  # convolution -> BatchNorm that is folded into it
        self.made: dict[int, tuple] = {}  # id of a tensor -> (the tensor, its name, who made it)
        self.quantisers: dict[int, FakeQuant] = {}  # id of a rounded tensor -> what rounded it
        self.stored: dict[int, tuple] = {}  # id of a tensor -> (the tensor, the same rounded)

    def clone(self, layer):
        """The layer that takes another's place."""
        if isinstance(layer, _WEIGHTED):
            options = Folded.options(layer)
            if options is None:
                raise _unknown(layer)
            return Folded(rounding=self.rounding, name=layer.name, **options)
        if isinstance(layer, layers.BatchNormalization):
            return layers.Identity(name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    def call(self, layer, x, *arguments, **keywords):
        """What the cloned layer does with its input."""
        name = layer.name
        if isinstance(layer, layers.Identity):  # was a BatchNorm
            *_, maker = self.made.get(id(x), (None,))
            if not isinstance(maker, Folded) or maker.name in self.norms:
                raise _unknown(layer)
            self.norms[maker.name] = name
            return self._made(x, name, layer)
        if isinstance(layer, layers.ReLU):
            *_, maker = self.made.get(id(x), (None,))
            return self._made(layer(x if maker else self._store(x)), name, None)

        x = [self._store(one) for one in x] if isinstance(x, list) else self._store(x)
        if isinstance(layer, Folded):
            return self._made(layer(x), name, layer)
        if isinstance(layer, SimAM):
            return self._simam(x, name, layer.lambda_)
        if isinstance(layer, layers.Activation):
            if layer.activation is keras.activations.silu:
                return self._silu(x, name)
            if layer.activation is keras.activations.softmax:
                self.ended = True
                return self._round(layer(x), name, SIGMOID)
        if isinstance(layer, _SAME_VALUES):
            y = layer(x, *arguments, **keywords)
            self.stored[id(y)] = (y, y)
            return y
        if isinstance(layer, _COMPUTING):
            return self._round(layer(x), name)
        raise _unknown(layer)

    def _made(self, tensor, name, maker):
        """Remember a tensor that may or may not be stored, by the last name it gets."""
        self.made[id(tensor)] = (tensor, name, maker)
        return tensor

    def _store(self, x):
        """A tensor as its readers see it."""
        if id(x) not in self.stored:
            _, name, _ = self.made.get(id(x), (x, None, None))
            self.stored[id(x)] = (x, self._round(x, name or x.name))
        return self.stored[id(x)][1]

    def _round(self, x, tensor, ends=None):
        if not self.stored:
            ends = INPUT  # nothing has been computed yet
        quantiser = FakeQuant(tensor, *ends, fixed=True) if ends else FakeQuant(tensor)
        y = quantiser(x)
        self.quantisers[id(y)] = quantiser
        self.stored[id(y)] = (y, y)
        return y

    def _silu(self, x, name):
        self.quantisers[id(x)].silu = name
        return self._round(x * self._round(ops.sigmoid(x), f"{name}/logistic", SIGMOID), name)

    def _simam(self, x, name, lambda_):
        def rounded(tensor, operation):
            ends = SIGMOID if operation == "logistic" else None
            return self._round(tensor, f"{name}/{operation}", ends)

        # The operations become part of the graph, and so do the roundings between them.
        return self._round(x * simam_attention(x, lambda_, rounded), name)


def _unknown(layer: keras.Layer) -> Unsupported:
    return Unsupported(
        f"{layer.name}, a {type(layer).__name__}, has no int8 lowering here; expected a network "
        "of rcnet_tf.FocusRCNet"
    )
