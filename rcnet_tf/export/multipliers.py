"""Scales at which LiteRT and TensorFlow Lite Micro multiply alike, to the last bit.

Both compute an int8 product as (a - za) * (b - zb) * M / 2^31 * 2^shift, with the integer M from

    scale_a * scale_b / scale_result

which LiteRT's MUL computes in float32 and that of TensorFlow Lite Micro in float64 (seen with
ai-edge-litert 2.3.0 and tflite-micro 0.dev20261023182759, and confirmed by computing the products
both ways). The two M differ in their last seven bits, and with them about one product in 100,000
by one step. Every other operator of Focus-RCNet computes its multipliers alike.

Here the result's scale is moved until both ways give the same M, by some hundred times the least
change of a float32: 1e-5 of its value, far below what a scale is known to.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.tflite_file.graph import op_names

# Steps of a float32 to go in each direction; one in some hundred scales fits.
_TRIES = 20_000
# A product of two scales that float32 rounds by less than this leaves room for the quotient.
_CLEAN = 2.0**-26
# Their kernels insist on the scale of what they make.
_FIXED = ("LOGISTIC", "SOFTMAX")
# Kernels that hand values on as they are, and LiteRT that insists on one scale for them.
_COPYING = (
    "AVERAGE_POOL_2D",
    "CONCATENATION",
    "DEPTH_TO_SPACE",
    "EXPAND_DIMS",
    "GATHER",
    "MAX_POOL_2D",
    "PACK",
    "PAD",
    "PADV2",
    "RESHAPE",
    "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
    "SLICE",
    "SPACE_TO_DEPTH",
    "SPLIT",
    "SQUEEZE",
    "STRIDED_SLICE",
    "TRANSPOSE",
    "UNPACK",
)


def settle(model: schema.ModelT) -> None:
    """Move the scales around the products of a parsed int8 `.tflite` to where both engines agree.

    The scales of the graph's input and output, which are a promise, stay as they are, and so does
    everything in float, and what an operator hands on as it is.
    """
    graph = model.subgraphs[0]
    operators = list(zip(graph.operators, op_names(model), strict=True))
    products = [
        [int(index) for index in (*operator.inputs, *operator.outputs)]
        for operator, kind in operators
        if kind == "MUL" and graph.tensors[operator.outputs[0]].type == schema.TensorType.INT8
    ]
    fixed = {int(index) for index in (*graph.inputs, *graph.outputs)}
    fixed |= {int(one.outputs[0]) for one, kind in operators if kind in _FIXED}
    for operator, kind in operators:
        if kind in _COPYING:
            fixed |= {int(index) for index in (*operator.inputs, *operator.outputs)}
    results = {result for _, _, result in products}
    scales = _Scales(graph.tensors, products)
    for one, other, _ in products:
        if not clean(scales[one], scales[other]):
            for operand in {one, other} - fixed - results:
                scales.move(operand, scales.is_clean)
    for one, other, result in products:
        if result not in fixed:
            scales.settle(one, other, result)
    for operator, kind in operators:
        _renew_bias(operator, kind, graph)


class _Scales:
    """The scales of a graph's int8 tensors, by index; they can be moved."""

    def __init__(self, tensors: list[schema.TensorT], products: list[list[int]]):
        self._tensors = tensors
        self._products = products

    def __getitem__(self, index: int) -> np.float32:
        return np.float32(self._tensors[index].quantization.scale[0])

    def is_clean(self, index: int, scale: np.float32) -> bool:
        """Whether a tensor of this scale leaves every product that it goes into `clean`."""
        pairs = [(one, other) for one, other, _ in self._products if index in (one, other)]
        return all(
            clean(*(scale if operand == index else self[operand] for operand in pair))
            for pair in pairs
        )

    def settle(self, one: int, other: int, result: int) -> None:
        """Move the scale of a product to where engines agree on it, and can on what follows."""
        pair = self[one], self[other]
        self.move(result, lambda i, scale: agree(*pair, scale) and self.is_clean(i, scale))

    def move(self, index: int, fits: Callable[[int, np.float32], bool]) -> None:
        """Give a tensor the nearest scale that fits; none of `_TRIES` leaves it as it is."""
        for scale in itertools.islice(_neighbours(self[index]), 2 * _TRIES):
            if fits(index, scale):
                self._tensors[index].quantization.scale = np.array([scale], np.float32)
                return


def _neighbours(value: np.float32) -> Iterator[np.float32]:
    """A number, and then those of float32 on both sides of it, nearest first."""
    yield value
    above = below = value
    while True:
        above = np.nextafter(above, np.float32(np.inf))
        below = np.nextafter(below, np.float32(0.0))
        yield above
        yield below


def clean(one: np.float32, other: np.float32) -> bool:
    """Whether float32 holds the product of two scales nearly exactly."""
    exact = float(one) * float(other)
    return abs(float(one * other) - exact) < _CLEAN * exact


def agree(one: np.float32, other: np.float32, result: np.float32) -> bool:
    """Whether float32 and float64 give the same multiplier."""
    narrow = float(one * other / result)
    wide = float(one) * float(other) / float(result)
    return fixed_point(narrow) == fixed_point(wide)


def fixed_point(multiplier: float) -> tuple[int, int]:
    """A multiplier as kernels hold it: (M, shift) with multiplier = M / 2^31 * 2^shift."""
    fraction, shift = math.frexp(multiplier)
    return math.floor(fraction * 2**31 + 0.5), shift


def _is_int8(tensors: list[schema.TensorT]) -> bool:
    return all(tensor.type == schema.TensorType.INT8 for tensor in tensors)


def _renew_bias(operator: schema.OperatorT, kind: str, graph: schema.SubGraphT) -> None:
    """Keep the scale of a bias what it must be: input scale times weight scales."""
    if kind not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        return
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return
    source, weights, bias = (graph.tensors[index] for index in operator.inputs)
    if bias.type == schema.TensorType.INT32 and _is_int8([source, weights]):
        scale = np.float32(source.quantization.scale[0])
        bias.quantization.scale = scale * np.asarray(weights.quantization.scale, np.float32)
