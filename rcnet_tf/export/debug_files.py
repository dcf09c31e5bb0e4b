"""The results of `convert --debug`: what the terminal shows, CSV, JSON and a picture."""

from __future__ import annotations

import keras
import numpy as np

from rcnet_tf.export import debug, debug_plot, debug_table
from rcnet_tf.progress import Progress

TABLES = "debug.txt"


def files(lowered: keras.Model, file: str, content: bytes, test: np.ndarray) -> dict[str, bytes]:
    """Compare an int8 `.tflite` with its float network, and write down what was found.

    Args:
        lowered: see `debug.measure`.
        file: name of the `.tflite`.
        content: its bytes.
        test: uint8 (N, S, S, 3), pictures sorted by class; some are used.

    Returns:
        Contents by name.
    """
    pictures = debug.choose(test)
    progress = Progress("comparing int8 with float", len(pictures))
    found = debug.measure(lowered, content, pictures, progress.advance)
    return {
        TABLES: "".join(f"{line}\n" for line in debug_table.lines(found)).encode(),
        "debug.csv": debug_table.to_csv(found).encode(),
        "debug.json": debug_table.to_json(found).encode(),
        "debug.png": debug_plot.noise_png(found, file),
    }
