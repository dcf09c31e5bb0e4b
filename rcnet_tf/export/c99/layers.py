"""One operator -> the numbers of its C structure, checked against what the kernels can do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.export.c99.fixed import Rescale, activation_range, rescale
from rcnet_tf.export.c99.operators import Graph
from rcnet_tf.tflite_file.graph import Operator

# Right shifts of `rcnet_requantise` in fixed.h: below, its two roundings do not merge; above, half
# of 2^shift leaves 32 bits. Convolutions may have others, and are slower then.
LEAST_SHIFT, MOST_SHIFT = 2, 22
MOST_WEIGHTS = 2**16 - 1  # of one output, all added up: a packed sum has 24 bits, see pointwise.c
LEAST_PIXELS = 4  # of a row of the stem, which is made four at a time


@dataclass(frozen=True, eq=False)
class Convolution:
    """Pointwise, stem, or depthwise.

    Attributes:
        name: of the tensor that it makes, its activation included.
        weights: int8; (outputs, inputs), or (channels, 9) for depthwise.
        bias: int64 (outputs,), the input's zero point folded in.
        multiplier, shift: (outputs,), shift to the right.
        input_zero, zero: zero points.
        low, high: of the activation, before the table.
        table: int8 (256,) of a following activation, or None.
        stride, pad: of a depthwise convolution; pad is the rows above.
    """

    name: str
    weights: np.ndarray
    bias: np.ndarray
    multiplier: np.ndarray
    shift: np.ndarray
    input_zero: int
    zero: int
    low: int
    high: int
    table: np.ndarray | None = None
    stride: int = 1
    pad: int = 0

    @property
    def outputs(self) -> int:
        """Channels out."""
        return len(self.weights)

    @property
    def ending(self) -> str:
        """How its sums become int8, see rcnet_model.h."""
        if (self.low, self.high) != (-128, 127):
            return "RCNET_CLAMPED"
        # With the zero point at the bottom, every negative sum ends there, however it is rounded.
        return "RCNET_RECTIFIED" if self.zero == -128 else "RCNET_FULL"

    def then(self, name: str, table: np.ndarray | None) -> Convolution:
        """The same with an activation behind it."""
        return self if table is None else replace(self, name=name, table=table)


@dataclass(frozen=True)
class Sum:
    """ADD or SUB of two tensors of the same shape, or of one and a vector."""

    name: str
    left: Rescale
    right: Rescale
    result: Rescale
    left_zero: int
    right_zero: int
    zero: int
    table: np.ndarray | None = None


def pointwise(graph: Graph, source: int) -> tuple[Convolution, int]:
    """Take a 1x1 convolution; returns it and the tensor that it makes."""
    operator = graph.take("CONV_2D", source)
    kernel = graph.constant(operator.inputs[1])
    if kernel is None or kernel.shape[1:3] != (1, 1):
        raise graph.refusal(operator, "expected a constant kernel of 1 x 1")
    _check_strides(graph, operator, 1)
    return _packed(graph, operator, kernel[:, 0, 0, :]), operator.output


def stem(graph: Graph, source: int) -> tuple[Convolution, int]:
    """Take Focus: the 2x2 convolution of stride 2 on the picture."""
    operator = graph.take("CONV_2D", source)
    kernel = graph.constant(operator.inputs[1])
    if kernel is None or kernel.shape[1:] != (2, 2, 3):
        raise graph.refusal(operator, "expected a constant kernel of 2 x 2 x 3, Focus")
    _check_strides(graph, operator, 2)
    if graph.shape(operator.output)[1] < LEAST_PIXELS:
        raise graph.refusal(operator, f"expected pictures of {2 * LEAST_PIXELS} pixels or more")
    return _packed(graph, operator, kernel.reshape(len(kernel), 12)), operator.output


def depthwise(graph: Graph, source: int, strides: tuple[int, ...]) -> tuple[Convolution, int]:
    """Take a 3x3 depthwise convolution with padding "same"."""
    operator = graph.take("DEPTHWISE_CONV_2D", source)
    kernel = graph.constant(operator.inputs[1])
    if kernel is None or kernel.shape[1:3] != (3, 3) or kernel.shape[3] != graph.shape(source)[3]:
        raise graph.refusal(operator, "expected a constant kernel of 3 x 3 and multiplier 1")
    options = operator.options
    stride = options.strideH
    if stride not in strides or options.padding != schema.Padding.SAME:
        raise graph.refusal(
            operator, f"expected stride {' or '.join(map(str, strides))} and padding same"
        )
    _check_strides(graph, operator, stride)
    size, out = graph.shape(source)[1], graph.shape(operator.output)[1]
    weights = kernel[0].reshape(9, -1).T  # (channels, 9)
    pad = max((out - 1) * stride + 3 - size, 0) // 2
    layer = replace(_convolution(graph, operator, weights), stride=stride, pad=pad)
    return layer, operator.output


def sum_of(graph: Graph, operator: Operator) -> Sum:
    """The numbers of an ADD or SUB."""
    if operator.options.fusedActivationFunction != schema.ActivationFunctionType.NONE:
        raise graph.refusal(operator, "expected no fused activation")
    left, right = (graph.scale(index) for index in operator.inputs)
    twice = 2.0 * max(left, right)
    result = rescale(twice / (2.0**20 * graph.scale(operator.output)))
    if not LEAST_SHIFT <= -result.shift <= MOST_SHIFT:
        raise graph.refusal(operator, f"its result is rescaled by 2^{result.shift}")
    return Sum(
        graph.tensor_name(operator.output),
        rescale(left / twice),
        rescale(right / twice),
        result,
        graph.zero(operator.inputs[0]),
        graph.zero(operator.inputs[1]),
        graph.zero(operator.output),
    )


def bias_of(graph: Graph, operator: Operator, weights: np.ndarray) -> np.ndarray:
    """Biases with the input's zero point in them: int64 (outputs,)."""
    total = weights.sum(1, dtype=np.int64)
    bias = graph.constant(operator.inputs[2]) if len(operator.inputs) > 2 else np.zeros_like(total)
    if bias is None:
        raise graph.refusal(operator, "its biases are no constants")
    folded = bias - graph.zero(operator.inputs[0]) * total
    # The 128s cover every input; whatever the order of the additions, 32 bits suffice.
    if (np.abs(folded) + 128 * np.abs(weights.astype(np.int64)).sum(1)).max() >= 2**31 - 2**24:
        raise graph.refusal(operator, "its sums can exceed 32 bits")
    return folded


