"""The stages of a network: tensors at which two engines can be compared, found in its graph.

A stage ends in a tensor that everything behind it depends on, so that an engine that gets a later
tensor right got this one right, and one that gets it wrong is wrong from here on. Of the tensors of
one part of Focus-RCNet (stem, block, SimAM, conv5, ...) the last such is taken:

    focus_silu, stage1_block1_dw2_bn, stage1_block2_add, ..., stage1_simam, ..., conv5_silu, pool,
    logits, predictions
"""

from __future__ import annotations

import re

from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.text import printable
from rcnet_tf.export.golden import Stage
from rcnet_tf.tflite_file.graph import tensor_shape

# Names of Focus-RCNet's parts, see `rcnet_tf.model`; any other name is a part of its own.
_PART = re.compile(r"stage\d+_[^_/]+|(focus|stem|conv5)(?=[_/])")


def stages(model: schema.ModelT, name: str = "model") -> tuple[Stage, ...]:
    """The stages of a strict int8 classifier in the order of execution; the last is its output.

    Args:
        model: parsed and checked by `flatbuffer.parse`.
        name: what errors call it.

    Raises:
        UserError: a tensor in the way is not int8.
    """
    graph = model.subgraphs[0]
    found: dict[str, Stage] = {}
    for index in _passages(graph):
        tensor = graph.tensors[index]
        text = (tensor.name or b"").decode(errors="replace")
        if tensor.type != schema.TensorType.INT8:
            raise UserError(
                f"{name} is not int8 throughout ({printable(text)} is not); expected one as "
                "rcnet_tf.convert --int8 writes it"
            )
        part = match.group() if (match := _PART.match(text)) else f"{index}"
        found.pop(part, None)  # in the order of their ends
        found[part] = Stage(text, index, _shape(tensor))
    return tuple(found.values())


def _passages(graph: schema.SubGraphT) -> list[int]:
    """Tensors that hold all that is known about the picture at some moment, in order."""
    last_use = {int(index): len(graph.operators) for index in graph.outputs}
    for time, operator in reversed(list(enumerate(graph.operators))):
        for index in operator.inputs:
            last_use.setdefault(int(index), time)
    alive = {int(index) for index in graph.inputs}
    result = []
    for time, operator in enumerate(graph.operators):
        # What is computed from constants alone is no news about the picture.
        if alive.isdisjoint(int(index) for index in operator.inputs):
            continue
        alive |= {int(index) for index in operator.outputs}
        alive = {index for index in alive if last_use.get(index, -1) > time}
        if len(alive) == 1:
            result += [index for index in alive if index in map(int, operator.outputs)]
    return result


def _shape(tensor: schema.TensorT) -> tuple[int, int, int]:
    """(height, width, channels) of a tensor with a batch of 1."""
    shape = tensor_shape(tensor)
    return shape[1:] if len(shape) == 4 else (1, 1, shape[-1])
