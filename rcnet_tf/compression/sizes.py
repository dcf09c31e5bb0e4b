"""What compression has brought: bytes after deflate, zeros, and different values of the kernels."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import keras
import numpy as np

from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import op_names, tensor_shape


@dataclass(frozen=True)
class Kernels:
    """Of the kernels of 1x1 convolutions and dense layers.

    Attributes:
        zeros: share of all their weights that are 0.
        least_zeros: of the kernel that has the fewest.
        values: different values of the kernel that has the most.
    """

    zeros: float
    least_zeros: float
    values: int


def deflated(content: bytes) -> int:
    """Bytes of a file as zip and gzip store it: what a download or a packed image holds."""
    return len(zlib.compress(content, 9))


def kernels(arrays: list[np.ndarray]) -> Kernels:
    """Count in kernels of any type."""
    shares = [float(np.mean(array == 0)) for array in arrays]
    total = sum(array.size for array in arrays)
    return Kernels(
        zeros=sum(share * array.size for share, array in zip(shares, arrays, strict=True)) / total,
        least_zeros=min(shares),
        values=max(len(np.unique(array)) for array in arrays),
    )


def tflite_kernels(content: bytes) -> list[np.ndarray]:
    """Kernels of the 1x1 convolutions and dense layers of a `.tflite`, as they are stored."""
    model = flatbuffer.parse(content)
    graph = model.subgraphs[0]
    found = []
    for operator, kind in zip(graph.operators, op_names(model), strict=True):
        if kind not in ("CONV_2D", "FULLY_CONNECTED"):
            continue
        tensor = graph.tensors[operator.inputs[1]]
        shape = tensor_shape(tensor)
        if kind == "FULLY_CONNECTED" or shape[1:3] == (1, 1):
            data = np.asarray(model.buffers[tensor.buffer].data)
            found.append(data.view(np.int8).reshape(shape))
    return found


def keras_kernels(network: keras.Model) -> list[np.ndarray]:
    """The same of a Keras 3 network."""
    large = (keras.layers.Conv2D, keras.layers.Dense)
    kernels = [np.asarray(one.kernel) for one in network.layers if isinstance(one, large)]
    return [kernel for kernel in kernels if kernel.ndim == 2 or kernel.shape[:2] == (1, 1)]
