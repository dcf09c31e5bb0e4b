"""What a run trains: a network as it is, or in a form made for training (`qat.Quantised`)."""

from __future__ import annotations

import keras

from rcnet_tf.model import logits_model


class Subject:
    """A network as it is.

    Attributes:
        network: what is saved: pictures -> probabilities.
        trained: what trains, the network or a form of it.
        student: the same, to logits.

    Args:
        network: the network.
        trained: the form of it that trains, if not the network itself.
        student: the same, to logits.
    """

    def __init__(
        self,
        network: keras.Model,
        trained: keras.Model | None = None,
        student: keras.Model | None = None,
    ):
        self.network = network
        self.trained = trained or network
        self.student = student or logits_model(network)

    def give_back(self) -> None:
        """Bring the network's weights up to those of what trains."""

    def files(self) -> dict[str, bytes]:
        """What to write beside the best network, by name."""
        return {}

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """What has to happen during `fit`."""
        return []
