"""Focus: the space-to-depth stem.

Source: Zheng et al. 2023, Fig. 1 ("Focus"), after YOLOv5. The picture is cut into its four phases,
which are stacked as 12 channels at half the size, and a 1x1 convolution follows.

One deviation in form, none in value: the slices and the 1x1 convolution are carried out together,
as a 2x2 convolution of stride 2 with the same 12 x filters weights. No rearranged copy of the
picture is made, and a converter emits a single CONV_2D.
"""

from __future__ import annotations

import keras
from keras import ops

PHASES = ((0, 0), (1, 0), (0, 1), (1, 1))
"""(row, column) of each phase, in YOLOv5's stacking order."""


def focus_slices(images):
    """Cut images into their four phases and stack these as channels.

    Args:
        images: tensor (B, H, W, C), H and W even.

    Returns:
        Tensor (B, H/2, W/2, 4C): (even row, even column), (odd, even), (even, odd), (odd, odd).

    Example:
        >>> image = ops.reshape(ops.arange(4), (1, 2, 2, 1))  # 0 1 above 2 3
        >>> ops.convert_to_numpy(focus_slices(image)).ravel().tolist()
        [0, 2, 1, 3]
    """
    return ops.concatenate([images[:, row::2, column::2, :] for row, column in PHASES], axis=-1)


@keras.saving.register_keras_serializable(package="rcnet_tf")
class Focus(keras.layers.Layer):
    """Space-to-depth and 1x1 convolution without bias: (B, H, W, C) -> (B, H/2, W/2, filters).

    BatchNorm and SiLU follow as layers of their own ("CBS" in the paper's Fig. 1).

    Args:
        filters: number of output channels, 24 in the paper.
        kernel_initializer: initializer of the 1x1 kernel, (4C, filters).
        kernel_regularizer: optional regularizer of the kernel.
        **kwargs: of `keras.layers.Layer`.

    Raises:
        ValueError: height or width of the input is odd.

    Example:
        >>> Focus(24)(keras.Input((224, 224, 3))).shape
        (None, 112, 112, 24)
    """

    def __init__(self, filters, kernel_initializer="he_normal", kernel_regularizer=None, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(4 * input_shape[-1], self.filters),  # phase-major: 4 phases x C channels
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
        )

    def convolution_kernel(self):
        """The same weights as a convolution of stride 2: (2, 2, C, filters)."""
        phases = ops.reshape(self.kernel, (2, 2, -1, self.filters))  # (column, row, C, filters)
        return ops.transpose(phases, (1, 0, 2, 3))  # (row, column, C, filters)

    def call(self, images):
        self.compute_output_shape(images.shape)  # refuses the odd sizes that "valid" would crop
        # (B, H, W, C) -> (B, H/2, W/2, filters)
        return ops.conv(images, self.convolution_kernel(), strides=2, padding="valid")

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        if (height or 0) % 2 or (width or 0) % 2:
            raise ValueError(f"Focus halves the picture: expected even sizes, got {input_shape}")
        halves = [None if side is None else side // 2 for side in (height, width)]
        return (batch, *halves, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }
