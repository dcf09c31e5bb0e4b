"""The dense layer as TensorFlow Lite Micro computes it."""

import importlib.util
import math

import numpy as np
import pytest

from rcnet_tf.export import dense
from rcnet_tf.export.engines import engine
from rcnet_tf.export.multipliers import fixed_point
from rcnet_tf.tflite_file import flatbuffer


@pytest.mark.parametrize("multiplier", [0.00051, 0.0137, 0.24, 0.5])
def test_rounding_twice_is_rounding_to_within_a_step(multiplier):
    random = np.random.default_rng(0)
    first = 2.0 ** (fixed_point(multiplier)[1] - 1)  # half a unit of the first rounding
    for number in map(int, random.integers(-(10**6), 10**6, 300)):
        error = abs(dense._rescaled(number, multiplier) - number * multiplier)
        assert error <= 0.5 + first + 1e-6


def test_rounding_twice_differs_where_the_first_lifts_the_second():
    # 11.4999 in 128ths is 1471.99, rounded 1472, which is 11.5 and rounds to 12.
    multiplier = 2.0**-8 * 0.99999
    number = math.floor(11.499 * 2**8) + 1
    assert round(number * multiplier) == 11
    assert dense._rescaled(number, multiplier) == 12


@pytest.mark.skipif(
    importlib.util.find_spec("tflite_micro") is None,
    reason="no tflite-micro: its wheels exist for Linux on x86-64 alone",
)
def test_logits_are_those_of_tflm(int8_file):
    runner = engine("tflm", int8_file, keep=True)
    model = flatbuffer.parse(int8_file)
    random = np.random.default_rng(0)
    for _ in range(20):
        runner.run(random.integers(-128, 128, (64, 64, 3)).astype(np.int8))
        for index, logits in dense.rounded_twice(model, runner.tensor).items():
            np.testing.assert_array_equal(logits, runner.tensor(index))
