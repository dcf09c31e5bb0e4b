"""Networks that exist nowhere else: the shipped int8 file at another input size and width.

No conversion is needed: the weights do not depend on the size, and of a narrower network's channels
the first are taken. What such a network answers means nothing; every number of it is real.
"""

import io
import zipfile

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import op_names, tensor_shape


def variant(content, size, width=1.0):
    """The `.tflite` for pictures of `size`, with `width` times the channels, an even number."""
    model = flatbuffer.parse(content)
    graph = model.subgraphs[0]
    graph.tensors[graph.inputs[0]].shape = np.array([1, size, size, 3], np.int32)
    for operator, kind in zip(graph.operators, op_names(model), strict=True):
        tensors = [graph.tensors[index] for index in operator.inputs]
        result = graph.tensors[operator.outputs[0]]
        source = tensor_shape(tensors[0])
        if kind in ("CONV_2D", "FULLY_CONNECTED"):
            last = kind == "FULLY_CONNECTED"
            outputs = result.shape[-1] if last else narrowed(result.shape[-1], width)
            cut(model, tensors[1], (slice(outputs), ..., slice(source[-1])))
            cut(model, tensors[2], (slice(outputs),))
        elif kind == "DEPTHWISE_CONV_2D":
            outputs = source[-1]
            cut(model, tensors[1], (..., slice(outputs)))
            cut(model, tensors[2], (slice(outputs),))
        else:
            outputs = source[-1]
        if kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            stride = operator.builtinOptions.strideH
            side = -(-source[1] // stride)
        elif kind == "MEAN":
            side = 1
        else:
            side = max(tensor_shape(tensor)[1] if tensor_shape(tensor)[1:2] else 1
                       for tensor in tensors)  # fmt: skip
        shape = [1, side, side, outputs] if len(tensor_shape(result)) == 4 else [1, outputs]
        result.shape = np.array(shape, np.int32)
    return packed(model, flatbuffer.labels(content))


def narrowed(channels, width):
    """As many channels, not all of them multiples of 4."""
    return max(2, int(channels * width) // 2 * 2)


def cut(model, tensor, part):
    """Keep a part of a constant, and the scales of what is kept."""
    kinds = {schema.TensorType.INT8: np.int8, schema.TensorType.INT32: np.int32}
    values = np.frombuffer(model.buffers[tensor.buffer].data.tobytes(), kinds[tensor.type]).reshape(
        tensor_shape(tensor)
    )[part]
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor.buffer = len(model.buffers) - 1
    tensor.shape = np.array(values.shape, np.int32)
    quantization = tensor.quantization
    if len(quantization.scale) > 1:
        kept = values.shape[quantization.quantizedDimension]
        quantization.scale = quantization.scale[:kept]
        quantization.zeroPoint = quantization.zeroPoint[:kept]


def packed(model, labels):
    """A `.tflite` with class names."""
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    file = io.BytesIO(bytes(builder.Output()))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(flatbuffer.LABEL_FILE, "".join(f"{label}\n" for label in labels))
    return file.getvalue()
