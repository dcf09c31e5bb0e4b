"""A `.tflite` as C++ source for TensorFlow Lite Micro: its bytes, and the constants around them.

Written from the file alone, so that header, array and model cannot disagree.
"""

from __future__ import annotations

import hashlib
import re

from rcnet_tf.errors import UserError
from rcnet_tf.export import esp32_s3, inspect
from rcnet_tf.export.arena import Arena

BYTES_A_ROW = 12


def c_array(content: bytes, arena: Arena, name: str, labels: tuple[str, ...]) -> tuple[str, str]:
    """Texts of `{name}_model_data.h` and `{name}_model_data.cc`.

    Args:
        content: an int8 `.tflite`.
        arena: its need of RAM.
        name: of the network, a C identifier such as "focus_rcnet"; see `identifier`.
        labels: names of the outputs.

    Raises:
        UserError: the model is not int8.
    """
    model = inspect.describe(content, name)
    input_scale, output_scale = (_scale(end, name) for end in (model.input, model.output))
    values = {
        "name": name,
        "guard": f"RCNET_TF_{name.upper()}_MODEL_DATA_H_",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "side": model.input.shape[1],
        "input_scale": input_scale,
        "input_zero_point": model.input.zero_point,
        "output_scale": output_scale,
        "output_zero_point": model.output.zero_point,
        "classes": len(labels),
        "operators": len(model.operators),
        "operator_list": "\n".join(f"//   {kind}: {n}" for kind, n in model.operators.items()),
        "arena": arena.recommended,
        "arena_need": arena.total,
        "arena_source": arena.source,
        "arena_margin": arena.recommended - arena.total,
        "arena_s3": max(arena.recommended, esp32_s3.estimate(content).recommended),
        "labels": _strings(labels),
        "names": _strings(model.operators),
        "rows": rows(content),
    }
    return _HEADER.format(**values), _SOURCE.format(**values)


def identifier(name: str) -> str:
    """A model's name as a lower-case C identifier."""
    word = re.sub(r"\W+", "_", name.lower(), flags=re.ASCII).strip("_") or "model"
    return f"model_{word}" if word[0].isdigit() else word


def _scale(end: inspect.Tensor, name: str) -> str:
    """The scale of an int8 tensor as a C literal that is exactly this float32."""
    if end.dtype != "int8" or end.scale is None:
        raise UserError(f"{name} has {end.dtype} {end.name}; expected int8 for a C array")
    text = repr(end.scale)
    return f"{text}f" if "." in text or "e" in text else f"{text}.0f"


def _strings(items) -> str:
    return "\n".join(f"    {quoted(item)}," for item in items)


def quoted(text: str) -> str:
    """A C string literal in ASCII: everything else as the octal escapes of its UTF-8."""
    octal = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
        for byte in text.encode()
    )
    return f'"{octal}"'


def rows(content: bytes) -> str:
    """The elements of a C array of bytes."""
    parts = (content[i : i + BYTES_A_ROW] for i in range(0, len(content), BYTES_A_ROW))
    return "\n".join("    " + ", ".join(f"0x{byte:02x}" for byte in part) + "," for part in parts)


_HEADER = """\
// Made by python -m rcnet_tf.convert: do not edit.
// A TensorFlow Lite model for TensorFlow Lite Micro, and its constants.
// SHA-256 of the .tflite: {sha256}

#ifndef {guard}
#define {guard}

#include <cstddef>
#include <cstdint>

// The model, 16-byte aligned as the interpreter wants it.
extern const unsigned char g_{name}_model_data[];
constexpr std::size_t g_{name}_model_data_len = {size};

namespace {name} {{

// Input: int8, 1 x kInputSize x kInputSize x 3, RGB: pixel - 128 of the whole frame, resized by
// area average.
constexpr int kInputSize = {side};
constexpr int kInputChannels = 3;
constexpr float kInputScale = {input_scale};
constexpr std::int32_t kInputZeroPoint = {input_zero_point};

// Output: int8, 1 x kClassCount: probability = (output - kOutputZeroPoint) * kOutputScale.
constexpr float kOutputScale = {output_scale};
constexpr std::int32_t kOutputZeroPoint = {output_zero_point};
constexpr int kClassCount = {classes};
extern const char* const kLabels[kClassCount];

// Kinds of operators, for MicroMutableOpResolver<kOpCount>; how often each occurs:
{operator_list}
constexpr int kOpCount = {operators};
extern const char* const kOpNames[kOpCount];

// Bytes of tensor arena to reserve: {arena_need} {arena_source}, and {arena_margin} of margin.
constexpr std::size_t kArenaSize = {arena};
// The same on an ESP32-S3, whose SIMD kernels take scratch buffers from the arena: estimated.
constexpr std::size_t kArenaSizeEsp32S3 = {arena_s3};

}}  // namespace {name}

#endif  // {guard}
"""

_SOURCE = """\
// Made by python -m rcnet_tf.convert: do not edit.
// SHA-256 of the .tflite: {sha256}

#include "{name}_model_data.h"

namespace {name} {{

const char* const kLabels[kClassCount] = {{
{labels}
}};

const char* const kOpNames[kOpCount] = {{
{names}
}};

}}  // namespace {name}

alignas(16) const unsigned char g_{name}_model_data[] = {{
{rows}
}};
"""
