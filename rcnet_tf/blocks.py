"""The three blocks of the paper's Fig. 2, as functions on Keras tensors.

    bottleneck         1x1 reduce -> dw3x3 -> 1x1 expand              (ResNet's, depthwise)
    inverted residual  1x1 expand -> dw3x3 -> 1x1 reduce              (MobileNetV2)
    sandglass          dw3x3 -> 1x1 reduce -> 1x1 expand -> dw3x3     (MobileNeXt; Focus-RCNet's)

Each takes a feature map, the number of channels that come out, the stride (1 or 2) and a name that
its layers' names begin with. The shortcut is there where both ends have one shape.

Every convolution has a bias although a BatchNorm follows: the paper's parameter count has them.
They vanish when the BatchNorm is folded.
"""

from __future__ import annotations

import keras
from keras import layers

from rcnet_tf.layers import BatchNorm, BoundedGain, Pointwise


def _normalised(x, convolution, activation=None):
    """Convolution, BatchNorm and, unless the block is linear there, ReLU6."""
    name = convolution.name
    x = convolution(x)
    x = BatchNorm(name=f"{name}_bn")(x)
    if activation == "relu6":
        x = layers.ReLU(max_value=6.0, name=f"{name}_relu6")(x)
    return x


def _pointwise(x, filters, name, activation=None):
    convolution = Pointwise(filters, kernel_initializer="he_normal", name=name)
    return _normalised(x, convolution, activation)


def _depthwise(x, stride, name, activation=None):
    convolution = layers.DepthwiseConv2D(
        3, strides=stride, padding="same", depthwise_initializer="he_normal", name=name
    )
    return _normalised(x, convolution, activation)


def _residual(x, shortcut, name):
    """Add the shortcut where the shapes allow it."""
    return layers.Add(name=f"{name}_add")([shortcut, x]) if x.shape == shortcut.shape else x


def sandglass(x, filters, stride, name):
    """Sandglass block: (B, H, W, Cin) -> (B, ceil(H/stride), ceil(W/stride), filters).

    Source: Zhou et al., "Rethinking Bottleneck Structure for Efficient Mobile Network Design", ECCV
    2020, with reduction 2. The depthwise convolutions work at high dimension, the stride is in the
    last one, and the shortcut connects wide tensors.

    Example:
        >>> sandglass(keras.Input((56, 56, 48)), 96, stride=2, name="stage2_block1").shape
        (None, 28, 28, 96)
    """
    shortcut, channels = x, x.shape[-1]
    x = _depthwise(x, 1, f"{name}_dw1", "relu6")  # (B, H, W, Cin)
    x = _pointwise(x, channels // 2, f"{name}_reduce")  # (B, H, W, Cin/2)
    x = _pointwise(x, filters, f"{name}_expand", "relu6")  # (B, H, W, filters)
    x = _depthwise(x, stride, f"{name}_dw2")  # (B, H/s, W/s, filters)
    return _residual(x, shortcut, name)


def inverted_residual(x, filters, stride, name, expansion=6):
    """MobileNetV2's block: (B, H, W, Cin) -> (B, ceil(H/stride), ceil(W/stride), filters).

    Source: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
    """
    shortcut, channels = x, x.shape[-1]
    x = _pointwise(x, channels * expansion, f"{name}_expand", "relu6")  # (B, H, W, e*Cin)
    x = _depthwise(x, stride, f"{name}_dw", "relu6")  # (B, H/s, W/s, e*Cin)
    x = _pointwise(x, filters, f"{name}_reduce")  # (B, H/s, W/s, filters)
    return _residual(x, shortcut, name)


def bottleneck(x, filters, stride, name, reduction=2):
    """Classic bottleneck with a depthwise middle: (B, H, W, Cin) -> (B, .., .., filters).

    Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016; the 3x3
    convolution is depthwise, as in the comparison of MobileNeXt.
    """
    shortcut, channels = x, x.shape[-1]
    x = _pointwise(x, channels // reduction, f"{name}_reduce", "relu6")  # (B, H, W, Cin/r)
    x = _depthwise(x, stride, f"{name}_dw", "relu6")  # (B, H/s, W/s, Cin/r)
    x = _pointwise(x, filters, f"{name}_expand")  # (B, H/s, W/s, filters)
    return _residual(x, shortcut, name)


BLOCKS = {
    "sandglass": sandglass,
    "inverted_residual": inverted_residual,
    "bottleneck": bottleneck,
}
"""The blocks by name."""


def conv_bn_silu(x, convolution: keras.layers.Layer):
    """The paper's "CBS": a convolution without bias, BatchNorm, SiLU.

    Args:
        x: what the convolution takes.
        convolution: a layer; the two others are named after it.
    """
    name = convolution.name
    x = convolution(x)
    # SiLU has no ceiling: nothing but the gain keeps its int8 range small.
    x = BatchNorm(gamma_constraint=BoundedGain(), name=f"{name}_bn")(x)
    return layers.Activation("silu", name=f"{name}_silu")(x)
