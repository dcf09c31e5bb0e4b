"""What must be true of an int8 `.tflite` of this project, or it is not written."""

from __future__ import annotations

from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.errors import UserError
from rcnet_tf.preprocess import INPUT_SCALE, INPUT_ZERO_POINT
from rcnet_tf.tflite_file.graph import op_names, type_name

OUTPUT_SCALE = 1.0 / 256.0
OUTPUT_ZERO_POINT = -128

_ALLOWED = (schema.TensorType.INT8, schema.TensorType.INT32)


def check_int8(model: schema.ModelT, name: str) -> None:
    """Make sure of strict int8 and of the input contract.

    - Every tensor is int8 or int32, so that no operator is left in float.
    - The input has scale 1/128 and zero point 0: int8 input = pixel - 128.
    - The output has scale 1/256 and zero point -128, those of a softmax.

    Raises:
        UserError: one of these does not hold.
    """
    graph = model.subgraphs[0]
    float_operators = [
        (kind, tensor)
        for operator, kind in zip(graph.operators, op_names(model), strict=True)
        for tensor in (graph.tensors[i] for i in (*operator.inputs, *operator.outputs) if i >= 0)
        if tensor.type not in _ALLOWED
    ]
    if float_operators:
        # The converter wraps what it cannot quantise in these two; they are not to blame.
        blamed = [one for one in float_operators if one[0] not in ("DEQUANTIZE", "QUANTIZE")]
        kind, tensor = (blamed or float_operators)[0]
        raise UserError(
            f"{name} is not int8 throughout: {kind} works on {type_name(tensor)}; replace the "
            "layer by one that TensorFlow Lite has an int8 kernel for"
        )
    source, result = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]
    _check_scale(source, "input", INPUT_SCALE, INPUT_ZERO_POINT, name)
    _check_scale(result, "output", OUTPUT_SCALE, OUTPUT_ZERO_POINT, name)


def _check_scale(tensor, end: str, scale: float, zero_point: int, name: str) -> None:
    got = float(tensor.quantization.scale[0]), int(tensor.quantization.zeroPoint[0])
    if got != (scale, zero_point):
        raise UserError(
            f"the int8 {end} of {name} has scale {got[0]:.8g} and zero point {got[1]}; expected "
            f"1/{1 / scale:.0f} and {zero_point}, from an {end} "
            + ("of pixel / 128 - 1" if end == "input" else "that is a softmax")
        )
