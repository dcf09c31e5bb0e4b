"""The one operator in which LiteRT's reference kernels and TensorFlow Lite Micro differ by design.

An int8 sum becomes an int8 result by sum * M / 2^31 / 2^r. TensorFlow Lite Micro rounds twice,
after each quotient; so do all of LiteRT's reference kernels but FULLY_CONNECTED, which rounds once
(seen with ai-edge-litert 2.3.0 and tflite-micro 0.dev20261023182759, in 3 of 10,000 results). Where
the two part ways, it is by one step of a logit.

Here the result of TensorFlow Lite Micro is computed from what goes into the layer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.export.multipliers import fixed_point
from rcnet_tf.tflite_file.graph import op_names, tensor_shape


def rounded_twice(
    model: schema.ModelT, value: Callable[[int], np.ndarray]
) -> dict[int, np.ndarray]:
    """Results of int8 FULLY_CONNECTED as TensorFlow Lite Micro has them.

    Of those with constant weights and no activation, as this project makes them.

    Args:
        model: parsed and checked by `flatbuffer.parse`.
        value: what a tensor of the model holds, by index.

    Returns:
        index of the result -> int8, of its shape.
    """
    graph = model.subgraphs[0]
    results = {}
    for operator, kind in zip(graph.operators, op_names(model), strict=True):
        result = graph.tensors[operator.outputs[0]]
        if kind != "FULLY_CONNECTED" or result.type != schema.TensorType.INT8:
            continue
        weights = model.buffers[graph.tensors[operator.inputs[1]].buffer].data
        if weights is not None and not operator.builtinOptions.fusedActivationFunction:
            index = int(operator.outputs[0])
            results[index] = _dense(model, operator, value(int(operator.inputs[0])))
    return results


def _dense(model: schema.ModelT, operator: schema.OperatorT, pixels: np.ndarray) -> np.ndarray:
    tensors = model.subgraphs[0].tensors
    source, weights, result = (tensors[i] for i in (*operator.inputs[:2], operator.outputs[0]))
    kernel = _constant(model, weights, np.int8)  # (outputs, inputs)
    taken = pixels.reshape(-1, kernel.shape[1]).astype(np.int64)  # (rows, inputs)
    sums = (taken - source.quantization.zeroPoint[0]) @ kernel.T  # (rows, outputs)
    if len(operator.inputs) > 2 and operator.inputs[2] >= 0:
        sums = sums + _constant(model, tensors[operator.inputs[2]], np.int32).reshape(-1)
    ratio = float(source.quantization.scale[0]) / float(result.quantization.scale[0])
    scales = np.broadcast_to(np.asarray(weights.quantization.scale, np.float64), sums.shape)
    rounded = [
        _rescaled(int(one), float(scale) * ratio)
        for one, scale in zip(sums.flat, scales.flat, strict=True)
    ]
    shifted = np.array(rounded) + result.quantization.zeroPoint[0]
    return np.clip(shifted, -128, 127).astype(np.int8).reshape(tensor_shape(result))


def _constant(model: schema.ModelT, tensor: schema.TensorT, dtype) -> np.ndarray:
    data = model.buffers[tensor.buffer].data.tobytes()
    return (
        np.frombuffer(data, np.dtype(dtype).newbyteorder("<"))
        .reshape(tensor_shape(tensor))
        .astype(np.int64)
    )


def _rescaled(number: int, multiplier: float) -> int:
    """number * multiplier, rounded as gemmlowp does: half up, and then half away from zero."""
    fixed, shift = fixed_point(multiplier)
    product = (number << max(shift, 0)) * fixed
    high = (product + 2**30) >> 31 if product >= 0 else -((-product + 2**30 - 1) >> 31)
    if shift >= 0:
        return high
    half = 1 << (-shift - 1)
    return (high + half) >> -shift if high >= 0 else -((-high + half) >> -shift)
