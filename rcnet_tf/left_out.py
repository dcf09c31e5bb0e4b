"""Start commands without what Keras and TensorFlow import for functions that no command calls.

Each of these imports is optional there (`except ImportError`); where all are installed, they are a
third of the processor time of a whole `python -m rcnet_tf.summary`. For the programs of this
package alone: who imports `rcnet_tf` has all of Keras. Standard library alone.
"""

from __future__ import annotations

import importlib.abc
import sys

# Package -> the modules whose import of it is refused. All others may import it, ours among them.
_UNUSED = {
    "sklearn": ("keras.src.wrappers",),
    "matplotlib": ("keras.src.visualization",),
    "IPython": ("keras.src.saving",),
    # Where it is Keras' backend it is loaded before these.
    "jax": ("tensorflow.lite.python", "keras.src.callbacks"),
}


class _Refusal(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname in _UNUSED and _importer().startswith(_UNUSED[fullname]):
            raise ModuleNotFoundError(f"{fullname} is left out here", name=fullname)
        return None  # the usual finders go on


def _importer() -> str:
    """Name of the module whose import statement is under way."""
    frame = sys._getframe(2)
    while frame and frame.f_globals.get("__name__", "").startswith("importlib."):
        frame = frame.f_back
    return frame.f_globals.get("__name__", "") if frame else ""


def leave_out() -> None:
    """Refuse these imports from now on, in this process."""
    if not any(isinstance(finder, _Refusal) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Refusal())
