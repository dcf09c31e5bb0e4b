"""Focus-RCNet in Keras 3, from training on waste pictures to an int8 model on a microcontroller.

    from rcnet_tf import FocusRCNet, decode_predictions, preprocess_input

The names below are imported when they are first used: `import rcnet_tf` itself is instant and loads
neither Keras nor NumPy.
"""

from __future__ import annotations

import importlib

# name -> the module that defines it
_DEFINED_IN = {
    "Distiller": "rcnet_tf.distill",
    "Focus": "rcnet_tf.layers",
    "FocusRCNet": "rcnet_tf.model",
    "SimAM": "rcnet_tf.layers",
    "decode_predictions": "rcnet_tf.labels",
    "preprocess_input": "rcnet_tf.preprocess",
}

__all__ = ["__version__", *sorted(_DEFINED_IN)]


def __getattr__(name: str):
    if name == "__version__":
        value = _version()
    elif name in _DEFINED_IN:
        value = getattr(importlib.import_module(_DEFINED_IN[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("rcnet_tf")
    except metadata.PackageNotFoundError:
        return "0+unknown"
