"""Stages are found in the graph: where everything that follows depends on one tensor."""

from types import SimpleNamespace

import numpy as np
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.export import stages
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import tensor_shape


def graph(operators, inputs=(0,), outputs=(99,)):
    """A graph of (inputs, output) pairs."""
    return SimpleNamespace(
        operators=[
            SimpleNamespace(inputs=np.array(taken), outputs=np.array([given]))
            for taken, given in operators
        ],
        inputs=np.array(inputs),
        outputs=np.array(outputs),
    )


def test_a_chain_passes_through_every_tensor():
    assert stages._passages(graph([([0, 7], 1), ([1, 8, -1], 2), ([2], 99)])) == [1, 2, 99]


def test_a_shortcut_hides_what_it_leads_around():
    residual = [([0], 1), ([1], 2), ([2], 3), ([1, 3], 4), ([4], 99)]
    assert stages._passages(graph(residual)) == [1, 4, 99]


def test_two_branches_from_the_input():
    assert stages._passages(graph([([0], 1), ([0], 2), ([1, 2], 3), ([3], 99)])) == [3, 99]


def test_constants_and_dead_ends_are_no_stages():
    # 20 is computed from a constant, 30 is used by nobody.
    operators = [([0], 1), ([10], 20), ([1, 20], 2), ([2], 30), ([2], 99)]
    assert stages._passages(graph(operators)) == [1, 2, 99]


def test_stages_of_focus_rcnet(network, int8_file):
    """Stem, every block, every SimAM, conv5, pool, logits, predictions; from the Keras model."""
    parts = []
    for layer in network.layers[1:]:
        words = layer.name.split("_")
        part = "_".join(words[:2]) if words[0].startswith("stage") else words[0]
        if part not in parts and part != "dropout":
            parts.append(part)
    found = stages.stages(flatbuffer.parse(int8_file))
    assert len(found) == len(parts) == 20
    for stage, part in zip(found, parts, strict=True):
        assert stage.name.startswith(part), (stage.name, part)
    tensors = flatbuffer.parse(int8_file).subgraphs[0].tensors
    for stage in found:
        assert tensors[stage.tensor].name.decode() == stage.name
        assert stage.bytes == np.prod(tensor_shape(tensors[stage.tensor]))
    shapes = {stage.name.split("_")[0]: stage.shape for stage in found}
    assert shapes["focus"] == (32, 32, 8)
    assert shapes["predictions"] == (1, 1, 6)
    assert found[-1].tensor == flatbuffer.parse(int8_file).subgraphs[0].outputs[0]


def test_float_models_have_none(float32_file):
    with pytest.raises(UserError, match="model is not int8 throughout"):
        stages.stages(flatbuffer.parse(float32_file))
