"""Networks of keras.applications behind our input contract."""

import importlib

import keras
import numpy as np
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.networks import _to_application, application
from rcnet_tf.preprocess import preprocess_input

MODULES = {
    "EfficientNetB4": "efficientnet",
    "MobileNet": "mobilenet",
    "MobileNetV2": "mobilenet_v2",
    "MobileNetV3Small": "mobilenet_v3",
    "DenseNet121": "densenet",
    "ResNet50": "resnet",
    "ResNet50V2": "resnet_v2",
    "VGG16": "vgg16",
    "Xception": "xception",
    "ConvNeXtTiny": "convnext",
}


@pytest.mark.parametrize("name", MODULES)
def test_rescaling_is_the_applications_own(name):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)).astype(np.float32)
    module = importlib.import_module(f"keras.applications.{MODULES[name]}")
    expected = np.asarray(module.preprocess_input(pixels.copy()))
    inputs = keras.Input((8, 8, 3))
    rescale = keras.Model(inputs, _to_application(name, inputs))
    np.testing.assert_allclose(np.asarray(rescale(preprocess_input(pixels))), expected, atol=1e-3)


def test_papers_teacher_has_its_parameters():
    teacher = application("EfficientNetB4", [f"class_{i}" for i in range(6)], input_size=64)
    trainable = sum(int(np.prod(v.shape)) for v in teacher.trainable_variables)
    assert trainable == 17_559_374
    assert teacher.get_layer("logits").class_names[0] == "class_0"


def test_unknown_name_is_one_line():
    with pytest.raises(UserError, match=r"expected focus_rcnet or one of keras\.applications"):
        application("EfficientNetX9", ["a", "b"])
