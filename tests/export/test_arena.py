"""RAM under TensorFlow Lite Micro: measured where it can be, else estimated and marked so."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.errors import UserError
from rcnet_tf.export import arena as arenas
from rcnet_tf.export.arena import Arena, arena, estimate
from rcnet_tf.export.slim import _packed
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import tensor_shape

SHIPPED = Path(__file__).parents[2] / "tflite" / "focus_rcnet_224_int8.tflite"
# Measured with tflite-micro on the paper's network, converted without a thought.
PLAIN = {224: 970_832, 160: 528_464, 128: 362_576, 96: 233_552}

needs_tflm = pytest.mark.skipif(
    importlib.util.find_spec("tflite_micro") is None,
    reason="no tflite-micro: its wheels exist for Linux on x86-64 alone",
)


@needs_tflm
@pytest.mark.parametrize("name", ["int8_file", "float32_file"])
def test_estimate_is_close_to_the_measured_size(name, request):
    content = request.getfixturevalue(name)
    measured, estimated = arena(content), estimate(content)
    assert measured.measured and not estimated.measured
    assert measured.tensors == estimated.tensors
    assert estimated.total == pytest.approx(measured.total, rel=0.03)
    assert estimated.recommended >= measured.total


def resized(content, size):
    """The shipped network for pictures of another side; a multiple of 32, as 224 is."""
    model = flatbuffer.parse(content)
    graph = model.subgraphs[0]
    made = [index for operator in graph.operators for index in operator.outputs]
    for index in {*map(int, graph.inputs), *map(int, made)}:
        shape = tensor_shape(graph.tensors[index])
        if len(shape) == 4 and shape[1] > 1:
            sides = [side * size // 224 for side in shape[1:3]]
            graph.tensors[index].shape = np.array([1, *sides, shape[3]], np.int32)
    return _packed(model, flatbuffer.labels(content))


@pytest.mark.parametrize(("size", "expected"), PLAIN.items())
def test_the_network_needs_no_more_than_a_plain_conversion(size, expected):
    content = resized(SHIPPED.read_bytes(), size)
    assert estimate(content).total == pytest.approx(expected, rel=0.03)
    found = arena(content)
    if found.measured:
        assert found.total <= expected
        assert found.total == pytest.approx(expected, rel=0.01)


def test_without_the_package_it_is_an_estimate_and_says_so(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "tflite_micro" else find(name)
    )
    content = SHIPPED.read_bytes()
    found = arena(content)
    assert found == estimate(content)
    assert not found.measured and found.source == "estimated"


@needs_tflm
def test_a_model_that_tflm_cannot_run_gets_an_estimate():
    model = flatbuffer.parse(SHIPPED.read_bytes())
    for code in model.operatorCodes:
        if code.builtinCode == schema.BuiltinOperator.RSQRT:
            code.builtinCode = schema.BuiltinOperator.BITCAST  # TFLM has none
            code.deprecatedBuiltinCode = 127
    assert not arena(_packed(model, ("a",))).measured


def test_activations_share_memory():
    # (bytes, first operator, last operator)
    assert arenas._plan([(100, 0, 1), (100, 1, 2), (100, 2, 3)]) == 200
    assert arenas._plan([(100, 0, 0), (100, 1, 1)]) == 100
    assert arenas._plan([(64, 0, 2), (16, 0, 0), (16, 1, 1), (32, 2, 2)]) == 96


def test_margin_is_in_whole_kibibytes():
    one = Arena(total=100_000, tensors=90_000, persistent=10_000, measured=True)
    assert one.recommended == 103_424
    assert one.recommended % 1024 == 0
    assert one.source == "measured with tflite-micro"


def test_no_tflite():
    with pytest.raises(UserError):
        arena(b"no model")
