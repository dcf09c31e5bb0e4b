"""Networks by name: Focus-RCNet; keras.applications and ShuffleNet as teachers and for comparison.

Whatever its own preprocessing, every network built here takes `rcnet_tf.preprocess`'s input,
pixel / 128 - 1, and ends in the layers "logits" and "predictions": one command trains, evaluates
and converts them all.
"""

from __future__ import annotations

import inspect

import keras
import numpy as np
from keras import layers

from rcnet_tf import shufflenet
from rcnet_tf.errors import UserError
from rcnet_tf.layers import BatchNorm, Classifier
from rcnet_tf.model import FocusRCNet

SHUFFLENET = "ShuffleNetV1"
"""Name of the network that is not in keras.applications."""

# How keras.applications' families want their input, by the start of the name.
_INSIDE = ("EfficientNet", "ConvNeXt", "MobileNetV3")
_STANDARDISED = ("DenseNet",)
_CAFFE = ("ResNet50", "ResNet101", "ResNet152", "VGG")
_SYMMETRIC = ("MobileNet", "Inception", "Xception", "NASNet")

MOMENTUM = 0.95
"""Of the moving statistics. Keras' 0.999 is right for a million pictures; where an epoch has 55
steps, statistics would still be ImageNet's when the weights have long moved away from it."""

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet, RGB in [0, 1]
_STANDARD = (
    [1 / deviation for deviation in _DEVIATION],
    [-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)],
)  # scale and offset, from [0, 1]


def application_names() -> list[str]:
    """Names of the networks in keras.applications."""
    return sorted(
        name
        for name in dir(keras.applications)
        if name[0].isupper() and callable(getattr(keras.applications, name))
    )


def application(name, class_names, input_size=224, weights=None, dropout=0.2, width=1.0):
    """A network of keras.applications behind our input contract and with our classifier.

    Args:
        name: such as "EfficientNetB4", the paper's teacher, or "MobileNetV2".
        class_names: names of the classes.
        input_size: side of the input.
        weights: None, "imagenet" (downloads), or the path of a weight file without top.
        dropout: rate before the classifier.
        width: multiplier of the channels, for the networks that have one (MobileNets' alpha).

    Returns:
        `keras.Model`: (B, S, S, 3), pixel / 128 - 1, -> (B, classes) probabilities.

    Raises:
        UserError: unknown name, no such width, or weights that cannot be had.

    Example:
        >>> application("MobileNetV2", ["glass", "paper"], input_size=96, width=0.35).output_shape
        (None, 2)
    """
    maker, scaled = _maker(name, width)
    inputs = keras.Input((input_size, input_size, 3), name="image")
    try:
        backbone = maker(
            include_top=False, weights=weights, input_shape=(input_size, input_size, 3), **scaled
        )
    except Exception as error:
        # Keras raises a bare Exception when a download fails.
        if weights is None:
            raise UserError(f"{name} at --input-size {input_size}: {error}") from None
        raise UserError(
            f"{name} with weights {weights!r}: {error}; expected 'imagenet' with an internet "
            "connection or the path of a no-top weight file"
        ) from None
    x = _with_own_norms(backbone)(_to_application(name, inputs))
    return _classifying(inputs, x, class_names, dropout, name.lower())


def shufflenet_v1(class_names, input_size=224, dropout=0.2, width=1.0):
    """ShuffleNet V1 behind our input contract and with our classifier; see `application`."""
    _check_shufflenet(width)
    inputs = keras.Input((input_size, input_size, 3), name="image")
    x = shufflenet.features(inputs, width)
    return _classifying(inputs, x, class_names, dropout, "shufflenet_v1")


def _classifying(inputs, x, class_names, dropout, name):
    """A model from its features: mean, dropout, classifier, softmax."""
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    x = Classifier(class_names, name="logits")(x)
    outputs = layers.Activation("softmax", dtype="float32", name="predictions")(x)
    return keras.Model(inputs, outputs, name=name)


