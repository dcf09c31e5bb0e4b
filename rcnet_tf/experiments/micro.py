"""TensorFlow Lite Micro behind the interface of `rcnet_tf.runtime`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rcnet_tf.export.engines import engine
from rcnet_tf.preprocess import quantize_input
from rcnet_tf.runtime import TFLiteClassifier


class MicroClassifier(TFLiteClassifier):
    """A strict int8 `.tflite` whose probabilities come from TensorFlow Lite Micro."""

    def __init__(self, path: Path, content: bytes):
        super().__init__(path, content)
        self._engine = engine("tflm", content)

    def _run(self, picture: np.ndarray) -> np.ndarray:
        return self._engine.run(quantize_input(picture[0]))[None]
