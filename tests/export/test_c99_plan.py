"""The memory of networks that are smaller than any of the paper's."""

import keras
import pytest
from narrow_model import SIZE, patches

from rcnet_tf.blocks import conv_bn_silu, sandglass
from rcnet_tf.export import tflite
from rcnet_tf.export.c99 import package
from rcnet_tf.export.c99.network import network
from rcnet_tf.export.c99.operators import Graph
from rcnet_tf.export.c99.plan import plan
from rcnet_tf.layers import Classifier, Focus, Pointwise


@pytest.fixture(scope="module")
def one_block():
    """Content of an int8 file: stem, one block, head."""
    keras.utils.set_random_seed(2)
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = conv_bn_silu(image, Focus(8, name="focus"))
    x = sandglass(x, 16, 2, "stage1_block1")
    x = conv_bn_silu(x, Pointwise(16, use_bias=False, name="conv5"))
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = Classifier(("a", "b", "c"), name="logits")(x)
    x = keras.layers.Activation("softmax", name="predictions")(x)
    return tflite.int8(keras.Model(image, x, name="one_block"), patches(20))


def test_a_single_block(one_block):
    found = network(Graph(one_block, "one_block"))
    assert len(found.steps) == 1
    # A slot for each row of the picture, which the block overwrites, or for each of its own rows.
    assert plan(found).slots == (SIZE, SIZE // 4)
    assert f"one_block_{SIZE}.c" in package.files(one_block, "one_block")
