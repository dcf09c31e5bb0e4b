"""The last dense layer, which knows what its outputs are called."""

from __future__ import annotations

import keras


@keras.saving.register_keras_serializable(package="rcnet_tf")
class Classifier(keras.layers.Dense):
    """A dense layer whose configuration carries the class names: (B, features) -> (B, classes).

    The names travel inside the `.keras` file, so that evaluation, prediction and conversion need no
    label file beside it.

    Args:
        class_names: names in the order of the outputs, all different.
        **kwargs: of `keras.layers.Dense`, without `units`.

    Raises:
        ValueError: the names are none, not strings, or not all different.

    Example:
        >>> Classifier(["glass", "paper"])(keras.Input((512,))).shape
        (None, 2)
    """

    def __init__(self, class_names, **kwargs):
        names = () if isinstance(class_names, str) else tuple(class_names)
        if not names or len(set(names)) < len(names) or not all(isinstance(n, str) for n in names):
            raise ValueError(
                f"class_names {class_names!r}: expected different strings, at least one"
            )
        super().__init__(units=len(names), **kwargs)
        self.class_names = names

    def get_config(self):
        config = {**super().get_config(), "class_names": list(self.class_names)}
        del config["units"]
        return config
