"""RAM under TensorFlow Lite Micro: measured where it can be, else estimated and marked so."""

import importlib.util

import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.export import arena as arenas
from rcnet_tf.export.arena import Arena, arena, estimate

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
