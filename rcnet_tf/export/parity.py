"""The same pictures through every engine: where TensorFlow Lite Micro, LiteRT's reference kernels
and the optimised kernels of phones and PCs agree, and by how much they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from rcnet_tf.export import stages, workers
from rcnet_tf.export.workers import Answer
from rcnet_tf.tflite_file import flatbuffer


@dataclass(frozen=True)
class Comparison:
    """One engine beside the reference kernels.

    Attributes:
        pictures: number of pictures.
        equal: pictures whose output is the same in every byte.
        rounding: pictures that differ from some stage on, but in nothing except that the dense
            layer rounds once in the reference kernels and twice in TensorFlow Lite Micro.
        unexplained: pictures whose output differs for another reason.
        stages: checksums of stages that were compared, over all pictures; 0 for optimised kernels.
            Of the pictures counted in `rounding` those up to the dense layer.
        equal_stages: those that are the same.
        bytes: output bytes, over all pictures.
        different_bytes: those that are not the same.
        largest: largest difference of one, in steps of the output's scale.
        same_decision: pictures whose most probable class is the same.
    """

    pictures: int
    equal: int
    rounding: int
    unexplained: int
    stages: int
    equal_stages: int
    bytes: int
    different_bytes: int
    largest: int
    same_decision: int

    @property
    def exact(self) -> bool:
        """Whether nothing differs but the rounding of the dense layer."""
        return not self.unexplained and self.equal_stages == self.stages


@dataclass(frozen=True)
class Parity:
    """What the engines make of a set of pictures.

    Attributes:
        comparisons: engine -> itself beside the reference kernels.
        accuracy: engine -> share of pictures whose most probable class is the true one.
    """

    comparisons: dict[str, Comparison]
    accuracy: dict[str, float]

    def as_dict(self) -> dict:
        """For JSON."""
        return asdict(self)


def parity(
    content: bytes,
    pictures: Sequence[np.ndarray],
    labels: np.ndarray,
    others: Sequence[str] = ("tflm", "optimised"),
    progress: Callable[[int], None] | None = None,
) -> Parity:
    """Run the pictures through the reference kernels and through other engines.

    Args:
        content: a strict int8 `.tflite`.
        pictures: int8 (S, S, 3) each.
        labels: indices into the model's outputs.
        others: engines to compare with the reference kernels.
        progress: called with 1 after each picture.

    Raises:
        UserError: an engine is not installed or cannot run the model.
    """
    tensors = [stage.tensor for stage in stages.stages(flatbuffer.parse(content))]
    names = ("reference", *others)
    found = list(workers.answers(content, names, tensors, pictures, progress))
    accuracy = {
        name: float(np.mean(_decisions([one[name] for one in found]) == labels)) for name in names
    }
    expected = [one["reference"] for one in found]
    return Parity(
        {name: compare([one[name] for one in found], expected) for name in others}, accuracy
    )


def compare(answers: Sequence[Answer], expected: Sequence[Answer]) -> Comparison:
    """Compare the answers of two engines to the same pictures."""
    got, wanted = (
        np.stack([one.output for one in several]).astype(int) for several in (answers, expected)
    )  # (N, classes)
    same = np.all(got == wanted, axis=1)
    compared = [_stages(*pair) for pair in zip(answers, expected, strict=True)]
    rounding = np.array([explained for _, explained in compared])
    checksums = [one for several, _ in compared for one in several]
    return Comparison(
        pictures=len(got),
        equal=int(np.sum(same)),
        rounding=int(np.sum(rounding)),
        unexplained=int(np.sum(~same & ~rounding)),
        stages=len(checksums),
        equal_stages=sum(checksums),
        bytes=got.size,
        different_bytes=int(np.sum(got != wanted)),
        largest=int(np.max(np.abs(got - wanted))),
        same_decision=int(np.sum(_decisions(answers) == _decisions(expected))),
    )


def _stages(answer: Answer, expected: Answer) -> tuple[list[bool], bool]:
    """Which stages are the same; up to the dense layer if that explains all the rest, and True."""
    # Optimised kernels keep no tensors, and have nothing to compare here.
    pairs = zip(answer.checksums, expected.checksums, strict=bool(answer.checksums))
    same = [one == other for one, other in pairs]
    if False in same:
        first = same.index(False)
        if expected.rounded_twice.get(first) == answer.checksums[first]:
            return same[:first], True
    return same, False


def _decisions(answers: Sequence[Answer]) -> np.ndarray:
    return np.array([int(np.argmax(answer.output)) for answer in answers])
