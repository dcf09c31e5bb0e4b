"""Focus-RCNet, to the last of its 525,802 parameters.

Source: Zheng, Wang, Duan, Pang, Tan. "Focus-RCNet: a lightweight recyclable waste classification
algorithm based on focus and knowledge distillation." Visual Computing for Industry, Biomedicine,
and Art 6, 19 (2023), Table 1 and Fig. 1.

    input   (B, 224, 224, 3), pixel / 128 - 1
    Focus   (B, 112, 112, 24), BN, SiLU
    stage 1 (B, 56, 56, 48)    4 sandglass blocks, SimAM
    stage 2 (B, 28, 28, 96)    3
    stage 3 (B, 14, 14, 192)   2
    stage 4 (B, 7, 7, 384)     2
    conv5   (B, 7, 7, 512), BN, SiLU; global average; dropout; dense; softmax

Deviation: where a stride of 2 meets an even size, padding "same" adds its row and column at the
bottom right, as TensorFlow and its int8 kernels do; PyTorch's padding=1 is symmetric. Parameters
and arithmetic are the same.
"""

from __future__ import annotations

import keras
from keras import layers

from rcnet_tf.blocks import BLOCKS, conv_bn_silu
from rcnet_tf.labels import TRASHNET
from rcnet_tf.layers import Classifier, Focus, Pointwise, SimAM
from rcnet_tf.preprocess import DEFAULT_SIZE, check_size
from rcnet_tf.weights import load_pretrained

STAGES = ((4, 48), (3, 96), (2, 192), (2, 384))
"""(blocks, channels) of each stage; its first block has stride 2."""

STEM_CHANNELS = 24
"""Channels behind the stem."""

HEAD_CHANNELS = 512
"""Channels of the last feature map, "conv5"."""

MAX_WIDTH = 8.0
"""Largest width multiplier."""


def scaled(channels: int, width: float) -> int:
    """Channels times the width multiplier, to the nearest multiple of 8 and at least 8.

    Example:
        >>> scaled(192, width=0.75)
        144
    """
    return max(8, int(channels * width / 8 + 0.5) * 8)


def FocusRCNet(
    include_top=True,
    weights="trashnet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=6,
    classifier_activation="softmax",
    width=1.0,
    stem="focus",
    block="sandglass",
    attention="simam",
    dropout=0.2,
    class_names=None,
    name="focus_rcnet",
):
    """Build Focus-RCNet, in the manner of `keras.applications`.

    Args:
        include_top: whether the classifier is part of the network.
        weights: "trashnet" (shipped, for the nearest input size; six classes, width 1.0, the
            paper's blocks), None for random ones, or the path of a `.weights.h5` or `.keras` file.
        input_tensor: optional Keras tensor to use as the input.
        input_shape: (S, S, 3) with S even, 64 to 448; (224, 224, 3) by default.
        pooling: without the top: None for the last feature map, "avg" or "max" for (B, 512).
        classes: number of classes.
        classifier_activation: "softmax", or None for logits.
        width: multiplier of every channel count, for smaller boards; above 0, 8 at most.
        stem: "focus", or "conv" for the ablation's plain 3x3 convolution of stride 2.
        block: "sandglass", "inverted_residual" or "bottleneck" (the paper's Fig. 2).
        attention: "simam", or None for the ablation without.
        dropout: rate before the classifier.
        class_names: names in the order of the outputs; TrashNet's where there are six classes and
            none are given.
        name: name of the model.

    Returns:
        A functional `keras.Model`: (B, S, S, 3), `preprocess_input`'s range, -> (B, classes).

    Raises:
        ValueError: an argument is outside its range, or the weights do not belong to the network.

    Example:
        >>> FocusRCNet().output_shape
        (None, 6)
        >>> small = FocusRCNet(weights=None, input_shape=(96, 96, 3), width=0.5, classes=3)
        >>> small.input_shape, small.output_shape
        ((None, 96, 96, 3), (None, 3))
    """
    if block not in BLOCKS:
        raise ValueError(f"block {block!r}: expected one of {', '.join(BLOCKS)}")
    if stem not in ("focus", "conv"):
        raise ValueError(f"stem {stem!r}: expected 'focus' or 'conv'")
    if attention not in ("simam", None):
        raise ValueError(f"attention {attention!r}: expected 'simam' or None")
    if pooling not in (None, "avg", "max"):
        raise ValueError(f"pooling {pooling!r}: expected None, 'avg' or 'max'")
    if not 0 < width <= MAX_WIDTH:
        raise ValueError(f"width {width}: expected a number above 0, {MAX_WIDTH:g} at most")
    class_names = _names(classes, class_names)

    inputs = _input(input_tensor, input_shape)
    x = conv_bn_silu(inputs, _stem(stem, scaled(STEM_CHANNELS, width)))  # (B, S/2, S/2, 24)
    for stage, (blocks, channels) in enumerate(STAGES, start=1):
        for index in range(blocks):
            stride = 2 if index == 0 else 1
            x = BLOCKS[block](x, scaled(channels, width), stride, f"stage{stage}_block{index + 1}")
        if attention:
            x = SimAM(name=f"stage{stage}_simam")(x)  # (B, S/2^(stage+1), .., channels)
    x = conv_bn_silu(x, _head(scaled(HEAD_CHANNELS, width)))  # (B, S/32, S/32, 512)
    if include_top:
        x = layers.GlobalAveragePooling2D(name="pool")(x)  # (B, 512)
        x = layers.Dropout(dropout, name="dropout")(x)
        x = Classifier(class_names, name="logits")(x)  # (B, classes)
        if classifier_activation:
            # Probabilities in float32 also under mixed precision.
            x = layers.Activation(classifier_activation, dtype="float32", name="predictions")(x)
    elif pooling:
        pool = layers.GlobalAveragePooling2D if pooling == "avg" else layers.GlobalMaxPooling2D
        x = pool(name="pool")(x)  # (B, 512)

    model = keras.Model(_source(inputs), x, name=name)
    if weights is not None:
        load_pretrained(model, weights)
    return model


