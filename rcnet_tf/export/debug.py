"""Where the error of an int8 network comes from, layer by layer and stage by stage.

The float network and the int8 one look at the same pictures, and every tensor of the int8 one is
compared twice: with the float network (what is wrong here), and with the float layer on the int8
network's own inputs (what *went* wrong here). The second error alone is then put into the float
network, to see what it does to the logits. (Gradients would be cheaper and mislead: between the
kinks of ReLU6 and the quotients of SimAM, rounding is no small change.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import keras
import numpy as np

from rcnet_tf.export import real_ops
from rcnet_tf.export.float_twin import FloatTwin, Layer, in_float
from rcnet_tf.export.int8_graph import Int8Graph
from rcnet_tf.export.noise import LayerNoise, Sums, decibels, energy
from rcnet_tf.export.stages import stages
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.tflite_file.graph import Operator

PICTURES = 16
"""Enough for figures that hold to a decibel; more only take longer."""

# Several at a time are quicker; all maps of one, of three networks, are 60 MB at 224 pixels.
_BATCH = 8


@dataclass(frozen=True)
class StageNoise:
    """The int8 network up to the end of a stage.

    Attributes:
        name: of the stage's last tensor.
        total_db: signal over noise there.
        logits_db: signal over noise at the logits if the network behind the stage were float.
        same_decision: share of pictures whose class is the float network's in that case.
    """

    name: str
    total_db: float | None
    logits_db: float | None
    same_decision: float | None


@dataclass(frozen=True)
class Diagnosis:
    """All that was measured.

    Attributes:
        layers: every int8 tensor in the order of execution.
        stages: in the order of execution.
        pictures: how many were used.
        kernels: whose int8 arithmetic ran.
        logits_db: signal over noise at the end.
        same_decision: share of pictures that the int8 network puts into the float network's class.
    """

    layers: tuple[LayerNoise, ...]
    stages: tuple[StageNoise, ...]
    pictures: int
    kernels: str
    logits_db: float | None
    same_decision: float

    @property
    def together_db(self) -> float | None:
        """The logits if the layers' errors, each alone, added up as if independent: near
        `logits_db` where `LayerNoise.share` can be taken at its word."""
        parts = [
            10 ** (-layer.logits_db / 10)
            for layer in self.layers
            if layer.share is not None and layer.logits_db is not None
        ]
        return decibels(1.0, sum(parts))

    def worst_first(self) -> list[LayerNoise]:
        """Whole layers, by their share of the logits' error; by their own where that is unknown."""
        return sorted((layer for layer in self.layers if not layer.inner), key=_badness)

    def worst_steps_first(self) -> list[LayerNoise]:
        """Steps inside layers, by what they do to the logits."""
        return sorted((layer for layer in self.layers if layer.inner), key=_badness)


def _badness(layer: LayerNoise) -> tuple[float, float]:
    alone, own = (np.inf if one is None else one for one in (layer.logits_db, layer.own_db))
    return alone, own


def choose(pictures: np.ndarray, count: int = PICTURES) -> np.ndarray:
    """Some of a set that is sorted by class, from all over it."""
    last = max(len(pictures) - 1, 0)
    return pictures[np.unique(np.linspace(0, last, min(count, len(pictures))).round().astype(int))]


def measure(
    lowered: keras.Model,
    content: bytes,
    pictures: np.ndarray,
    progress: Callable[[int], None] | None = None,
) -> Diagnosis:
    """Compare an int8 `.tflite` with the float network that it was made of.

    Args:
        lowered: the network as it was quantised (BatchNorms may be folded, channels scaled),
            (None, S, S, 3) -> (None, classes); its layers are named as the tensors of the file.
            Where it simulates int8 (`rcnet_tf.quantise`) the rounding is left out.
        content: the `.tflite`.
        pictures: uint8 (N, S, S, 3), at least 1, like those the network is for.
        progress: called with the number of pictures done since its last call.

    Raises:
        UserError: the file is not a strict int8 classifier.
        ValueError: the two are not the same network.
    """
    comparison = _Comparison(lowered, Int8Graph(content, lowered.name))
    with in_float(lowered):
        for start in range(0, len(pictures), _BATCH):
            batch = pictures[start : start + _BATCH]
            comparison.add(batch)
            if progress:
                progress(len(batch))
    return comparison.diagnosis()


