"""What SimAM looks at: its weights, laid over the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from rcnet_tf.evaluation.drawing import fonts
from rcnet_tf.layers.simam import SimAM, simam_attention
from rcnet_tf.plots.canvas import WIDTH, bare, jpeg, new_figure, photo
from rcnet_tf.preprocess import preprocess_input

_MAP = "cividis"  # as readable to the colour-blind


def attention_maps(model: keras.Model, pixels: np.ndarray) -> dict[str, np.ndarray]:
    """The weight that each SimAM of a network gives each position, on average over channels.

    Args:
        model: a functional model with `SimAM` layers.
        pixels: uint8 (N, S, S, 3).

    Returns:
        Name of the layer -> float32 (N, h, w), in [0.62, 1), in the order of execution.

    Raises:
        ValueError: the network has no SimAM.
    """
    found = [layer for layer in model.layers if isinstance(layer, SimAM)]
    if not found:
        raise ValueError(f"model {model.name!r} has no SimAM")
    probe = keras.Model(model.input, [layer.input for layer in found])
    tensors = probe.predict_on_batch(preprocess_input(pixels))
    maps = {}
    for layer, x in zip(found, keras.tree.flatten(tensors), strict=True):  # (N, h, w, C)
        weights = simam_attention(keras.ops.convert_to_tensor(x), layer.lambda_)
        maps[layer.name] = keras.ops.convert_to_numpy(weights).mean(axis=-1)
    return maps


@fonts()
def attention_overlay(
    pixels: np.ndarray, captions: Sequence[str], maps: Mapping[str, np.ndarray], subtitle: str = ""
) -> bytes:
    """Draw a row for each picture: itself, and each stage's weights over a grey copy.

    Args:
        pixels: uint8 (N, S, S, 3).
        captions: one a picture.
        maps: of `attention_maps`.
        subtitle: of which network.

    Returns:
        The content of a JPEG file.
    """
    columns = 1 + len(maps)
    height = len(pixels) * (WIDTH / columns + 0.1) + 1.1
    figure = new_figure(height, "SimAM turns up what stands out from its surroundings", subtitle)
    panels = figure.subplots(len(pixels), columns, squeeze=False)
    for row, (picture, caption) in enumerate(zip(pixels, captions, strict=True)):
        photo(panels[row, 0], picture, caption)
    for column, (name, weights) in enumerate(maps.items(), start=1):
        side = f"{weights.shape[1]} x {weights.shape[2]}"
        panels[0, column].set_title(f"{name.removesuffix('_simam')}, {side}", fontsize=10)
        # One scale a stage: its pictures are compared, and stages differ in their contrast.
        low, high = np.percentile(weights, [1, 99.5])
        for row, one in enumerate(weights):
            axes = panels[row, column]
            image = _overlay(axes, pixels[row], one, low, high)
        bar = figure.colorbar(
            image, ax=panels[:, column], orientation="horizontal", fraction=0.025, pad=0.01
        )
        bar.set_label("mean weight", fontsize=9)
        bar.set_ticks([low, high], labels=[f"{low:.2f}", f"{high:.2f}"])
        bar.ax.tick_params(labelsize=9)
        bar.outline.set_visible(False)
    return jpeg(figure)


def _overlay(axes, picture: np.ndarray, weights: np.ndarray, low: float, high: float):
    grey = picture.mean(axis=-1)
    axes.imshow(grey, cmap="gray", vmin=0, vmax=255)
    bare(axes)
    extent = (-0.5, picture.shape[1] - 0.5, picture.shape[0] - 0.5, -0.5)
    return axes.imshow(
        weights, cmap=_MAP, vmin=low, vmax=high, alpha=0.72, extent=extent, interpolation="bilinear"
    )
