"""What a network costs, layer by layer: parameters, multiply-accumulates, the paper's complexity.

Source: Zheng et al. 2023, Table 5, "FLOPs": 418.8 M. The paper does not say what it counted, nor at
which size; counting this at 380 x 380 gives its figure, 418,801,494:

    convolution, dense   1 a multiply-accumulate, and 1 an output element for the bias
    BatchNorm            2 an element
    ReLU, ReLU6          1 an element
    pooling              1 an element of its input
    SiLU, sums, products, sigmoid, softmax and all else: nothing

Feature maps count as large as they are: a halved odd size is rounded up, and a product with a zero
of the padding is a product.

EfficientNet-B4, the paper's teacher, comes out at 4.51 G, not at its 4.49 G: the means inside
Keras' squeeze-and-excitation are pooling layers, and count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import keras
from keras import layers

from rcnet_tf.layers import Focus

_CONVOLUTIONS = (
    layers.Conv1D,
    layers.Conv2D,
    layers.Conv3D,
    layers.DepthwiseConv1D,
    layers.DepthwiseConv2D,
    layers.SeparableConv1D,
    layers.SeparableConv2D,
    Focus,
)
_TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
_POOLINGS = tuple(
    getattr(layers, f"{kind}Pooling{rank}D")
    for kind in ("Average", "Max", "GlobalAverage", "GlobalMax")
    for rank in (1, 2, 3)
)
# By Keras' own names of the activations.
_RELUS = ("relu", "relu6", "leaky_relu")


@dataclass(frozen=True)
class Cost:
    """What one call of a layer costs, for one picture.

    Attributes:
        name: with the names of the models around it: "mobilenetv2/Conv1".
        kind: class of the layer.
        output_shape: without the batch.
        parameters: trainable ones.
        fixed_parameters: moving statistics, frozen weights.
        convolution: multiply-accumulates; this and the next five are the paper's complexity.
        convolution_bias: additions.
        dense: multiply-accumulates and additions of the bias.
        batch_norm: 2 an element.
        relu: 1 an element.
        pooling: 1 an element of the input.
        macs: multiply-accumulates of convolution and dense alone.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int = 0
    fixed_parameters: int = 0
    convolution: int = 0
    convolution_bias: int = 0
    dense: int = 0
    batch_norm: int = 0
    relu: int = 0
    pooling: int = 0
    macs: int = 0

    @property
    def complexity(self) -> int:
        """The paper's count of operations."""
        return sum(getattr(self, part) for part in PARTS)

    @property
    def activations(self) -> int:
        """Elements of the output: in int8, its bytes."""
        return math.prod(self.output_shape)


PARTS = ("convolution", "convolution_bias", "dense", "batch_norm", "relu", "pooling")
"""Fields of `Cost` whose sum is the paper's complexity."""

_SUMS = (*PARTS, "parameters", "fixed_parameters", "macs")


def total(costs: list[Cost]) -> Cost:
    """Add costs up: the sums, with the output shape of the last one.

    Raises:
        ValueError: there is nothing to add.
    """
    if not costs:
        raise ValueError("no costs to add up")
    sums = {field: sum(getattr(cost, field) for cost in costs) for field in _SUMS}
    return Cost(name="total", kind="", output_shape=costs[-1].output_shape, **sums)


def trainable_parameters(model: keras.layers.Layer) -> int:
    """Number of weights that training changes, in a model or layer: what papers count.

    Example:
        >>> from rcnet_tf import FocusRCNet
        >>> trainable_parameters(FocusRCNet(weights=None))
        525802
    """
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


