"""RAM on an ESP32-S3: what esp-nn's own functions say, kernel by kernel."""

import pytest

from rcnet_tf.export import arena, esp32_s3

# Input, window, output, strides -> bytes that esp-nn 1.2.3 asks for: what its functions
# esp_nn_get_conv_scratch_size_esp32s3 and esp_nn_get_depthwise_conv_scratch_size_esp32s3 return.
CONVOLUTIONS = {
    ((224, 224, 3), (2, 2), 24, (2, 2)): 154_339,
    ((112, 112, 24), (1, 1), 12, (1, 1)): 736,
    ((112, 112, 12), (1, 1), 48, (1, 1)): 201_792,
    ((7, 7, 384), (1, 1), 512, (1, 1)): 202_816,
}
DEPTHWISE = {
    ((112, 112, 24), (112, 112, 24)): 832_352,
    ((56, 56, 48), (56, 56, 48)): 8_800,
    ((7, 7, 384), (7, 7, 384)): 34_576,
}


@pytest.mark.parametrize(("shape", "expected"), CONVOLUTIONS.items())
def test_convolution(shape, expected):
    found = esp32_s3._convolution(*shape) + esp32_s3._SLACK
    assert expected <= found <= expected * 1.03 + esp32_s3._SLACK


@pytest.mark.parametrize(("shapes", "expected"), DEPTHWISE.items())
def test_depthwise(shapes, expected):
    source, result = shapes
    found = esp32_s3._depthwise(source, (3, 3), result, (1, 1)) + esp32_s3._SLACK
    assert expected <= found <= expected * 1.03 + esp32_s3._SLACK


def test_stride_two_counts_what_is_written():
    """114 x 114 x 48 bytes, of which esp-nn 1.2.3 asks for 16,864."""
    found = esp32_s3._depthwise((112, 112, 48), (3, 3), (56, 56, 48), (2, 2))
    assert found > 114 * 114 * 48


def test_more_than_elsewhere(int8_file):
    assert esp32_s3.estimate(int8_file).total > arena.estimate(int8_file).total
    assert esp32_s3.estimate(int8_file).persistent == arena.estimate(int8_file).persistent
