"""Operators on real numbers against LiteRT's float kernels."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from rcnet_tf.export import real_ops
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import op_names, tensor_shape


@pytest.fixture(scope="module")
def run(float32_file, pictures):
    """The narrow network in float, with all its tensors kept."""
    interpreter = Interpreter(
        model_content=float32_file,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    interpreter.set_tensor(source, preprocess_input(pictures[:1]))
    interpreter.invoke()
    return interpreter


def test_every_operator_of_the_network(run, float32_file):
    model = flatbuffer.parse(float32_file)
    graph = model.subgraphs[0]
    seen = set()
    for operator, kind in zip(graph.operators, op_names(model), strict=True):
        inputs = [run.get_tensor(int(index)) for index in operator.inputs if index >= 0]
        result = real_ops.evaluate(kind, inputs, operator.builtinOptions)
        assert result is not None, kind
        expected = run.get_tensor(int(operator.outputs[0]))
        assert result.shape == expected.shape == tensor_shape(graph.tensors[operator.outputs[0]])
        np.testing.assert_allclose(result, expected, rtol=2e-4, atol=2e-4, err_msg=kind)
        seen.add(kind)
    assert {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "MEAN", "RSQRT", "SOFTMAX"} <= seen


def test_unknown_operator():
    assert real_ops.evaluate("HASHTABLE_FIND", [np.zeros(1)]) is None


def test_a_variance_of_zero_has_no_square_root_to_divide_by():
    assert np.isinf(real_ops.evaluate("RSQRT", [np.zeros(1, np.float32)]))