def _input(tensor, shape):
    """The input tensor, its size checked."""
    if tensor is not None:
        if shape is not None and tuple(shape) != tuple(tensor.shape[1:]):
            raise ValueError(f"input_shape {tuple(shape)}, but input_tensor is {tensor.shape}")
        shape = tensor.shape[1:]
    shape = tuple(shape or (DEFAULT_SIZE, DEFAULT_SIZE, 3))
    if len(shape) != 3 or shape[2] != 3 or shape[0] != shape[1] or shape[0] is None:
        raise ValueError(f"input_shape {shape}: expected (S, S, 3)")
    check_size(shape[0])
    return tensor if tensor is not None else keras.Input(shape, name="image")


def _source(tensor):
    """What the model takes: the tensor itself, or the inputs it was computed from."""
    sources = keras.utils.get_source_inputs(tensor)
    # A list of one would make Keras warn at every call with a bare tensor.
    return sources[0] if len(sources) == 1 else sources


def _stem(kind, channels):
    if kind == "focus":
        return Focus(channels, name="focus")
    return layers.Conv2D(
        channels, 3, 2, padding="same", use_bias=False, kernel_initializer="he_normal", name="stem"
    )


def _head(channels):
    return Pointwise(channels, use_bias=False, kernel_initializer="he_normal", name="conv5")


def _names(classes, names):
    if classes < 1:
        raise ValueError(f"classes {classes}: expected at least 1")
    if names is None:
        names = TRASHNET if classes == len(TRASHNET) else [f"class_{i}" for i in range(classes)]
    if len(names) != classes:
        raise ValueError(f"{len(names)} class_names for {classes} classes")
    return tuple(names)


def logits_model(model: keras.Model) -> keras.Model:
    """The same network, weights shared, without the softmax at its end: (B, S, S, 3) -> logits.

    Raises:
        ValueError: the model has no layer named "logits", as all models of this project have.

    Example:
        >>> network = FocusRCNet(weights=None, input_shape=(64, 64, 3), width=0.25)
        >>> logits_model(network).layers[-1].name
        'logits'
    """
    try:
        return keras.Model(model.input, model.get_layer("logits").output, name=model.name)
    except ValueError:
        raise ValueError(
            f"model {model.name!r} has no layer 'logits': give this name to its last dense layer, "
            "an rcnet_tf.layers.Classifier"
        ) from None