def _with_own_norms(backbone: keras.Model) -> keras.Model:
    """The same network with `rcnet_tf.layers.BatchNorm`, which halves a training step's processor
    time, and with moving statistics that follow a small data set; its input normalised by
    constants."""

    normalises = any(map(_normalises_input, backbone.layers))

    def copy(layer):
        config = layer.get_config()
        if _normalises_input(layer):
            return layers.Rescaling(*_STANDARD, name=layer.name)
        if normalises and type(layer) is layers.Rescaling and np.ndim(layer.scale):
            return layers.Rescaling(1.0, name=layer.name)  # `_STANDARD` has done its work
        if type(layer) is not layers.BatchNormalization:
            return type(layer).from_config(config)
        return BatchNorm.from_config({**config, "momentum": min(layer.momentum, MOMENTUM)})

    own = keras.models.clone_model(backbone, clone_function=copy)
    for layer, other in zip(own.layers, backbone.layers, strict=True):
        if layer.weights:
            layer.set_weights(other.get_weights())
    return own


def _normalises_input(layer: keras.Layer) -> bool:
    """Whether it is EfficientNet's, which has mean and variance among its weights.

    It computes with copies of these that only loading a file renews: where weights are copied, or
    a run is resumed, they stay behind. And Keras divides by the root of the deviation once more
    behind it (tensorflow/tensorflow#49930), but only where it has downloaded the weights: built
    again for these, the network would compute something else.
    """
    return type(layer) is layers.Normalization and layer.input_mean is None


def _to_application(name, x):
    """From pixel / 128 - 1 to what the family was trained on."""
    if name.startswith(_INSIDE):
        return layers.Rescaling(128.0, 128.0, name="pixels")(x)
    if name.startswith(_SYMMETRIC) or name.endswith("V2"):
        return layers.Rescaling(128 / 127.5, 128 / 127.5 - 1, name="symmetric")(x)
    if name.startswith(_STANDARDISED):
        # pixel / 255 = 128 / 255 * (x + 1)
        scale = [128 / 255 * one for one in _STANDARD[0]]
        offset = [one + shift for one, shift in zip(scale, _STANDARD[1], strict=True)]
        return layers.Rescaling(scale, offset, name="standardised")(x)
    if name.startswith(_CAFFE):
        # BGR, less ImageNet's mean pixel.
        pixels = layers.Rescaling(128.0, [128 - 123.68, 128 - 116.779, 128 - 103.939])(x)
        return pixels[..., ::-1]
    raise UserError(f"model {name!r}: its preprocessing is unknown here; use a .keras file instead")


def check_model(config) -> None:
    """See, before hours of work, that `build` knows the network that a `TrainConfig` describes.

    Raises:
        UserError: no such network, or not in this width.
    """
    if config.model == SHUFFLENET:
        _check_shufflenet(config.width)
    elif config.model != "focus_rcnet":
        _maker(config.model, config.width)


def _maker(name: str, width: float):
    """The function of keras.applications that builds a network, and its arguments for a width."""
    if name not in application_names():
        raise UserError(
            f"model {name!r}: expected focus_rcnet, {SHUFFLENET} or one of keras.applications: "
            + ", ".join(application_names())
        )
    maker = getattr(keras.applications, name)
    scaled = {"alpha": width} if "alpha" in inspect.signature(maker).parameters else {}
    if width != 1 and not scaled:
        raise UserError(f"model {name} with --width {width}: it comes in one width, 1")
    return maker, scaled


def _check_shufflenet(width: float) -> None:
    if width < shufflenet.MIN_WIDTH:
        raise UserError(f"{SHUFFLENET} --width {width}: expected at least {shufflenet.MIN_WIDTH}")


def build(config, class_names):
    """The network that a `TrainConfig` describes, with random weights or, for keras.applications,
    those of `init_from`.

    Raises:
        UserError: the configuration does not describe a network.
    """
    if config.model == SHUFFLENET:
        return shufflenet_v1(class_names, config.input_size, config.dropout, config.width)
    if config.model != "focus_rcnet":
        # Own checkpoints are loaded later, by `initialise`; a backbone's weights only fit here.
        weights = config.init_from if starts_from_backbone(config) else None
        return application(
            config.model, class_names, config.input_size, weights, config.dropout, config.width
        )
    try:
        return FocusRCNet(
            weights=None,
            input_shape=(config.input_size, config.input_size, 3),
            classes=len(class_names),
            class_names=class_names,
            width=config.width,
            stem=config.stem,
            block=config.block,
            attention=None if config.attention == "none" else config.attention,
            dropout=config.dropout,
        )
    except ValueError as error:
        raise UserError(str(error)) from None


def starts_from_backbone(config) -> bool:
    """Whether `init_from` names weights of a backbone of keras.applications, which `build` loads:
    ImageNet's, or a file without top."""
    backbone = config.init_from == "imagenet" or config.init_from.endswith(".h5")
    return backbone and config.model in application_names()
