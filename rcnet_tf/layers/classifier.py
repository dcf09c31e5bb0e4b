"""The last dense layer, which knows what its outputs are called."""

from __future__ import annotations

import keras


@keras.saving.register_keras_serializable(package="rcnet_tf")
class Classifier(keras.layers.Dense):
    """A dense layer whose configuration carries the class names: (B, features) -> (B, classes).

    The names travel inside the `.keras` file, so that evaluation, prediction and conversion need no
    label file beside it.

    Args:
        class_names: names in the order of the outputs.
        **kwargs: of `keras.layers.Dense`, without `units`.
    """

    def __init__(self, class_names, **kwargs):
        kwargs.pop("units", None)
        super().__init__(units=len(class_names), **kwargs)
        self.class_names = tuple(class_names)

    def get_config(self):
        config = {**super().get_config(), "class_names": list(self.class_names)}
        del config["units"]
        return config
