"""A network of two blocks in the place of Focus-RCNet, for tests that start many processes."""

import keras

from rcnet_tf.layers import BatchNorm, Classifier, Focus, Pointwise, SimAM


def build(config, class_names):
    """As `rcnet_tf.networks.build`, with the same kinds of layers but few of them."""
    inputs = keras.Input((config.input_size, config.input_size, 3), name="image")
    x = Focus(8, name="focus")(inputs)
    for index in range(2):
        x = keras.layers.DepthwiseConv2D(3, 2, padding="same", name=f"depthwise{index}")(x)
        x = Pointwise(8, name=f"pointwise{index}")(x)
        x = BatchNorm(name=f"normalise{index}")(x)
        x = keras.layers.ReLU(6.0, name=f"relu{index}")(x)
        x = SimAM(name=f"simam{index}")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dropout(config.dropout, name="dropout")(x)
    x = Classifier(class_names, name="logits")(x)
    outputs = keras.layers.Activation("softmax", dtype="float32", name="predictions")(x)
    return keras.Model(inputs, outputs, name="small")
