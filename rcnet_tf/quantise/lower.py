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
from rcnet_tf.quantise import readers
from rcnet_tf.quantise.fake_quant import FakeQuant
from rcnet_tf.quantise.folded import Folded, fold

INPUT = (-1.0, 127 / 128)
"""Range of the input: int8 input = pixel - 128."""

SIGMOID = (0.0, 255 / 256)
"""Range of sigmoid and softmax, whose int8 kernels always have the scale 1/256."""

_WEIGHTED = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense, Focus)
_COMPUTING = (layers.Add, layers.GlobalAveragePooling2D)
_SAME_VALUES = (
    layers.Dropout,
    layers.Flatten,
    layers.Identity,
    layers.MaxPooling2D,
    layers.Reshape,
)
_KNOWN = (
    *_WEIGHTED,
    *_COMPUTING,
    *_SAME_VALUES,
    layers.Activation,
    layers.BatchNormalization,
    layers.ReLU,
    SimAM,
)


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
        Unsupported: a layer is of a kind that is not known here, or connected in a way that is not.
    """
    # A class of its own may be functional and not say what it is made of.
    if isinstance(model, keras.Sequential) or "input_layers" not in model.get_config():
        raise Unsupported(f"{model.name} is a {type(model).__name__}; expected a functional model")
    taken = readers.calls(model)
    for name, several in taken.items():
        if len(several) > 1:
            # It would round several tensors of one name, and could fold a BatchNorm into all.
            raise Unsupported(f"{name} is called {len(several)} times; expected a layer for each")
    walk = _Walk(rounding, readers.alone(taken))
    twin = keras.models.clone_model(model, clone_function=walk.clone, call_function=walk.call)
    if twin.output is not walk.end:
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
    """What the softmax of a lowered model takes, (B, classes)."""
    return model.layers[-2].input  # the last layer rounds what the softmax makes


class _Walk:
    """What `clone_model` does with each layer, in the order of execution.

    Nothing is rounded before it is used: only then is it known whether the tensor is stored, or the
    kernel goes on with a BatchNorm or a clamp.
    """

    def __init__(self, rounding: bool, alone: set[str]):
        self.rounding = rounding
        self.alone = alone  # layers that nothing else shares an input with
        self.end = None  # what the last softmax makes, rounded
        self.norms: dict[str, str] = {}  # convolution -> BatchNorm that is folded into it
        self.made: dict[int, tuple] = {}  # id of a tensor -> (the tensor, its name, who made it)
        self.quantisers: dict[int, FakeQuant] = {}  # id of a rounded tensor -> what rounded it
        self.stored: dict[int, tuple] = {}  # id of a tensor -> (the tensor, the same rounded)

    def clone(self, layer):
        """The layer that takes another's place."""
        if not isinstance(layer, _KNOWN):
            raise _unknown(layer)
        if isinstance(layer, _WEIGHTED):
            options = Folded.options(layer)
            if options is None:
                raise _unknown(layer)
            return Folded(rounding=self.rounding, name=layer.name, **options)
        if isinstance(layer, layers.BatchNormalization):
            return _Norm(layer)
        return layer.__class__.from_config(layer.get_config())

    def call(self, layer, *arguments, **keywords):
        """What the cloned layer does with its input."""
        if not arguments:
            raise _unknown(layer)  # its input came by name
        name, (x, *arguments) = layer.name, arguments
        if isinstance(layer, _Norm):
            return self._norm(x, layer)
        if isinstance(layer, layers.ReLU):
            return self._relu(x, layer)

        several = isinstance(x, list | tuple)
        x = [self._store(one) for one in x] if several else self._store(x)
        if isinstance(layer, Folded):
            return self._made(layer(x), name, layer)
        if isinstance(layer, SimAM):
            return self._simam(x, name, layer.lambda_)
        if isinstance(layer, layers.Activation):
            if layer.activation is keras.activations.silu:
                return self._silu(x, name)
            if layer.activation is keras.activations.softmax:
                self.end = self._round(layer(x), name, SIGMOID)
                return self.end
        if isinstance(layer, _SAME_VALUES):
            y = layer(x, *arguments, **keywords)
            self.stored[id(y)] = (y, y)
            return y
        if isinstance(layer, _COMPUTING):
            return self._round(layer(x), name)
        raise _unknown(layer)

    def _norm(self, x, layer):
        """Nothing: the convolution before it does a BatchNorm's work."""
        *_, maker = self.made.get(id(x), (None,))
        foldable = isinstance(maker, Folded) and maker.name not in self.norms
        # Whoever else reads the convolution would get to see what is normalised.
        if not foldable or layer.name not in self.alone or not layer.of_channels(x):
            raise _unknown(layer)
        self.norms[maker.name] = layer.name
        return self._made(x, layer.name, layer)

    def _relu(self, x, layer):
        """A clamp at the end of the kernel that makes its input, if one has just done so."""
        if layer.negative_slope or layer.threshold:
            raise _unknown(layer)
        *_, maker = self.made.get(id(x), (None,))
        if maker and layer.name not in self.alone:
            raise _unknown(layer)  # a kernel stores its result either clamped or not
        return self._made(layer(x if maker else self._store(x)), layer.name, None)

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
        source = self.quantisers.get(id(x))  # none if x is a copy
        if source and name in self.alone:
            source.silu = name
        return self._round(x * self._round(ops.sigmoid(x), f"{name}/logistic", SIGMOID), name)

    def _simam(self, x, name, lambda_):
        def rounded(tensor, operation):
            ends = SIGMOID if operation == "logistic" else None
            return self._round(tensor, f"{name}/{operation}", ends)

        # The operations become part of the graph, and so do the roundings between them.
        return self._round(x * simam_attention(x, lambda_, rounded), name)


class _Norm(layers.Identity):
    """Takes a BatchNorm's place during the walk; no layer of the lowered model."""

    def __init__(self, norm: layers.BatchNormalization):
        super().__init__(name=norm.name)
        self.axis, self.kind = norm.axis, type(norm).__name__

    def of_channels(self, x) -> bool:
        """Whether it normalises the last axis, that of a convolution's channels."""
        return self.axis in (-1, len(x.shape) - 1)


def _unknown(layer: keras.Layer) -> Unsupported:
    kind = layer.kind if isinstance(layer, _Norm) else type(layer).__name__
    return Unsupported(
        f"{layer.name} ({kind}) has no int8 lowering here; expected a network "
        "of rcnet_tf.FocusRCNet"
    )
