"""Keras to TFLite: strict int8, exact input contract, the same bytes each time."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from narrow_model import SIZE, patches

from rcnet_tf.errors import UserError
from rcnet_tf.export import inspect, tflite
from rcnet_tf.layers import Classifier
from rcnet_tf.networks import application
from rcnet_tf.preprocess import preprocess_input, quantize_input
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import op_names, tensor_shape, type_name


def run(content, inputs, resolver=OpResolverType.AUTO):
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    outputs = []
    for one in inputs:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], one[None])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
    return np.stack(outputs)


def test_int8_is_int8_throughout(int8_file):
    graph = flatbuffer.parse(int8_file).subgraphs[0]
    assert {type_name(tensor) for tensor in graph.tensors} == {"int8", "int32"}
    description = inspect.describe(int8_file)
    assert description.operators == {
        "CONV_2D": 24,
        "DEPTHWISE_CONV_2D": 22,
        "MUL": 22,
        "ADD": 15,
        "MEAN": 9,
        "LOGISTIC": 6,
        "RSQRT": 4,
        "SUB": 4,
        "FULLY_CONNECTED": 1,
        "SOFTMAX": 1,
    }


def test_ends_of_int8_are_the_contract(int8_file):
    description = inspect.describe(int8_file)
    source, result = description.input, description.output
    assert (source.dtype, source.shape) == ("int8", (1, SIZE, SIZE, 3))
    assert (source.scale, source.zero_point) == (1 / 128, 0)
    assert (result.dtype, result.shape) == ("int8", (1, 6))
    assert (result.scale, result.zero_point) == (1 / 256, -128)


def test_focus_is_one_convolution_and_batch_norm_is_folded(int8_file):
    model = flatbuffer.parse(int8_file)
    graph = model.subgraphs[0]
    first = graph.operators[0]
    assert op_names(model)[0] == "CONV_2D"
    assert first.inputs[0] == graph.inputs[0]
    assert tensor_shape(graph.tensors[first.inputs[1]]) == (8, 2, 2, 3)
    assert (first.builtinOptions.strideH, first.builtinOptions.strideW) == (2, 2)
    for operator, kind in zip(graph.operators, op_names(model), strict=True):
        if kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            bias = graph.tensors[operator.inputs[2]]
            assert type_name(bias) == "int32"


def test_float32_equals_keras(network, pictures, float32_file):
    expected = np.asarray(network(preprocess_input(pictures), training=False))
    actual = run(float32_file, preprocess_input(pictures))
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_int8_is_close_to_keras(network, pictures, int8_file):
    # Random weights make an extreme network: classes at 0.1 to 0.6, and int8 within a few steps.
    expected = np.asarray(network(preprocess_input(pictures), training=False))
    actual = (run(int8_file, quantize_input(pictures)).astype(np.float32) + 128) / 256
    assert np.ptp(expected) > 0.1
    assert np.mean(np.abs(actual - expected)) < 0.02
    assert np.mean(actual.argmax(1) == expected.argmax(1)) >= 0.85


def test_dynamic_is_close_to_keras_and_small(network, pictures, float32_file):
    content = tflite.dynamic(network)
    expected = np.asarray(network(preprocess_input(pictures), training=False))
    np.testing.assert_allclose(run(content, preprocess_input(pictures)), expected, atol=0.05)
    assert len(content) < 0.6 * len(float32_file)
    assert inspect.describe(content).input.dtype == "float32"


def test_same_bytes_in_another_process_whatever_the_order_of_pictures(int8_file):
    script = (
        "from rcnet_tf.left_out import leave_out\n"
        "leave_out()\n"
        "from narrow_model import narrow_network, patches\n"
        "from rcnet_tf.export import tflite\n"
        "import hashlib\n"
        "done = []\n"
        "content = tflite.int8(narrow_network(), patches(20)[::-1], done.append)\n"
        "print(sum(done), hashlib.sha256(content).hexdigest())\n"
    )
    here = Path(__file__).parents[1]  # where narrow_model is
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=here,
        env={**_environment(), "PYTHONHASHSEED": "7"},
    )
    assert result.stdout.split()[-2:] == ["20", hashlib.sha256(int8_file).hexdigest()]


def _environment():
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path}


def test_results_of_layers_keep_their_names(int8_file):
    names = [tensor.name.decode() for tensor in flatbuffer.parse(int8_file).subgraphs[0].tensors]
    named = [name for name in names if name]
    assert len(named) == len(set(named))
    for name in ("image", "focus_silu", "stage2_simam", "stage2_simam/rsqrt", "predictions"):
        assert name in named


def small_network():
    keras.utils.set_random_seed(6)
    inputs = keras.Input((SIZE, SIZE, 3), name="image")
    x = keras.layers.Conv2D(4, 3, 4, activation="relu6", name="conv")(inputs)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = Classifier(("Glas", "Müll", "紙"), name="logits")(x)
    x = keras.layers.Activation("softmax", dtype="float32", name="predictions")(x)
    return keras.Model(inputs, x, name="small")


def test_input_contract_holds_for_dull_pictures():
    content = tflite.int8(small_network(), patches(12, low=90, high=160))
    source = inspect.describe(content).input
    assert (source.scale, source.zero_point) == (1 / 128, 0)
    assert flatbuffer.labels(content) == ("Glas", "Müll", "紙")


def test_mixed_precision_becomes_float32():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        mixed = small_network()
    finally:
        keras.config.set_dtype_policy("float32")
    assert tflite.float32(mixed) == tflite.float32(small_network())


def test_signature_runs_by_names(network, pictures, float32_file):
    runner = Interpreter(model_content=float32_file).get_signature_runner()
    result = runner(image=preprocess_input(pictures[:1]))["predictions"]
    expected = np.asarray(network(preprocess_input(pictures[:1]), training=False))
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_network_of_keras_applications(pictures):
    network = application("MobileNetV2", ("a", "b", "c"), SIZE)
    content = tflite.int8(network, pictures)
    description = inspect.describe(content)
    assert set(description.tensors) == {"int8", "int32"}
    assert (description.input.scale, description.input.zero_point) == (1 / 128, 0)
    assert description.labels == ("a", "b", "c")


def test_operator_without_int8_kernel_is_named(pictures):
    inputs = keras.Input((SIZE, SIZE, 3), name="image")
    x = keras.ops.square(keras.layers.Conv2D(4, 3)(inputs))
    x = keras.layers.GlobalAveragePooling2D()(x)
    outputs = keras.layers.Softmax()(Classifier(("a", "b"), name="logits")(x))
    with pytest.raises(UserError, match="SQUARE"):
        tflite.int8(keras.Model(inputs, outputs, name="squares"), pictures)


@pytest.mark.parametrize("way", ["int8", "float32"])
@pytest.mark.parametrize("name", ["erf", "tan"])
def test_operator_that_tflite_lacks_is_named(name, way, pictures):
    inputs = keras.Input((SIZE, SIZE, 3), name="image")
    x = getattr(keras.ops, name)(keras.layers.Conv2D(4, 3)(inputs))
    x = keras.layers.GlobalAveragePooling2D()(x)
    outputs = keras.layers.Softmax()(Classifier(("a", "b"), name="logits")(x))
    given = (keras.Model(inputs, outputs, name="odd"), pictures)[: 2 if way == "int8" else 1]
    with pytest.raises(UserError) as caught:
        getattr(tflite, way)(*given)
    assert str(caught.value) == (
        f"TensorFlow cannot convert odd: 'tf.{name.title()}' op is neither a custom op nor a flex "
        "op; replace the layer by one that TensorFlow Lite has an operator for, and convert again"
    )


def test_logits_at_the_end_are_refused(network, pictures):
    logits = keras.Model(network.inputs, network.get_layer("logits").output)
    with pytest.raises(UserError, match="softmax"):
        tflite.int8(logits, pictures)


def test_other_graphs_are_refused(pictures):
    inputs = keras.Input((SIZE, SIZE, 1))
    outputs = keras.layers.GlobalAveragePooling2D()(inputs)
    with pytest.raises(UserError, match=r"expected a classifier, \(None, S, S, 3\)"):
        tflite.int8(keras.Model(inputs, outputs), pictures)
