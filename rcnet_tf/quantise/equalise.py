"""Give the channels of every stage one range, so that one int8 scale fits them all.

Inside a stage of Focus-RCNet the blocks add to one stream of channels, which only convolutions and
SimAM read. Both let a channel be scaled: what a BatchNorm multiplies by s on the way in, kernels
that read the channel divide by s, and SimAM weighs a channel against its own variance. The float
network stays the same, but for SimAM's lambda, 1e-4 beside variances around 1; quiet channels no
longer drown in the rounding of loud ones.

Source: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV
2019; here with the ranges of representative pictures, and over whole residual streams.
"""

from __future__ import annotations

import re

import keras
import numpy as np

from rcnet_tf.preprocess import preprocess_input

# Scales beyond this would only move the trouble into the biases.
_LIMIT = 8.0
_PICTURES = 64
_BATCH = 8


def equalise(model: keras.Model, pictures: np.ndarray) -> None:
    """Scale the channels of each stage in place; networks of other kinds are left as they are.

    Args:
        model: as `rcnet_tf.model.FocusRCNet` builds it, with softmax; changed in place.
        pictures: representative uint8 (N, S, S, 3).
    """
    stages = _stages(model)
    names = [layer.name for layer in model.layers]
    if not stages or "conv5" not in names:
        return
    ends = [blocks[-1][-1].name for blocks in stages]
    probe = keras.Model(model.input, [model.get_layer(name).output for name in ends])
    step = max(1, len(pictures) // _PICTURES)
    chosen = preprocess_input(pictures[::step])
    batches = []  # of each and every stage, the loudest value of every channel: (C,)
    for start in range(0, len(chosen), _BATCH):
        # Called, not `predict`ed: compiling takes longer than these few pictures.
        # Keras unpacks a list of one, of a network with a single stage.
        values = keras.tree.flatten(probe(chosen[start : start + _BATCH], training=False))
        batches.append([keras.ops.max(keras.ops.abs(one), axis=(0, 1, 2)) for one in values])
    loudness = [
        np.max([np.array(one) for one in stage], axis=0) for stage in zip(*batches, strict=True)
    ]
    following = [blocks[0][0] for blocks in stages[1:]] + [model.get_layer("conv5")]
    for blocks, values, outside in zip(stages, loudness, following, strict=True):
        readers = [block[0] for block in blocks[1:]] + [outside]
        if any(map(_clustered, readers)):
            continue  # a scale for every input would tear the clusters apart
        loudest = np.maximum(values, 1e-6)  # (C,)
        scale = np.clip(np.median(loudest) / loudest, 1 / _LIMIT, _LIMIT)  # (C,)
        # To three digits: the last bits of an activation depend on the machine, a file should not.
        scale = scale.astype(np.float16).astype(np.float32)
        for block in blocks:
            norms = [one for one in block if isinstance(one, keras.layers.BatchNormalization)]
            _scale_output(norms[-1], scale)
        for reader in readers:
            _scale_input(reader, scale)


def _stages(model: keras.Model) -> list[list[list[keras.layers.Layer]]]:
    """Layers of every block of every stage, in order: the first reads the stream, the last
    BatchNorm writes to it."""
    stages: dict[str, dict[str, list]] = {}
    for layer in model.layers:
        if match := re.match(r"(stage\d+)_(block\d+)_", layer.name):
            stages.setdefault(match[1], {}).setdefault(match[2], []).append(layer)
    return [list(blocks.values()) for blocks in stages.values()]


def _clustered(convolution: keras.layers.Layer) -> bool:
    """Whether a kernel has few different values (`rcnet_tf.compression`)."""
    kernel = convolution.get_weights()[0]
    return len(np.unique(kernel)) <= min(256, kernel.size // 2)


def _scale_output(norm: keras.layers.Layer, scale: np.ndarray) -> None:
    gamma, beta, mean, variance = norm.get_weights()
    norm.set_weights([gamma * scale, beta * scale, mean, variance])


def _scale_input(convolution: keras.layers.Layer, scale: np.ndarray) -> None:
    kernel, *bias = convolution.get_weights()  # (h, w, C, filters or 1)
    convolution.set_weights([kernel / scale[:, None], *bias])
