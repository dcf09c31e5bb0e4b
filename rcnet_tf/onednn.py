"""oneDNN's convolutions also on processors where TensorFlow would leave them out.

TensorFlow takes them by itself where a processor has instructions for neural networks (AVX-512 VNNI
and its like). With AVX2 alone it does not, and there they are worth as much: a training step at 224
pixels takes two fifths less processor time (`python -m rcnet_tf.benchmark`), most of it saved on
the gradients of kernels. Standard library alone.
"""

from __future__ import annotations

import os

VARIABLE = "TF_ENABLE_ONEDNN_OPTS"
"""TensorFlow reads it when it is loaded."""


def prefer() -> None:
    """Have TensorFlow, which must not be loaded yet, use oneDNN unless the user has chosen.

    Sums come in another order then, so that the last digits of what is trained differ, as they do
    between processors of two kinds.
    """
    os.environ.setdefault(VARIABLE, "1")
