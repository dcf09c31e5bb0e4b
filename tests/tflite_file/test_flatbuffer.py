"""Reading a .tflite: damaged, foreign and inconsistent files are a `UserError`, nothing else."""

import subprocess
import sys

import flatbuffers
import numpy as np
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import op_names


def packed(model):
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def writable(content):
    """Parsed with arrays that can be changed."""
    model = flatbuffer.parse(content)
    for graph in model.subgraphs:
        for operator in graph.operators:
            operator.inputs, operator.outputs = operator.inputs.copy(), operator.outputs.copy()
        for tensor in graph.tensors:
            if tensor.quantization is not None and tensor.quantization.scale is not None:
                tensor.quantization.scale = tensor.quantization.scale.copy()
                tensor.quantization.zeroPoint = tensor.quantization.zeroPoint.copy()
    return model


def first(model, kind):
    return model.subgraphs[0].operators[op_names(model).index(kind)]


@pytest.mark.parametrize("content", [b"", b"PK\3\4zip", b"\0" * 64, "Überraschung".encode()])
def test_foreign_files(content):
    with pytest.raises(UserError, match=r"photo is no \.tflite file"):
        flatbuffer.parse(content, "photo")


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_truncated_files(int8_file, share):
    with pytest.raises(UserError, match="truncated or corrupt"):
        flatbuffer.parse(int8_file[: int(share * len(int8_file))])


def _point_nowhere(model):
    first(model, "CONV_2D").inputs[0] = 30_000


def _shorten_a_constant(model):
    operator = first(model, "CONV_2D")
    buffer = model.buffers[model.subgraphs[0].tensors[operator.inputs[1]].buffer]
    buffer.data = buffer.data[:-1]


def _read_before_it_is_written(model):
    operators = model.subgraphs[0].operators
    operators[3], operators[4] = operators[4], operators[3]


def _write_over_a_constant(model):
    operator = first(model, "CONV_2D")
    operator.outputs[0] = operator.inputs[1]


def _scale_of(value):
    def change(model):
        graph = model.subgraphs[0]
        graph.tensors[graph.inputs[0]].quantization.scale[0] = value

    return change


def _drop_a_bias(model):
    operator = first(model, "DEPTHWISE_CONV_2D")
    operator.inputs = operator.inputs[:2]


def _no_stride(model):
    first(model, "CONV_2D").builtinOptions.strideW = 0


def _another_shape(model):
    graph = model.subgraphs[0]
    graph.tensors[first(model, "SUB").outputs[0]].shape = np.array([1, 2, 3], np.int32)


def _no_code(model):
    model.operatorCodes = model.operatorCodes[:1]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_point_nowhere, "names a tensor that does not exist"),
        (_shorten_a_constant, "bytes, not"),
        (_read_before_it_is_written, "has not been computed"),
        (_write_over_a_constant, "writes what is there already"),
        (_scale_of(0.0), "no positive number"),
        (_scale_of(np.nan), "no positive number"),
        (_scale_of(1e30), "absurd scale"),
        (_drop_a_bias, "lacks a bias"),
        (_no_stride, "has steps"),
        (_another_shape, "different shapes"),
        (_no_code, "an operator has no code"),
    ],
)
def test_inconsistent_files(int8_file, damage, reason):
    model = writable(int8_file)
    assert flatbuffer.parse(packed(model))  # as it is, the file is good
    damage(model)
    with pytest.raises(UserError, match=reason):
        flatbuffer.parse(packed(model), "damaged")


def test_mutated_files_are_read_or_refused(int8_file):
    random = np.random.default_rng(3)
    refused = 0
    for _ in range(150):
        content = bytearray(int8_file)
        for place in random.integers(len(content), size=6):
            content[place] = random.integers(256)
        try:
            flatbuffer.labels(bytes(content))
            flatbuffer.parse(bytes(content))
        except UserError:
            refused += 1
    assert refused > 10


def test_contract(int8_file, float32_file):
    for content in (int8_file, float32_file):
        assert flatbuffer.check_contract(flatbuffer.parse(content), "model") == (64, 6)


def test_other_graphs_are_refused(int8_file):
    model = flatbuffer.parse(int8_file)
    graph = model.subgraphs[0]
    graph.inputs = np.concatenate([graph.inputs, graph.inputs])
    with pytest.raises(UserError, match="2 inputs to 1 outputs; expected a classifier"):
        flatbuffer.check_contract(model, "model")


def test_reading_needs_no_tensorflow():
    script = (
        "import sys\n"
        "from rcnet_tf.export import arena, c_array, inspect, slim\n"
        "from rcnet_tf.tflite_file import chatter, consistency, flatbuffer, trial\n"
        "import rcnet_tf.runtime\n"
        "print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.stdout == "set()\n", result.stderr
