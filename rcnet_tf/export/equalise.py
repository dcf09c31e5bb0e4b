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

# Of each kind of block, the layer that writes to the stream and the one that reads from it.
_WRITERS = ("dw2_bn", "reduce_bn", "expand_bn")  # the last that a block has, in this order
_READERS = ("dw1", "expand", "reduce")  # the first that a block has, in this order
# Scales beyond this would only move the trouble into the biases.
_LIMIT = 8.0
_PICTURES = 64


def equalise(model: keras.Model, pictures: np.ndarray) -> None:
    """Scale the channels of each stage in place; networks of other kinds are left as they are.

    Args:
        model: as `rcnet_tf.model.FocusRCNet` builds it, with softmax; changed in place.
        pictures: representative uint8 (N, S, S, 3).
    """
    names = {layer.name for layer in model.layers}
    stages = sorted(
        {match[1] for name in names if (match := re.match(r"(stage\d+)_block1_", name))}
    )
    if not stages or "conv5" not in names:
        return
    blocks = {stage: _blocks(names, stage) for stage in stages}
    ends = [_stream_end(names, blocks[stage][-1]) for stage in stages]
    probe = keras.Model(model.inputs, [model.get_layer(name).output for name in ends])
    step = max(1, len(pictures) // _PICTURES)
    maps = probe.predict(preprocess_input(pictures[::step]), batch_size=8, verbose=0)
    for index, (stage, values) in enumerate(zip(stages, maps, strict=True)):
        loudest = np.maximum(np.abs(values).max(axis=(0, 1, 2)), 1e-6)  # (C,)
        scale = np.clip(np.median(loudest) / loudest, 1 / _LIMIT, _LIMIT)  # (C,)
        for block in blocks[stage]:
            _scale_output(model.get_layer(_writer(names, block)), scale)
        readers = [_reader(names, block) for block in blocks[stage][1:]]
        following = stages[index + 1] if index + 1 < len(stages) else None
        readers.append(_reader(names, blocks[following][0]) if following else "conv5")
        for reader in readers:
            _scale_input(model.get_layer(reader), scale)


def _blocks(names: set[str], stage: str) -> list[str]:
    found = {match[1] for name in names if (match := re.match(rf"({stage}_block\d+)_", name))}
    return sorted(found, key=lambda block: int(block.rsplit("block", 1)[1]))


def _writer(names: set[str], block: str) -> str:
    return next(f"{block}_{end}" for end in _WRITERS if f"{block}_{end}" in names)


def _reader(names: set[str], block: str) -> str:
    return next(f"{block}_{start}" for start in _READERS if f"{block}_{start}" in names)


def _stream_end(names: set[str], block: str) -> str:
    return f"{block}_add" if f"{block}_add" in names else _writer(names, block)


def _scale_output(norm: keras.layers.Layer, scale: np.ndarray) -> None:
    gamma, beta, mean, variance = norm.get_weights()
    norm.set_weights([gamma * scale, beta * scale, mean, variance])


def _scale_input(convolution: keras.layers.Layer, scale: np.ndarray) -> None:
    kernel, *bias = convolution.get_weights()  # (h, w, C, filters or 1)
    convolution.set_weights([kernel / scale[:, None], *bias])
