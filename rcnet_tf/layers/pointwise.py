"""1x1 convolution that trains as a matrix product.

TensorFlow on a CPU fuses the gradients of a convolution's kernel and bias into one oneDNN kernel,
up to 5 times slower than the two apart where channels are few. As a matrix product with a bias the
same numbers cost a tenth less processor time in a whole training step at 224 pixels
(`python -m rcnet_tf.benchmark`). At inference the layer is a plain convolution, which converts to a
single CONV_2D.
"""

from __future__ import annotations

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="rcnet_tf")
class Pointwise(keras.layers.Conv2D):
    """`keras.layers.Conv2D` of size 1 and stride 1: (B, H, W, C) -> (B, H, W, filters).

    Weights, their names and the values are those of `Conv2D`.

    Args:
        filters: number of output channels.
        kernel_size: 1; here only because Keras' configuration carries it.
        **kwargs: of `keras.layers.Conv2D`; channels last.

    Raises:
        ValueError: a kernel, stride or dilation above 1, groups, or channels first.

    Example:
        >>> Pointwise(48)(keras.Input((56, 56, 24))).shape
        (None, 56, 56, 48)
    """

    def __init__(self, filters, kernel_size=1, **kwargs):
        super().__init__(filters, kernel_size, **kwargs)
        plain = self.kernel_size == self.strides == self.dilation_rate == (1, 1)
        if not plain or self.groups != 1 or self.data_format != "channels_last":
            raise ValueError(
                f"Pointwise is a 1x1 convolution of stride 1 over channels_last, got kernel_size "
                f"{self.kernel_size}, strides {self.strides}, dilation_rate {self.dilation_rate}, "
                f"groups {self.groups}, data_format {self.data_format!r}"
            )

    def call(self, inputs, training=None):
        if not training:
            return super().call(inputs)
        shape = ops.shape(inputs)
        matrix = ops.reshape(self.kernel, (shape[-1], self.filters))
        x = ops.matmul(ops.reshape(inputs, (-1, shape[-1])), matrix)  # (B H W, filters)
        if self.use_bias:
            x = ops.add(x, self.bias)
        x = ops.reshape(x, (*shape[:-1], self.filters))  # (B, H, W, filters)
        return x if self.activation is None else self.activation(x)
