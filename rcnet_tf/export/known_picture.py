"""A real picture as C++, with the answer that the model must give to it.

A board without a camera has something to classify, and any board can find out whether it computes
what a PC computes.
"""

from __future__ import annotations

import numpy as np

from rcnet_tf.export.c_array import quoted, rows
from rcnet_tf.export.golden import Golden


def known_picture(golden: Golden) -> tuple[str, str]:
    """Texts of `known_picture.h` and `known_picture.cc`, from the first golden picture."""
    first = golden.pictures[0]
    size, _, channels = first.pixels.shape
    pixels = (first.pixels.astype(np.int16) + 128).astype(np.uint8)
    values = {
        "sha256": golden.model_sha256,
        "name": quoted(first.name),
        "size": size,
        "bytes": size * size * channels,
        "classes": first.output.size,
        "label": first.label,
        "output": ", ".join(map(str, first.output)),
        "rows": rows(pixels.tobytes()),
    }
    return _HEADER.format(**values), _SOURCE.format(**values)


_HEADER = """\
// Made by python -m rcnet_tf.convert: do not edit.
// A test picture, and what the model makes of it.
// SHA-256 of the .tflite: {sha256}

#ifndef RCNET_TF_KNOWN_PICTURE_H_
#define RCNET_TF_KNOWN_PICTURE_H_

#include <cstdint>

namespace known_picture {{

// kSize x kSize pixels, row by row: red, green, blue, 0 to 255.
constexpr int kSize = {size};
extern const std::uint8_t kPixels[{bytes}];

// Its class, -1 if unknown, and the int8 output of TensorFlow Lite Micro's reference kernels.
constexpr int kLabel = {label};
constexpr int kClassCount = {classes};
extern const std::int8_t kOutput[kClassCount];

extern const char* const kName;

}}  // namespace known_picture

#endif  // RCNET_TF_KNOWN_PICTURE_H_
"""

_SOURCE = """\
// Made by python -m rcnet_tf.convert: do not edit.

#include "known_picture.h"

namespace known_picture {{

const char* const kName = {name};

const std::int8_t kOutput[kClassCount] = {{{output}}};

const std::uint8_t kPixels[{bytes}] = {{
{rows}
}};

}}  // namespace known_picture
"""
