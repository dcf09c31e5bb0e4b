"""SimAM recognised in the graph, whatever the order and form of its scalar arithmetic.

    m = MEAN(x);  d = x - m;  v = MEAN(squares);  z = d * f(v);  y = x * g(z)

The squares are SQUARED_DIFFERENCE(x, m), or any function of d such as MUL(d, d); f and g are
whatever int8 operators lead from v to the inverse deviation and from z to the weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rcnet_tf.export.c99 import unary
from rcnet_tf.export.c99.fixed import Rescale, average, rescale
from rcnet_tf.export.c99.layers import Sum, sum_of
from rcnet_tf.export.c99.operators import Graph
from rcnet_tf.tflite_file.graph import Operator

MOST_PIXELS = 2**16 - 1  # of a channel; they are counted in 16 bits


@dataclass(frozen=True)
class Difference:
    """SQUARED_DIFFERENCE(x, m)."""

    left: Rescale
    right: Rescale
    result: Rescale
    zero: int


@dataclass(frozen=True, eq=False)
class Attention:
    """The numbers of one SimAM; see rcnet_attention in rcnet_model.h for what they are.

    Tables are int8 (256,), by value + 128. Of `square` and `difference` one is None.
    """

    name: str
    size: int
    channels: int
    mean: Rescale
    centre: Sum
    square: np.ndarray | None
    difference: Difference | None
    square_zero: int
    variance: Rescale
    variance_zero: int
    inverse: np.ndarray
    inverse_zero: int
    score: Rescale
    score_zero: int
    weight: np.ndarray
    weight_zero: int
    result: Rescale
    zero: int


def attention(graph: Graph, x: int) -> tuple[Attention, int]:
    """Take the operators of a SimAM on tensor x; returns it and the tensor that it makes."""
    _, size, width, channels = graph.shape(x)
    mean, mean_factor = _mean(graph, x)
    if size * width > MOST_PIXELS or size != width:
        raise graph.refusal(mean, f"expected a square map of at most {MOST_PIXELS} pixels")

    parts = _Parts(graph, x, mean.output)
    centre = parts.take("SUB", x, mean.output)
    squares, square, difference = parts.squares(centre)
    variance, variance_factor = _mean(graph, squares)
    parts.catch_up("SUB")
    inverse, inverse_table = unary.follow(graph, variance.output)
    if parts.centre is None:
        parts.centre = graph.take("SUB", x, mean.output)
    score = graph.take("MUL")
    if set(score.inputs) != {parts.centre.output, inverse}:
        raise graph.refusal(score, "expected the product of centred value and inverse deviation")
    weight, weight_table = unary.follow(graph, score.output)
    result = graph.take("MUL")
    if set(result.inputs) != {x, weight}:
        raise graph.refusal(result, "expected the product of SimAM's input and its weight")
    for operator in (score, result):
        if operator.options.fusedActivationFunction:
            raise graph.refusal(operator, "expected no fused activation")
    found = Attention(
        graph.tensor_name(result.output),
        size,
        channels,
        mean_factor,
        sum_of(graph, parts.centre),
        square,
        difference,
        graph.zero(squares),
        variance_factor,
        graph.zero(variance.output),
        _or_identity(inverse_table),
        graph.zero(inverse),
        _product(graph, score),
        graph.zero(score.output),
        _or_identity(weight_table),
        graph.zero(weight),
        _product(graph, result),
        graph.zero(result.output),
    )
    return found, result.output


class _Parts:
    """SUB and SQUARED_DIFFERENCE come in either order, and SUB may come late."""

    def __init__(self, graph: Graph, x: int, mean: int):
        self.graph, self.x, self.mean = graph, x, mean
        self.centre: Operator | None = None

    def take(self, kind: str, *inputs: int) -> Operator | None:
        """Take the SUB if it is next."""
        if self.graph.next is not None and self.graph.next.kind == kind:
            self.centre = self.graph.take(kind, *inputs)
        return self.centre

    def catch_up(self, kind: str) -> None:
        """The same, unless it was taken."""
        if self.centre is None:
            self.take(kind, self.x, self.mean)

    def squares(self, centre: Operator | None):
        """The tensor of the squares, and either its table or its numbers."""
        graph = self.graph
        if graph.next is not None and graph.next.kind == "SQUARED_DIFFERENCE":
            operator = graph.take("SQUARED_DIFFERENCE", self.x, self.mean)
            self.catch_up("SUB")
            return operator.output, None, _difference(graph, operator)
        if centre is None:
            raise graph.refusal(graph.next, "expected SimAM's difference from the mean")
        # Not `follow`: the centred value is used once more, by the score.
        operator = graph.take("MUL", centre.output, centre.output)
        table = unary.table(graph, [operator], centre.output, operator.output)
        return operator.output, table, None


def _mean(graph: Graph, source: int) -> tuple[Operator, Rescale]:
    """Take a MEAN over height and width."""
    operator = graph.take("MEAN", source)
    return operator, mean_factor(graph, operator)


def mean_factor(graph: Graph, operator: Operator) -> Rescale:
    """The factor from the sum over height and width to their mean."""
    axes = graph.constant(operator.inputs[1])
    if axes is None or sorted(axes.ravel().tolist()) != [1, 2]:
        raise graph.refusal(operator, "expected a mean over height and width")
    _, height, width, _ = graph.shape(operator.inputs[0])
    factor = rescale(graph.scale(operator.inputs[0]) / graph.scale(operator.output))
    return average(factor, height * width)


def _difference(graph: Graph, operator: Operator) -> Difference:
    left, right = (graph.scale(index) for index in operator.inputs)
    twice = 2.0 * max(left, right)
    return Difference(
        rescale(left / twice),
        rescale(right / twice),
        rescale(twice * twice / (2.0**14 * graph.scale(operator.output))),
        graph.zero(operator.output),
    )


def _product(graph: Graph, operator: Operator) -> Rescale:
    left, right = (graph.scale(index) for index in operator.inputs)
    return rescale(left * right / graph.scale(operator.output))


def _or_identity(table: np.ndarray | None) -> np.ndarray:
    return np.arange(-128, 128, dtype=np.int8) if table is None else table
