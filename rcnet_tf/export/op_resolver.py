"""A `.tflite`'s operators as C++ for TensorFlow Lite Micro: exactly those, exactly as many.

Written from the file alone, like `c_array`, so that resolver and model cannot disagree.
"""

from __future__ import annotations

import hashlib

from rcnet_tf.errors import UserError
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import op_names

# What tflite::MicroMutableOpResolver has an Add...() for, and TensorFlow Lite a builtin operator:
# esp-tflite-micro 1.4.0, tensorflow/lite/micro/micro_mutable_op_resolver.h.
_METHODS = """
    Abs Add AddN ArgMax ArgMin AssignVariable AveragePool2D BatchMatMul BatchToSpaceNd
    BroadcastArgs BroadcastTo CallOnce Cast Ceil Concatenation Conv2D Cos CumSum DepthToSpace
    DepthwiseConv2D Dequantize Div DynamicUpdateSlice Elu EmbeddingLookup Equal Exp ExpandDims
    Fill Floor FloorDiv FloorMod FullyConnected Gather GatherNd Greater GreaterEqual HardSwish If
    L2Normalization L2Pool2D LeakyRelu Less LessEqual Log LogicalAnd LogicalNot LogicalOr Logistic
    LogSoftmax MaxPool2D Maximum Mean Minimum MirrorPad Mul Neg NotEqual Pack Pad PadV2 Prelu
    Quantize ReadVariable ReduceAll ReduceMax ReduceMin Relu Relu6 Reshape ResizeBilinear
    ResizeNearestNeighbor ReverseV2 Round Rsqrt SelectV2 Shape Sin Slice Softmax SpaceToBatchNd
    SpaceToDepth Split SplitV Sqrt Square SquaredDifference Squeeze StridedSlice Sub Sum Svdf Tanh
    Transpose TransposeConv UnidirectionalSequenceLSTM Unpack VarHandle While ZerosLike
""".split()
_BY_OPERATOR = {method.lower(): f"Add{method}" for method in _METHODS}


def methods(content: bytes, name: str = "model") -> list[str]:
    """The resolver's methods that register a model's operators, such as "AddConv2D".

    Args:
        content: a `.tflite`.
        name: what errors call it.

    Returns:
        One for each kind of operator, in alphabetical order.

    Raises:
        UserError: TensorFlow Lite Micro has no kernel for an operator.
    """
    kinds = set(op_names(flatbuffer.parse(content, name)))
    unknown = sorted(kind for kind in kinds if _key(kind) not in _BY_OPERATOR)
    if unknown:
        raise UserError(
            f"TensorFlow Lite Micro has no kernel for {', '.join(unknown)} of {name}; expected a "
            "network of its operators; it runs on phones and PCs"
        )
    return sorted(_BY_OPERATOR[_key(kind)] for kind in kinds)


def op_resolver(content: bytes, name: str) -> str:
    """Text of `{name}_op_resolver.h`.

    Args:
        content: a `.tflite`.
        name: of the network, as for `c_array`.

    Raises:
        UserError: TensorFlow Lite Micro cannot run it.
    """
    used = methods(content, name)
    return _HEADER.format(
        name=name,
        guard=f"RCNET_TF_{name.upper()}_OP_RESOLVER_H_",
        sha256=hashlib.sha256(content).hexdigest(),
        count=len(used),
        calls="\n".join(f"  TF_LITE_ENSURE_STATUS(resolver.{method}());" for method in used),
    )


def model_settings(name: str) -> str:
    """Text of `model_settings.h`, through which firmware finds a model whatever it is called."""
    return _SETTINGS.format(name=name)


def _key(operator: str) -> str:
    return operator.replace("_", "").lower()


_HEADER = """\
// Made by python -m rcnet_tf.convert: do not edit.
// The operators of a model for TensorFlow Lite Micro: no more, no fewer.
// SHA-256 of the .tflite: {sha256}

#ifndef {guard}
#define {guard}

#include "{name}_model_data.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

namespace {name} {{

using OpResolver = tflite::MicroMutableOpResolver<{count}>;
static_assert(kOpCount == {count}, "{name}_model_data.h is from another conversion: copy both");

// Registers all of them, once; the first failure, if any, is returned.
inline TfLiteStatus AddOps(OpResolver& resolver) {{
{calls}
  return kTfLiteOk;
}}

}}  // namespace {name}

#endif  // {guard}
"""

_SETTINGS = """\
// Made by python -m rcnet_tf.convert: do not edit.
// The model that the firmware runs, under names that do not depend on its own.

#ifndef RCNET_TF_MODEL_SETTINGS_H_
#define RCNET_TF_MODEL_SETTINGS_H_

#include "{name}_model_data.h"
#include "{name}_op_resolver.h"

namespace model_settings {{

using namespace {name};

constexpr const unsigned char* kModelData = g_{name}_model_data;

}}  // namespace model_settings

#endif  // RCNET_TF_MODEL_SETTINGS_H_
"""
