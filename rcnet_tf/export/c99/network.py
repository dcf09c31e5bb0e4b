"""A graph recognised as Focus-RCNet: stem, blocks and SimAM in turn, head. Or refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rcnet_tf.export.c99 import unary
from rcnet_tf.export.c99.attention import Attention, attention, mean_factor
from rcnet_tf.export.c99.fixed import Rescale
from rcnet_tf.export.c99.layers import (
    Convolution,
    Sum,
    bias_of,
    depthwise,
    multipliers,
    pointwise,
    stem,
    sum_of,
)
from rcnet_tf.export.c99.operators import Graph
from rcnet_tf.export.c99.softmax import exponentials


@dataclass(frozen=True)
class Block:
    """Sandglass block; `size` and `out_size` are the sides of its maps."""

    first: Convolution
    reduce: Convolution
    expand: Convolution
    last: Convolution
    shortcut: Sum | None
    size: int
    out_size: int

    @property
    def name(self) -> str:
        """Of the tensor that it makes."""
        return self.shortcut.name if self.shortcut else self.last.name


@dataclass(frozen=True, eq=False)
class Head:
    """Convolution, average, dense layer, softmax."""

    convolution: Convolution
    size: int
    mean: Rescale
    mean_name: str
    mean_input_zero: int
    mean_zero: int
    weights: np.ndarray
    bias: np.ndarray
    rescale: list[Rescale]
    logit_name: str
    logit_zero: int
    exponentials: list[int]
    softmax_name: str


@dataclass(frozen=True)
class Network:
    """All of it.

    Attributes:
        size: S of the picture.
        stem: Focus.
        steps: blocks and SimAMs in the order of execution.
        head: what follows.
    """

    size: int
    stem: Convolution
    steps: tuple[Block | Attention, ...]
    head: Head

    @property
    def blocks(self) -> list[Block]:
        """The blocks alone."""
        return [step for step in self.steps if isinstance(step, Block)]


def network(graph: Graph) -> Network:
    """Recognise a whole graph.

    Raises:
        UserError: it is another network; the message names the operator.
    """
    first, tensor = stem(graph, graph.input)
    tensor, table = unary.follow(graph, tensor)
    first = first.then(graph.tensor_name(tensor), table)
    steps: list[Block | Attention] = []
    while graph.next is not None and graph.next.kind in ("DEPTHWISE_CONV_2D", "MEAN"):
        take = _block if graph.next.kind == "DEPTHWISE_CONV_2D" else attention
        step, tensor = take(graph, tensor)
        steps.append(step)
    if not steps or not isinstance(steps[0], Block):
        raise graph.refusal(graph.next, "expected a sandglass block behind the stem")
    if any(isinstance(step, Block) and step.shortcut for step in steps[:1]):
        # Its input is never in memory as a whole.
        raise graph.refusal(None, "its first block has a shortcut")
    head = _head(graph, tensor)
    if graph.next is not None:
        raise graph.refusal(graph.next, "expected the graph to end in the softmax")
    return Network(graph.size, first, tuple(steps), head)


def _block(graph: Graph, source: int) -> tuple[Block, int]:
    first, tensor = depthwise(graph, source, (1,))
    first, tensor = _activated(graph, first, tensor)
    reduce, tensor = pointwise(graph, tensor)
    reduce, tensor = _activated(graph, reduce, tensor)
    expand, tensor = pointwise(graph, tensor)
    expand, tensor = _activated(graph, expand, tensor)
    last, tensor = depthwise(graph, tensor, (1, 2))
    shortcut = None
    following = graph.next
    if following is not None and following.kind == "ADD" and source in following.inputs:
        operator = graph.take("ADD")
        if set(operator.inputs) != {source, tensor}:
            raise graph.refusal(operator, "expected the sum of a block's input and its result")
        shortcut = sum_of(graph, operator)
        if operator.inputs[0] != source:  # the engine has the block's input on the left
            shortcut = replace(
                shortcut,
                left=shortcut.right,
                right=shortcut.left,
                left_zero=shortcut.right_zero,
                right_zero=shortcut.left_zero,
            )
        tensor = operator.output
        tensor, table = unary.follow(graph, tensor)
        shortcut = replace(shortcut, name=graph.tensor_name(tensor), table=table)
    else:
        last, tensor = _activated(graph, last, tensor)
    size, out_size = graph.shape(source)[1], graph.shape(tensor)[1]
    return Block(first, reduce, expand, last, shortcut, size, out_size), tensor


def _activated(graph: Graph, layer: Convolution, tensor: int) -> tuple[Convolution, int]:
    """The layer with what follows it as a table."""
    tensor, table = unary.follow(graph, tensor)
    return layer.then(graph.tensor_name(tensor), table), tensor


def _head(graph: Graph, source: int) -> Head:
    convolution, tensor = pointwise(graph, source)
    convolution, tensor = _activated(graph, convolution, tensor)
    mean = graph.take("MEAN", tensor)
    dense = graph.take("FULLY_CONNECTED", mean.output)
    weights = graph.constant(dense.inputs[1])
    if weights is None or weights.shape[1] != convolution.outputs:
        raise graph.refusal(dense, "expected constant weights for the averages of the last map")
    if dense.options.fusedActivationFunction:
        raise graph.refusal(dense, "expected no fused activation")
    softmax = graph.take("SOFTMAX", dense.output)
    return Head(
        convolution,
        graph.shape(source)[1],
        mean_factor(graph, mean),
        graph.tensor_name(mean.output),
        graph.zero(tensor),
        graph.zero(mean.output),
        weights,
        bias_of(graph, dense, weights),
        multipliers(graph, dense),
        graph.tensor_name(dense.output),
        graph.zero(dense.output),
        exponentials(graph.scale(dense.output), float(softmax.options.beta)),
        graph.tensor_name(softmax.output),
    )
