"""ShuffleNet V1, the one network of the paper's comparison that keras.applications lack.

Source: Zhang, Zhou, Lin, Sun. "ShuffleNet: An Extremely Efficient Convolutional Neural Network for
Mobile Devices." CVPR 2018, Table 1 and Fig. 2, with three groups.
"""

from __future__ import annotations

from keras import layers, ops

from rcnet_tf.layers import BatchNorm

GROUPS = 3
# (units, channels at width 1); the first unit of a stage has stride 2.
STAGES = ((4, 240), (8, 480), (4, 960))
STEM_CHANNELS = 24
MIN_WIDTH = 0.15  # below, the stem alone fills the first stage
_REDUCTION = 4  # of the channels inside a unit


def features(x, width=1.0):
    """The network without its classifier: (B, S, S, 3) -> (B, S/32, S/32, channels).

    Args:
        x: Keras tensor.
        width: multiplier of the stages' channels, the paper's "scale factor"; from MIN_WIDTH on.
    """
    x = layers.Conv2D(STEM_CHANNELS, 3, 2, padding="same", use_bias=False, name="stem")(x)
    x = layers.ReLU(name="stem_relu")(BatchNorm(name="stem_bn")(x))
    x = layers.MaxPooling2D(3, 2, padding="same", name="stem_pool")(x)  # (B, S/4, S/4, 24)
    multiple = GROUPS * _REDUCTION
    for stage, (units, channels) in enumerate(STAGES, start=2):
        channels = max(1, round(channels * width / multiple)) * multiple
        for index in range(units):
            x = _unit(x, channels, 2 if index == 0 else 1, f"stage{stage}_unit{index + 1}")
    return x


def _unit(x, channels, stride, name):
    """A unit of Fig. 2 (b), or (c) where it has a stride."""
    shortcut, inside = x, channels // _REDUCTION
    # The stem's few channels are not worth dividing.
    groups = 1 if x.shape[-1] == STEM_CHANNELS else GROUPS
    if stride == 2:
        channels -= x.shape[-1]  # the shortcut brings the rest
    x = _grouped(x, inside, groups, f"{name}_reduce")  # (B, H, W, inside)
    x = layers.ReLU(name=f"{name}_relu")(x)
    x = _shuffled(x, name)
    x = layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False, name=f"{name}_dw")(x)
    x = BatchNorm(name=f"{name}_dw_bn")(x)  # (B, H/s, W/s, inside)
    x = _grouped(x, channels, GROUPS, f"{name}_expand")  # (B, H/s, W/s, channels)
    if stride == 2:
        shortcut = layers.AveragePooling2D(3, 2, padding="same", name=f"{name}_pool")(shortcut)
        x = layers.Concatenate(name=f"{name}_concat")([shortcut, x])
    else:
        x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.ReLU(name=f"{name}_out")(x)


def _grouped(x, channels, groups, name):
    """1x1 convolution in groups, BatchNorm: (B, H, W, C) -> (B, H, W, channels).

    One convolution for each group: TensorFlow has no gradient of grouped ones on a CPU, and
    microcontrollers no kernel.
    """
    parts = ops.split(x, groups, axis=-1) if groups > 1 else [x]
    parts = [
        layers.Conv2D(channels // groups, 1, use_bias=False, name=f"{name}{index + 1}")(part)
        for index, part in enumerate(parts)
    ]
    x = layers.Concatenate(name=f"{name}_concat")(parts) if groups > 1 else parts[0]
    return BatchNorm(name=f"{name}_bn")(x)


def _shuffled(x, name):
    """Channel shuffle: the i-th of each group beside each other."""
    height, width, channels = x.shape[1:]
    x = layers.Reshape((height, width, GROUPS, channels // GROUPS), name=f"{name}_groups")(x)
    x = layers.Permute((1, 2, 4, 3), name=f"{name}_shuffle")(x)
    return layers.Reshape((height, width, channels), name=f"{name}_shuffled")(x)
