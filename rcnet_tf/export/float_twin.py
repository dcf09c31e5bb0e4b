"""The float network beside its int8 `.tflite`: which Keras layer each tensor of the file is of."""

from __future__ import annotations

import contextlib
from collections.abc import Container, Iterator
from dataclasses import dataclass

import keras
import numpy as np

from rcnet_tf.export.int8_graph import Int8Graph
from rcnet_tf.tflite_file.graph import Operator


@dataclass(frozen=True)
class Layer:
    """What lies between two or more tensors that both networks have.

    Attributes:
        sources: tensors of the file that go in.
        operators: of the file that make the result, in order.
        function: of Keras that does.
    """

    sources: tuple[int, ...]
    operators: tuple[Operator, ...]
    function: keras.Function

    def real(self, stored: dict[int, np.ndarray]) -> np.ndarray:
        """The float layer's result for the int8 network's inputs."""
        return np.asarray(self.function([stored[index] for index in self.sources]))


class FloatTwin:
    """A Keras model whose layers are named as the tensors of a `.tflite`.

    Args:
        model: the float network.
        graph: the file.

    Attributes:
        layers: tensor of the file -> the layer that makes it.
        logits: the tensor of the file that decisions are taken from.

    Raises:
        ValueError: they have no layer in common.
    """

    def __init__(self, model: keras.Model, graph: Int8Graph):
        named = _named(model)
        self._input = graph.input
        self._tensors = {graph.input: model.input}
        self.layers: dict[int, Layer] = {}
        makers = {operator.output: operator for operator in graph.operators}
        for operator in graph.operators:
            index = operator.output
            tensor = named.get(graph.names[index])
            if tensor is None or tuple(tensor.shape[1:]) != graph.shape(index)[1:]:
                continue
            sources, operators = _between(index, makers, self._tensors)
            try:
                function = keras.Function([self._tensors[one] for one in sources], tensor)
            except ValueError:
                continue  # the file arranges this layer otherwise than the model
            self._tensors[index] = tensor
            self.layers[index] = Layer(sources, operators, function)
        if not self.layers:
            raise ValueError(f"{model.name} and the .tflite have no layer in common")
        # What goes into the softmax; where that has no name, the end of what has one.
        ends = [one.inputs[0] for one in graph.operators if one.kind == "SOFTMAX"]
        self.logits = ends[-1] if ends and ends[-1] in self.layers else list(self.layers)[-1]
        self._function = keras.Function([model.input], [self._tensors[one] for one in self.layers])
        self._rests: dict[int, tuple[list[int], keras.Function | None]] = {}

    def run(self, images: np.ndarray) -> dict[int, np.ndarray]:
        """Run a batch of pictures.

        Args:
            images: float32 (B, S, S, 3), the network's input.

        Returns:
            Tensor of the file -> float32 (B, ...); the input among them.
        """
        results = self._function([images])
        values = {one: np.asarray(value) for one, value in zip(self.layers, results, strict=True)}
        return {self._input: images, **values}

    def with_change(
        self, index: int, value: np.ndarray, values: dict[int, np.ndarray]
    ) -> np.ndarray | None:
        """Logits if one tensor were another.

        Args:
            index: a tensor of `layers`.
            value: what it is to be.
            values: the result of `run`.

        Returns:
            float32 (B, classes); None if no logits follow.
        """
        if index == self.logits:
            return value
        if index not in self._rests:
            self._rests[index] = self._rest(index)
        alive, function = self._rests[index]
        if function is None:
            return None
        return np.asarray(function([value if one == index else values[one] for one in alive]))

    def _rest(self, index: int) -> tuple[list[int], keras.Function | None]:
        """Tensors from which the logits can be computed once `index` is made, and how."""
        alive = self._alive_after(index)
        if index not in alive:
            return [], None  # nothing comes after it
        try:
            ends = [self._tensors[one] for one in alive]
            return alive, keras.Function(ends, self._tensors[self.logits])
        except ValueError:
            return [], None  # it comes after the logits

    def holds_all(self, index: int) -> bool:
        """Whether nothing but this tensor is needed for what comes after it."""
        return self._alive_after(index) == [index]

    def _alive_after(self, index: int) -> list[int]:
        """Tensors that are there once `index` is made, and that later layers read."""
        order = list(self.layers)
        place = order.index(index) + 1
        made = {self._input, *order[:place]}
        read = {one for later in order[place:] for one in self.layers[later].sources}
        return sorted(made & read)


@contextlib.contextmanager
def in_float(model: keras.Model) -> Iterator[None]:
    """Let the layers of `rcnet_tf.quantise`, which simulate int8, pass everything unrounded."""
    simulating = [
        (layer, switch)
        for layer in model.layers
        for switch in ("enabled", "rounding")
        if type(layer).__module__.startswith("rcnet_tf.quantise.") and hasattr(layer, switch)
    ]
    before = [getattr(layer, switch) for layer, switch in simulating]
    try:
        for layer, switch in simulating:
            setattr(layer, switch, False)
        yield
    finally:
        for (layer, switch), value in zip(simulating, before, strict=True):
            setattr(layer, switch, value)


def _named(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """Results of layers by the tensor of the file; of a layer that is used twice, none.

    Layers that round are known by the tensor that they round, and come after what makes it. Steps
    inside a layer belong to it, whether or not the model has names for them.
    """
    found: dict[str, keras.KerasTensor] = {}
    for layer in model.layers:
        try:
            result = layer.output
        except (AttributeError, ValueError):
            continue
        name = getattr(layer, "tensor", layer.name)
        if isinstance(result, keras.KerasTensor) and "/" not in name:
            found[name] = result
    return found


def _between(
    index: int, makers: dict[int, Operator], known: Container[int]
) -> tuple[tuple[int, ...], tuple[Operator, ...]]:
    """Tensors in `known` from which `index` is computed, and the operators on the way, in order."""
    sources: dict[int, None] = {}
    way: dict[int, Operator] = {}

    def visit(tensor: int) -> None:
        operator = makers.get(tensor)
        if operator is None or tensor in way:
            return
        for one in operator.inputs:
            if one in known:
                sources[one] = None
            else:
                visit(one)
        way[tensor] = operator

    visit(index)
    return tuple(sources), tuple(way.values())
