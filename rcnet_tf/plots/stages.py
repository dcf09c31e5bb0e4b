"""What int8 does to each stage: its noise in numbers, and as pictures of feature maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from rcnet_tf.evaluation.drawing import PALETTE, fonts
from rcnet_tf.export.debug import StageNoise
from rcnet_tf.export.int8_graph import Int8Graph
from rcnet_tf.plots.canvas import INK, WIDTH, bare, jpeg, new_figure, plain, png
from rcnet_tf.preprocess import preprocess_input

_MAGNIFIED = 8


@fonts()
def stage_noise(stages: Sequence[StageNoise], subtitle: str = "") -> bytes:
    """Draw signal over noise at the end of each stage, and what it does to the logits.

    Args:
        stages: of `export.debug.Diagnosis`.
        subtitle: of which network, measured on how many pictures.

    Returns:
        The content of a PNG file.
    """
    what = "Signal over noise of int8, stage by stage"
    figure = new_figure(1.4 + 0.27 * len(stages), what, subtitle)
    axes = figure.subplots()
    places = np.arange(len(stages))
    for values, words, colour, marker in (
        ([one.total_db for one in stages], "at the end of the stage", PALETTE[0], "o"),
        (
            [one.logits_db for one in stages],
            "at the logits, if all behind the stage were float",
            PALETTE[1],
            "D",
        ),
    ):
        known = [np.nan if value is None else value for value in values]
        axes.plot(known, places, color=colour, marker=marker, linewidth=1.6, label=words)
    axes.set_yticks(places, [one.name for one in stages], fontsize=9.5, parse_math=False)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("signal over noise (dB; 20 dB: the error is a tenth)", fontsize=10.5)
    figure.legend(loc="outside lower center", ncols=2, fontsize=10, frameon=False)
    plain(axes, "x")
    return png(figure)


def maps_beside(
    network: keras.Model, content: bytes, picture: np.ndarray, names: Sequence[str]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The liveliest channel of some tensors, in float and as the int8 network stores it.

    Args:
        network: the float network, of which `content` was made (`quantise.prepare.equalised`).
        content: a strict int8 `.tflite` whose tensors are named as the layers.
        picture: uint8 (S, S, 3).
        names: layers.

    Returns:
        Name -> two float32 (h, w).
    """
    graph = Int8Graph(content)
    stored = graph.run(picture[None])
    index = {name: tensor for tensor, name in enumerate(graph.names)}
    probe = keras.Model(network.input, [network.get_layer(name).output for name in names])
    real = probe.predict_on_batch(preprocess_input(picture[None]))
    found = {}
    for name, tensor in zip(names, keras.tree.flatten(real), strict=True):  # (1, h, w, C)
        channel = int(tensor[0].std(axis=(0, 1)).argmax())
        found[name] = tensor[0, ..., channel], stored[index[name]][0, ..., channel]
    return found


@fonts()
def maps_picture(maps: Mapping[str, tuple[np.ndarray, np.ndarray]], subtitle: str = "") -> bytes:
    """Draw a column a tensor: float, int8, and the difference, enlarged.

    Args:
        maps: of `maps_beside`.
        subtitle: of which picture.

    Returns:
        The content of a JPEG file.
    """
    what = f"One channel in float and in int8, and {_MAGNIFIED} times the difference"
    figure = new_figure(3 * (WIDTH / (len(maps) + 0.3)) + 0.9, what, subtitle)
    rows = figure.subplots(3, len(maps), squeeze=False)
    for column, (name, (real, stored)) in enumerate(maps.items()):
        reach = float(np.abs(real).max()) or 1.0
        shown = (real, stored, _MAGNIFIED * (stored - real))
        for axes, values in zip(rows[:, column], shown, strict=True):
            axes.imshow(values, cmap="PuOr", vmin=-reach, vmax=reach, interpolation="nearest")
            bare(axes)
        side = f"{real.shape[0]} x {real.shape[1]}"
        rows[0, column].set_title(f"{name}\n{side}", fontsize=10, parse_math=False)
        rows[2, column].set_xlabel(f"full colour: {reach:.2g}", fontsize=9.5, color=INK)
    for axes, words in zip(
        rows[:, 0], ("float", "int8", f"difference x {_MAGNIFIED}"), strict=True
    ):
        axes.set_ylabel(words, fontsize=10.5, color=INK)
    return jpeg(figure)
