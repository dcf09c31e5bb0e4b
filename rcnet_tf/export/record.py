"""Make golden vectors: run pictures through the reference kernels and note every stage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from rcnet_tf.errors import UserError
from rcnet_tf.export import dense, golden
from rcnet_tf.export.engines import Engine, engine
from rcnet_tf.export.golden import Golden
from rcnet_tf.export.stages import stages
from rcnet_tf.preprocess import quantize_input
from rcnet_tf.tflite_file import consistency, flatbuffer, trial

PICTURES = 3


def record(content: bytes, groups: Sequence[Iterable[tuple[str, int, np.ndarray]]]) -> Golden:
    """Golden vectors of a model.

    Args:
        content: a strict int8 `.tflite`.
        groups: of each, one picture is recorded: the first on which LiteRT's reference kernels and
            TensorFlow Lite Micro are known to agree (see `dense`), which is nearly every one.
            (name, label, uint8 (S, S, 3)) each.

    Raises:
        UserError: the reference kernels cannot run the model.
    """
    model = flatbuffer.parse(content)
    if not consistency.runs_on_reference(model):
        raise UserError("the model gives nearly the same logits for every picture; train it first")
    if not consistency.is_checked(model):
        trial.try_out(content, "the model", reference=True)
    kept = stages(model)
    reference = engine("reference", content, keep=True)
    recorded = []
    for pictures in groups:
        for name, label, pixels in pictures:
            values = quantize_input(pixels)
            output = reference.run(values).copy()
            twice = dense.rounded_twice(model, reference.tensor)
            if any(np.any(reference.tensor(index) != other) for index, other in twice.items()):
                continue
            checksums = tuple(checksums_of(reference, [stage.tensor for stage in kept]))
            recorded.append(golden.Picture(name, int(label), values, output, checksums))
            break
    if not recorded:
        raise UserError("reference kernels and TensorFlow Lite Micro agree on no picture")
    return Golden(hashlib.sha256(content).hexdigest(), kept, tuple(recorded))


def checksums_of(runner: Engine, tensors: Sequence[int]) -> Iterator[int]:
    """CRC-32 of tensors as they are after a run."""
    return (golden.checksum(runner.tensor(index)) for index in tensors)


def chosen(labels: np.ndarray, count: int = PICTURES) -> list[np.ndarray]:
    """Indices of the pictures of a few classes, far apart; for `record` to take one of each."""
    classes = np.unique(labels)
    places = np.linspace(0, len(classes) - 1, min(count, len(classes)))
    return [np.flatnonzero(labels == classes[int(place)]) for place in np.rint(places)]