def count(model: keras.Model) -> list[Cost]:
    """Count what each layer of a network costs, in the order of the calculation.

    Models inside the model are opened. A layer that is called twice appears twice, with its
    parameters the first time.

    Args:
        model: functional or sequential, with a known input shape; channels last.

    Returns:
        One `Cost` for each call of a layer.

    Raises:
        ValueError: the model is of another kind, or a size in it is not known.

    Example:
        >>> from rcnet_tf import FocusRCNet
        >>> cost = total(count(FocusRCNet(weights=None)))
        >>> cost.parameters, cost.macs
        (525802, 126653568)
    """
    costs: list[Cost] = []
    if not getattr(model, "inputs", None):
        raise ValueError(f"model {model.name!r}: its input shape is not known")
    inputs = [keras.KerasTensor(tensor.shape, dtype=tensor.dtype) for tensor in model.inputs]
    _walk(model, inputs, "", costs, set())
    return costs


def _walk(model, inputs, prefix: str, costs: list[Cost], seen: set[int]):
    """Follow shapes through a model, writing down what each layer costs; returns its outputs."""

    def visited(operation):
        def call(*args, **kwargs):
            if isinstance(operation, keras.Model):
                nested = keras.tree.flatten(args)
                return _walk(operation, nested, f"{prefix}{operation.name}/", costs, seen)
            outputs = operation.compute_output_spec(*args, **kwargs)
            if isinstance(operation, keras.layers.Layer):
                costs.append(_cost(operation, args, outputs, prefix, seen))
            return outputs

        return call

    if isinstance(model, keras.Sequential):
        outputs = inputs[0]
        for layer in model.layers:
            outputs = visited(layer)(outputs)
        return outputs
    if not isinstance(model, keras.Function):
        raise ValueError(f"model {model.name!r}: expected a functional or sequential model")
    # Keras' own walk over the graph, by which it infers shapes and clones models: it takes every
    # call from the graph of this model, however often its layers serve elsewhere.
    return model._run_through_graph(inputs, operation_fn=visited)


def _cost(layer, args, outputs, prefix: str, seen: set[int]) -> Cost:
    """The cost of one call of a layer."""
    outputs = keras.tree.flatten(outputs)
    name = prefix + layer.name
    output_shape = tuple(outputs[0].shape[1:])
    if None in output_shape:
        raise ValueError(f"layer {name!r}: output of unknown size {output_shape}")
    elements = math.prod(output_shape)
    fields = {}
    if id(layer) not in seen:
        seen.add(id(layer))
        fields["parameters"] = trainable_parameters(layer)
        fields["fixed_parameters"] = sum(math.prod(w.shape) for w in layer.non_trainable_weights)
    if isinstance(layer, layers.Dense):
        macs = elements // layer.units * _kernel_size(layer)
        fields |= {"macs": macs, "dense": macs + elements * layer.use_bias}
    elif isinstance(layer, (*_CONVOLUTIONS, *_TRANSPOSED)):
        # A transposed convolution spreads each input position, the others gather each output's.
        shape = args[0].shape[1:] if isinstance(layer, _TRANSPOSED) else output_shape
        macs = math.prod(shape[:-1]) * _kernel_size(layer)
        bias = elements * getattr(layer, "use_bias", False)
        fields |= {"macs": macs, "convolution": macs, "convolution_bias": bias}
    elif isinstance(layer, layers.BatchNormalization):
        fields["batch_norm"] = 2 * elements
    elif isinstance(layer, _POOLINGS):
        fields["pooling"] = math.prod(args[0].shape[1:])
    if _is_relu(layer):
        fields["relu"] = elements
    return Cost(name, type(layer).__name__, output_shape, **fields)


def _kernel_size(layer) -> int:
    """Weights that each position is multiplied with."""
    names = ("kernel", "depthwise_kernel", "pointwise_kernel")
    kernels = [getattr(layer, name) for name in names if hasattr(layer, name)]
    return sum(math.prod(kernel.shape) for kernel in kernels)


def _is_relu(layer) -> bool:
    """Whether the layer is a ReLU, or ends in one."""
    if isinstance(layer, (layers.ReLU, layers.LeakyReLU, layers.PReLU)):
        return True
    return getattr(getattr(layer, "activation", None), "__name__", "") in _RELUS
