"""Replay golden vectors on an engine, and find the first stage that differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rcnet_tf.errors import UserError
from rcnet_tf.export import check, stages, workers
from rcnet_tf.export.golden import Golden, Stage
from rcnet_tf.export.workers import Answer
from rcnet_tf.tflite_file import flatbuffer


@dataclass(frozen=True)
class Difference:
    """Where an engine leaves the golden values.

    Attributes:
        stage: the first stage that differs, in any picture.
        right: number of stages before it, which are right in every picture.
        picture: name of the first picture in which it differs.
        pictures: number of pictures that differ anywhere.
    """

    stage: Stage
    right: int
    picture: str
    pictures: int


def replay(
    content: bytes,
    golden: Golden,
    engine: str = "reference",
    name: str = "model",
    progress: Callable[[int], None] | None = None,
) -> Difference | None:
    """Run the golden pictures; None if every stage and the output are as they must be.

    The model may be another file than the one that the values are from, as long as it has the same
    stages.

    Args:
        content: a strict int8 `.tflite`.
        golden: the values.
        engine: "reference" or "tflm".
        name: of the model, for errors.
        progress: called with 1 after each picture.

    Raises:
        UserError: the model is not int8, has other stages, or cannot be run.
    """
    model = flatbuffer.parse(content, name)
    check.check_int8(model, name)
    side, classes = flatbuffer.check_contract(model, name)
    own = stages.stages(model, name)
    first = golden.pictures[0]
    same = (
        [(one.name, one.shape) for one in own] == [(one.name, one.shape) for one in golden.stages]
        and first.pixels.shape == (side, side, 3)
        and first.output.shape == (classes,)
    )
    if not same:
        raise UserError(
            f"the golden vectors are of another network than {name}: {_outline(golden.stages)} "
            f"instead of {_outline(own)}; give the _golden.bin that was written beside it"
        )
    results = workers.answers(
        content,
        (engine,),
        [stage.tensor for stage in own],
        [picture.pixels for picture in golden.pictures],
        progress,
    )
    found = [
        _first_difference(answer[engine], picture.checksums, picture.output)
        for answer, picture in zip(results, golden.pictures, strict=True)
    ]
    wrong = [index for index in found if index is not None]
    if not wrong:
        return None
    earliest = min(wrong)
    picture = golden.pictures[found.index(earliest)]
    return Difference(golden.stages[earliest], earliest, picture.name, len(wrong))


def _first_difference(answer: Answer, checksums: tuple[int, ...], output: np.ndarray) -> int | None:
    """Index of the first stage that differs, None if none does."""
    for index, (got, expected) in enumerate(zip(answer.checksums, checksums, strict=True)):
        if got != expected:
            return index
    # The output is the last stage; its values say the same once more, without a checksum.
    return None if np.array_equal(answer.output, output) else len(checksums) - 1


def _outline(found: tuple[Stage, ...]) -> str:
    first, last = found[0], found[-1]
    return (
        f"{len(found)} stages, {first.name} {' x '.join(map(str, first.shape))} to {last.name} "
        f"{' x '.join(map(str, last.shape))}"
    )
