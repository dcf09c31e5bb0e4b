"""Multipliers on which LiteRT and TensorFlow Lite Micro agree."""

import math

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.export import tflite
from rcnet_tf.export.multipliers import agree, fixed_point, settle
from rcnet_tf.tflite_file import flatbuffer, trial
from rcnet_tf.tflite_file.graph import op_names


@pytest.mark.parametrize("value", [0.75, 0.0123, 1.0, 3.999999, 1e-6])
def test_fixed_point_is_the_multiplier(value):
    number, shift = fixed_point(value)
    assert 2**30 <= number <= 2**31
    assert math.ldexp(number / 2**31, shift) == pytest.approx(value, rel=2**-31)


def test_powers_of_two_agree():
    assert agree(np.float32(0.3), np.float32(1 / 256), np.float32(0.3))


def product_of(one, other, result):
    """A model of one product."""
    model = schema.ModelT()
    model.operatorCodes = [schema.OperatorCodeT()]
    model.operatorCodes[0].builtinCode = schema.BuiltinOperator.MUL
    graph = schema.SubGraphT()
    graph.tensors = []
    for scale in (one, other, result, 1.0):
        tensor = schema.TensorT()
        tensor.type, tensor.quantization = schema.TensorType.INT8, schema.QuantizationParametersT()
        tensor.quantization.scale = np.array([scale], np.float32)
        graph.tensors.append(tensor)
    operator = schema.OperatorT()
    operator.opcodeIndex = 0
    operator.inputs, operator.outputs = np.array([0, 1]), np.array([2])
    graph.operators, graph.inputs, graph.outputs = [operator], np.array([3]), np.array([3])
    model.subgraphs = [graph]
    return model


def test_scales_hardly_move():
    random = np.random.default_rng(0)
    before = 0
    for scales in np.exp2(random.uniform(-9, 1, (100, 3))).astype(np.float32):
        before += agree(*scales)
        model = product_of(*scales)
        settle(model)
        tensors = model.subgraphs[0].tensors[:3]
        moved = [tensor.quantization.scale[0] for tensor in tensors]
        assert all(scale.dtype == np.float32 for scale in moved)
        assert agree(*moved)
        np.testing.assert_allclose(moved, scales, rtol=2e-4)
    assert before < 10  # those that agreed by chance


def test_every_product_of_a_conversion_agrees(int8_file):
    model = flatbuffer.parse(int8_file)
    graph = model.subgraphs[0]
    found = 0
    for operator, kind in zip(graph.operators, op_names(model), strict=True):
        ends = [graph.tensors[i] for i in (*operator.inputs, *operator.outputs) if i >= 0]
        if kind == "MUL":
            found += 1
            assert agree(*(np.float32(tensor.quantization.scale[0]) for tensor in ends))
        elif kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED") and len(ends) == 4:
            source, weights, bias, _ = (tensor.quantization.scale for tensor in ends)
            np.testing.assert_array_equal(bias, source * weights)
    assert found >= 4 * 4 + 2  # SimAM's and SiLU's


def test_settling_again_changes_nothing(int8_file):
    model = flatbuffer.parse(int8_file)
    before = [tensor.quantization.scale for tensor in model.subgraphs[0].tensors]
    settle(model)
    for tensor, scale in zip(model.subgraphs[0].tensors, before, strict=True):
        np.testing.assert_array_equal(tensor.quantization.scale, scale)


def test_concatenated_tensors_keep_the_scale_they_share(pictures):
    """As in DenseNet and ShuffleNet."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((64, 64, 3))
    x = keras.layers.Conv2D(8, 3, strides=4)(inputs)
    for _ in range(3):
        grown = keras.layers.Conv2D(4, 3, padding="same")(x)
        x = keras.layers.Concatenate()([x, keras.layers.Activation("silu")(grown)])
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(3)(x)
    model = keras.Model(inputs, keras.layers.Softmax()(x))
    content = tflite.plain_int8(model, pictures)
    trial.try_out(content, "model")
    parsed = flatbuffer.parse(content)
    tensors = parsed.subgraphs[0].tensors
    joined = [
        {float(tensors[i].quantization.scale[0]) for i in (*operator.inputs, *operator.outputs)}
        for operator, kind in zip(parsed.subgraphs[0].operators, op_names(parsed), strict=True)
        if kind == "CONCATENATION"
    ]
    assert [len(scales) for scales in joined] == [1, 1, 1]
