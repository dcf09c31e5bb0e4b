"""Engines compared over pictures."""

import importlib.util

import numpy as np
import pytest

from rcnet_tf.export.parity import compare, parity
from rcnet_tf.export.workers import Answer
from rcnet_tf.preprocess import quantize_input


def answer(output, checksums=(), rounded_twice=()):
    return Answer(np.array(output, np.int8), tuple(checksums), dict(rounded_twice))


def test_differences_are_counted():
    got = [answer([127, -128, 0], [1, 2]), answer([5, 6, 7], [3, 9]), answer([1, 2, 3], [5, 6])]
    expected = [
        answer([-128, 127, 0], [1, 2]),
        answer([5, 6, 9], [3, 4]),
        answer([1, 2, 3], [5, 6]),
    ]
    result = compare(got, expected)
    assert (result.pictures, result.equal) == (3, 1)
    assert (result.stages, result.equal_stages) == (6, 5)
    assert (result.bytes, result.different_bytes) == (9, 3)
    assert result.largest == 255  # of int8 bytes, without an overflow
    assert result.same_decision == 2
    assert result.unexplained == 2 and not result.exact
    assert compare(expected, expected).exact


def test_the_rounding_of_the_dense_layer_is_no_mistake():
    expected = answer([9, 1], [1, 2, 3, 4], {2: 30})
    result = compare([answer([8, 1], [1, 2, 30, 40])], [expected])
    assert (result.equal, result.rounding, result.unexplained) == (0, 1, 0)
    assert (result.stages, result.equal_stages) == (2, 2) and result.exact
    # Any other value there, or a difference before it, is one.
    for checksums in ([1, 2, 31, 40], [1, 7, 30, 40]):
        result = compare([answer([8, 1], checksums)], [expected])
        assert (result.rounding, result.unexplained) == (0, 1) and not result.exact


def test_optimised_kernels_have_no_stages():
    result = compare([answer([1, 2])], [answer([1, 3], [7, 8, 9])])
    assert (result.stages, result.equal_stages, result.different_bytes) == (0, 0, 1)


@pytest.mark.skipif(
    importlib.util.find_spec("tflite_micro") is None,
    reason="no tflite-micro: its wheels exist for Linux on x86-64 alone",
)
def test_tflm_equals_the_reference_kernels(int8_file, pictures):
    seen = []
    labels = np.arange(6) % 6
    pixels = [quantize_input(picture) for picture in pictures[:6]]
    result = parity(int8_file, pixels, labels, progress=seen.append)
    micro, optimised = result.comparisons["tflm"], result.comparisons["optimised"]
    assert micro.exact and micro.stages >= 6 * 18
    assert optimised.pictures == 6 and optimised.bytes == 36
    assert sum(seen) == 6
