"""The first line of a notebook: TensorFlow is loaded, and its chatter stays out of the cells.

from rcnet_tf import notebook

notebook.start()
"""

from __future__ import annotations

import logging

from rcnet_tf import quiet
from rcnet_tf.tflite_file import chatter


def start() -> None:
    """Load what would otherwise print a dozen lines below whichever cell needs it first.

    `quiet.loading`, which commands use, wants a process without threads, and a notebook's has some.
    """
    quiet.set_level()
    with chatter.held_back():
        import keras  # noqa: F401
        import tensorflow  # noqa: F401
    # Of retraced functions, which are normal where several networks are tried.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
