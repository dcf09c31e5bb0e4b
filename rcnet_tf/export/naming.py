"""Names for the tensors of a converted file: those of the layers that make them.

What the converter writes is "model_1/layer_bn_1/batchnorm/add_1;model_1/layer_1/convolution;...".
"""

from __future__ import annotations

import re
from collections import Counter

import keras
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.quantise.lower import Unsupported, quantisers
from rcnet_tf.tflite_file.graph import op_names, tensor_shape

_TOLERANCE = 1e-5  # of scales, which the converter computes in float32
_COPYING = ("MAX_POOL_2D", "RESHAPE")  # what they make are values of what they take


def by_range(model: schema.ModelT, lowered: keras.Model) -> dict[int, str]:
    """Which int8 tensor of a file is which of the lowered network that was converted.

    The converter takes every range from a FakeQuant and drops its name. Shape, scale, zero point
    and order together find it again, and show that the file has the ranges that were learnt. What
    only copies values has no FakeQuant: its result is named "stage1_relu6/max_pool_2d".

    Returns:
        Names of what operators make, and of the input, by tensor index.

    Raises:
        Unsupported: the converter made a tensor with a range of its own, or left one in float.
    """
    left = [
        (name, (1, *one.output.shape[1:]), *one.quantisation())
        for name, one in quantisers(lowered).items()
    ]
    graph = model.subgraphs[0]
    names = {int(index): _taken(left, graph.tensors[index], lowered) for index in graph.inputs}
    seen: Counter[str] = Counter()
    for operator, kind in zip(graph.operators, op_names(model), strict=True):
        for output in operator.outputs:
            tensor, source = graph.tensors[output], int(operator.inputs[0])
            if source in names and _copies(kind, tensor, graph.tensors[source]):
                name = f"{names[source]}/{kind.lower()}"
                seen[name] += 1
                names[int(output)] = name if seen[name] == 1 else f"{name}_{seen[name]}"
            else:
                names[int(output)] = _taken(left, tensor, lowered)
    return names


def by_path(model: schema.ModelT, layers: list[str]) -> dict[int, str]:
    """Name what operators make, and the inputs, after the layers in the converter's names.

    Args:
        model: as converted.
        layers: names of the network's layers in the order of execution.

    Returns:
        Names by tensor index: "stage1_block2_expand_relu6", and inside a layer of several operators
        "stage1_simam/rsqrt".
    """
    graph = model.subgraphs[0]
    names = [(tensor.name or b"").decode(errors="replace") for tensor in graph.tensors]
    order = {name: index for index, name in enumerate(layers)}
    ends = set(graph.outputs.tolist())  # the converter calls these by another name
    kinds = [kind.lower() for kind in op_names(model)]
    made = [
        (output, _layer(names[output], order) or (layers[-1] if output in ends else "node"), kind)
        for operator, kind in zip(graph.operators, kinds, strict=True)
        for output in operator.outputs
    ]
    last = {layer: output for output, layer, _ in made}
    last.pop("node", None)
    seen: Counter[str] = Counter()
    found: dict[int, str] = {}
    for output, layer, kind in made:
        name = layer if last.get(layer) == output else f"{layer}/{kind}"
        seen[name] += 1
        found[int(output)] = name if seen[name] == 1 else f"{name}_{seen[name]}"
    for number, index in enumerate(graph.inputs):
        found[int(index)] = layers[0] if number == 0 else f"input_{number}"
    return found


def _taken(left: list[tuple], tensor: schema.TensorT, lowered: keras.Model) -> str:
    """The name of the first rounding in `left` that a tensor fits; it is taken from there."""
    place = next((n for n, one in enumerate(left) if _fits(tensor, *one[1:])), None)
    if place is None:
        text = f"{(tensor.name or b'').decode(errors='replace')[-80:]} {tensor_shape(tensor)}"
        raise Unsupported(
            f"{lowered.name} has no int8 lowering here: the converter chose a range of its own for "
            f"{text}; expected a network of rcnet_tf.FocusRCNet"
        )
    return left.pop(place)[0]


def _copies(kind: str, result: schema.TensorT, source: schema.TensorT) -> bool:
    """Whether an operator only copies, and its result has the range of what it takes."""
    quantization = source.quantization
    ends = float(quantization.scale[0]), int(quantization.zeroPoint[0])
    return kind in _COPYING and _fits(result, tensor_shape(result), *ends)


def _fits(tensor: schema.TensorT, shape, scale: float, zero_point: int) -> bool:
    quantization = tensor.quantization
    if tensor_shape(tensor) != shape or quantization is None or quantization.scale is None:
        return False
    near = abs(float(quantization.scale[0]) / scale - 1.0) < _TOLERANCE
    return near and int(quantization.zeroPoint[0]) == zero_point


def _layer(name: str, order: dict[str, int]) -> str | None:
    """The layer that made a tensor: of all that were fused into it, the last in the network.

    The converter joins the paths of fused operators by ";"; Keras may append a number to the name
    of a layer that is called again, and often does.
    """
    found = []
    for path in name.split(";"):
        for part in reversed(path.split("/")):
            part = part if part in order else re.sub(r"_\d+$", "", part)
            if part in order:
                found.append(part)
                break
    return max(found, key=order.__getitem__, default=None)
