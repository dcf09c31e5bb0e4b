"""Focus-RCNet in Keras 3, from training on waste pictures to an int8 model on a microcontroller.

What is on a picture that comes with the package:

    >>> from rcnet_tf import FocusRCNet, decode_predictions, preprocess_input, shipped_pictures
    >>> from rcnet_tf.data.decode import decode
    >>> from rcnet_tf.preprocess import resize_picture
    >>> photo = decode(shipped_pictures.demo().pictures[0].read())  # uint8 (384, 512, 3)
    >>> pixels = preprocess_input(resize_picture(photo))  # float32 (224, 224, 3)
    >>> scores = FocusRCNet()(pixels[None])  # float32 (1, 6)
    >>> best, second, third = decode_predictions(scores)[0]  # (name, probability) each

Training, evaluation and conversion are commands: `python -m rcnet_tf.train --help`. What else a
program may build on is listed in `rcnet_tf.public`.

The names below are imported when they are first used: `import rcnet_tf` itself is instant and loads
neither Keras nor NumPy.
"""

from __future__ import annotations

import importlib

# name -> the module that defines it; in the order in which one needs them
_DEFINED_IN = {
    "FocusRCNet": "rcnet_tf.model",
    "preprocess_input": "rcnet_tf.preprocess",
    "decode_predictions": "rcnet_tf.labels",
    "Distiller": "rcnet_tf.distill",
    "Focus": "rcnet_tf.layers",
    "SimAM": "rcnet_tf.layers",
}

__all__ = ["__version__", *_DEFINED_IN]


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
