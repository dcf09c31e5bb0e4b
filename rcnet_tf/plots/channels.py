"""The channels of a feature map, side by side."""

from __future__ import annotations

import numpy as np

from rcnet_tf.evaluation.drawing import fonts
from rcnet_tf.plots.canvas import WIDTH, bare, jpeg, new_figure


@fonts()
def channel_grid(maps: np.ndarray, what: str, subtitle: str = "", columns: int = 8) -> bytes:
    """Draw each channel of one picture's feature map, dark to bright from its least to its most.

    Args:
        maps: float (h, w, C).
        what: the title: what is to be seen.
        subtitle: of which layer.
        columns: channels a row.

    Returns:
        The content of a JPEG file.
    """
    rows = -(-maps.shape[-1] // columns)
    figure = new_figure(0.7 + rows * (WIDTH / columns + 0.22), what, subtitle)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for channel, axes in enumerate(panels):
        if channel >= maps.shape[-1]:
            axes.remove()
            continue
        axes.imshow(maps[..., channel], cmap="cividis", interpolation="nearest")
        bare(axes)
        axes.set_xlabel(str(channel), fontsize=9, labelpad=2)
    return jpeg(figure)