class _Comparison:
    """Two networks side by side, and what has been summed up of them."""

    def __init__(self, lowered: keras.Model, graph: Int8Graph):
        self.graph = graph
        self.twin = FloatTwin(lowered, graph)
        self.sums = {
            operator.output: Sums(
                graph.range(operator.output), graph.quantization(operator.output)[0]
            )
            for operator in graph.operators
        }
        self._ends = {  # step inside a layer -> the layer's result
            operator.output: index
            for index, layer in self.twin.layers.items()
            for operator in layer.operators
            if graph.names[operator.output].startswith(f"{graph.names[index]}/")
        }
        ends = [stage.tensor for stage in stages(graph.model, lowered.name)]
        self.stages = {
            index: _StageSums()
            for index in ends
            if index in self.twin.layers and self.twin.holds_all(index)
        }
        self.pictures = self.agreed = 0
        self.signal = self.noise = 0.0  # of the logits

    def add(self, pictures: np.ndarray) -> None:
        stored = self.graph.run(pictures)
        values = self.twin.run(preprocess_input(pictures))
        logits, answers = (one[self.twin.logits] for one in (values, stored))
        self.pictures += len(pictures)
        self.agreed += _agreed(answers, logits)
        self.signal += energy(logits)
        self.noise += energy(answers - logits)
        real = self._replay(self.graph.operators, values)
        for operator in self.graph.operators:
            index = operator.output
            if index in real:
                self.sums[index].add(stored[index], real[index])
            layer = self.twin.layers.get(index)
            own: np.ndarray | None
            if layer:
                own = layer.real(stored)
                exact = self._replay(layer.operators, self._taken(layer, stored)).get(index)
            else:
                own, exact = self._evaluate(operator, stored), None
            if own is None:
                continue
            error = self.sums[index].add_own(stored[index], own, exact)
            changed = self._logits_with(index, error, real)
            if changed is not None:
                self.sums[index].add_effect(energy(changed - logits))
        for index, stage in self.stages.items():
            if (rest := self.twin.with_change(index, stored[index], values)) is not None:
                stage.add(rest, logits)

    def diagnosis(self) -> Diagnosis:
        """What the pictures so far add up to."""
        total = sum(self.sums[index].effect or 0.0 for index in self.twin.layers)
        layers = tuple(
            self._layer(operator.output, operator.kind, total)
            for operator in self.graph.operators
            if self.sums[operator.output].count
        )
        by_name = {layer.name: layer for layer in layers}
        names = {index: self.graph.names[index] for index in self.stages}
        return Diagnosis(
            layers,
            tuple(
                stage.figures(names[index], by_name[names[index]].total_db)
                for index, stage in self.stages.items()
                if names[index] in by_name
            ),
            self.pictures,
            self.graph.kernels,
            decibels(self.signal, self.noise),
            self.agreed / max(self.pictures, 1),
        )

    def _layer(self, index: int, kind: str, total: float) -> LayerNoise:
        sums, name = self.sums[index], self.graph.names[index]
        scale, zero_point = self.graph.quantization(index)
        effect = sums.effect
        return LayerNoise(
            name=name,
            part=name.split("/")[0].split("_")[0],
            operator=kind,
            shape=self.graph.shape(index)[1:],
            logits_db=None if effect is None else decibels(self.signal, effect),
            share=effect / total
            if total and effect is not None and index in self.twin.layers
            else None,
            scale=scale,
            zero_point=zero_point,
            **sums.figures(),
        )

    def _logits_with(
        self, index: int, error: np.ndarray, real: dict[int, np.ndarray]
    ) -> np.ndarray | None:
        """The float network's logits if an error were added to one of its tensors."""
        if index in self.twin.layers:
            return self.twin.with_change(index, real[index] + error, real)
        end = self._ends.get(index)
        if end is None or index not in real:
            return None
        # A step inside a layer: what the error does to the layer's result, and that to the logits.
        layer = self.twin.layers[end]
        taken = self._taken(layer, real)
        right = self._replay(layer.operators, taken).get(end)
        wrong = self._replay(layer.operators, {**taken, index: real[index] + error}).get(end)
        if right is None or wrong is None:
            return None
        return self.twin.with_change(end, real[end] + (wrong - right), real)

    def _taken(self, layer: Layer, values: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
        return {index: values[index] for index in layer.sources}

    def _replay(
        self, operators: Iterable[Operator], values: dict[int, np.ndarray]
    ) -> dict[int, np.ndarray]:
        """Add what can be computed by operators on real numbers to the values that are known; of
        tensors that the float model has no name for, with the file's 8-bit weights."""
        known = dict(values)
        for operator in operators:
            if operator.output in known:
                continue
            if (value := self._evaluate(operator, known)) is not None:
                known[operator.output] = value
        return known

    def _evaluate(self, operator: Operator, values: dict[int, np.ndarray]) -> np.ndarray | None:
        """An operator on real numbers; None if it or an input is not known."""
        known = {**values, **self.graph.constants}
        if not known.keys() >= set(operator.inputs):
            return None
        inputs = [known[index] for index in operator.inputs]
        return real_ops.evaluate(operator.kind, inputs, operator.options)


class _StageSums:
    """The logits of a network that is int8 up to a stage."""

    def __init__(self):
        self.signal = self.noise = 0.0
        self.agreed = self.count = 0

    def add(self, logits: np.ndarray, expected: np.ndarray) -> None:
        self.signal += energy(expected)
        self.noise += energy(logits - expected)
        self.agreed += _agreed(logits, expected)
        self.count += len(logits)

    def figures(self, name: str, total_db: float | None) -> StageNoise:
        share = self.agreed / self.count if self.count else None
        return StageNoise(name, total_db, decibels(self.signal, self.noise), share)


def _agreed(logits: np.ndarray, expected: np.ndarray) -> int:
    """How many pictures (B, classes) end in the same class."""
    return int(np.sum(logits.argmax(axis=1) == expected.argmax(axis=1)))
