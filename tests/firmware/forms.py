"""Forms of the network that the shipped one does not have, made by editing its `.tflite`."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from variants import packed

from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import op_names

ACTIVATION = schema.ActivationFunctionType


def edited(content, *edits):
    """The file after each `edit(model, graph, kinds)`; kinds: position -> kind of operator."""
    model = flatbuffer.parse(content)
    for edit in edits:
        edit(model, model.subgraphs[0], op_names(model))
    return packed(model, flatbuffer.labels(content))


def fuse(kind, activation, which=0):
    def edit(model, graph, kinds):
        found = [o for o, k in zip(graph.operators, kinds, strict=True) if k == kind]
        found[which].builtinOptions.fusedActivationFunction = activation

    return edit


def narrow_scale(model, graph, kinds):
    """The first 1x1 convolution fills its range many times over: its factor is above 1/4."""
    reduce = graph.operators[kinds.index("DEPTHWISE_CONV_2D") + 1]
    graph.tensors[reduce.outputs[0]].quantization.scale = np.array([1e-3], np.float32)


def other_squares(model, graph, kinds):
    """SQUARED_DIFFERENCE(x, m) becomes MUL(d, d), or the other way round."""
    at = kinds.index("SUB")
    centre = graph.operators[at]
    for operator, kind in zip(graph.operators, kinds, strict=True):
        d = centre.outputs[0]
        if kind == "SQUARED_DIFFERENCE" and operator.inputs[0] == centre.inputs[0]:
            operator.opcodeIndex = graph.operators[kinds.index("MUL")].opcodeIndex
            operator.inputs = np.array([d, d], np.int32)
            operator.builtinOptionsType = schema.BuiltinOptions.MulOptions
            operator.builtinOptions = schema.MulOptionsT()
            return
        if kind == "MUL" and operator.inputs[0] == operator.inputs[1] == d:
            code = schema.OperatorCodeT()
            code.builtinCode = code.deprecatedBuiltinCode = (
                schema.BuiltinOperator.SQUARED_DIFFERENCE
            )
            code.version = 2
            model.operatorCodes.append(code)
            operator.opcodeIndex = len(model.operatorCodes) - 1
            operator.inputs = np.array(centre.inputs, np.int32)
            operator.builtinOptionsType = schema.BuiltinOptions.SquaredDifferenceOptions
            operator.builtinOptions = schema.SquaredDifferenceOptionsT()
            return
    raise AssertionError("no squares")


def without_attention(model, graph, kinds):
    """Every SimAM is cut out."""
    kept, replaced, at = [], {}, 0
    while at < len(kinds):
        operator = graph.operators[at]
        operator.inputs = np.array([replaced.get(i, i) for i in operator.inputs], np.int32)
        if kinds[at] == "MEAN" and "SUB" in kinds[at : at + 2]:
            source, end = operator.inputs[0], at
            while kinds[end] != "LOGISTIC":
                end += 1
            replaced[graph.operators[end + 1].outputs[0]] = source
            at = end + 2
            continue
        kept.append(operator)
        at += 1
    graph.operators = kept


FORMS = {
    "clamps and other squares": (
        fuse("CONV_2D", ACTIVATION.RELU_N1_TO_1, 1),
        fuse("DEPTHWISE_CONV_2D", ACTIVATION.RELU_N1_TO_1, 1),
        fuse("DEPTHWISE_CONV_2D", ACTIVATION.RELU6, 3),
        other_squares,
    ),
    "a large factor, no clamp, no SimAM": (
        narrow_scale,
        fuse("CONV_2D", ACTIVATION.RELU, 3),
        fuse("DEPTHWISE_CONV_2D", ACTIVATION.NONE, 0),
        without_attention,
    ),
}
