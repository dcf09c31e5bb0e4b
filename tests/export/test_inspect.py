"""What is in a .tflite, and where its bytes go."""

import dataclasses
import json

import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.export import inspect


def test_int8(int8_file):
    description = inspect.describe(int8_file)
    assert description.input == inspect.Tensor("image", "int8", (1, 64, 64, 3), 1 / 128, 0)
    assert description.output == inspect.Tensor("predictions", "int8", (1, 6), 1 / 256, -128)
    assert description.labels[0] == "cardboard"
    assert description.metadata.size == 64
    assert list(description.operators)[:2] == ["CONV_2D", "DEPTHWISE_CONV_2D"]
    json.dumps(description.as_dict())


def test_sizes_sum_up_and_count_every_weight(network, int8_file):
    sizes = inspect.describe(int8_file).sizes
    parts = dataclasses.asdict(sizes)
    total = parts.pop("total")
    assert total == len(int8_file) == sum(parts.values())
    assert all(size > 0 for size in parts.values())
    # Kernels are a byte a weight; besides, there are SimAM's scalars and the axes of its means.
    kernels = sum(w.shape.num_elements() for w in network.weights if "kernel" in w.name)
    assert kernels <= sizes.weights <= kernels + 50


def test_float32(network, float32_file):
    description = inspect.describe(float32_file)
    assert (description.input.dtype, description.input.scale) == ("float32", None)
    kernels = sum(w.shape.num_elements() for w in network.weights if "kernel" in w.name)
    assert description.sizes.weights > 4 * kernels


def test_no_tflite():
    with pytest.raises(UserError, match="photo is no"):
        inspect.describe(b"JFIF" * 100, "photo")