def multipliers(graph: Graph, operator: Operator) -> list[Rescale]:
    """The factors from sums to results, one an output."""
    source, kernel = (graph.scale(operator.inputs[0]), graph.scales(operator.inputs[1]))
    result = graph.scale(operator.output)
    outputs = graph.shape(operator.output)[-1]
    if len(kernel) != outputs:
        raise graph.refusal(operator, "expected one scale for each output")
    return [rescale(source * float(scale) / result) for scale in kernel]


def _packed(graph: Graph, operator: Operator, weights: np.ndarray) -> Convolution:
    """A convolution for pointwise.c: two outputs at a time, two sums in a word."""
    if len(weights) % 2:
        raise graph.refusal(operator, "expected an even number of outputs")
    if np.abs(weights.astype(np.int64)).sum(1).max() > MOST_WEIGHTS:
        raise graph.refusal(
            operator, f"expected absolute weights that add up to {MOST_WEIGHTS} at most"
        )
    return _convolution(graph, operator, weights)


def _convolution(graph: Graph, operator: Operator, weights: np.ndarray) -> Convolution:
    source, result = operator.inputs[0], operator.output
    bias = bias_of(graph, operator, weights)
    factors = multipliers(graph, operator)
    try:
        low, high = activation_range(
            operator.options.fusedActivationFunction, graph.scale(result), graph.zero(result)
        )
    except KeyError:
        raise graph.refusal(operator, "its fused activation is unknown") from None
    return Convolution(
        graph.tensor_name(result),
        weights,
        bias,
        np.array([factor.multiplier for factor in factors]),
        np.array([-factor.shift for factor in factors]),
        graph.zero(source),
        graph.zero(result),
        low,
        high,
    )


def _check_strides(graph: Graph, operator: Operator, stride: int) -> None:
    options = operator.options
    if (options.strideH, options.strideW) != (stride, stride):
        raise graph.refusal(operator, f"expected stride {stride}")
    if (options.dilationHFactor, options.dilationWFactor) != (1, 1):
        raise graph.refusal(operator, "expected no dilation")
