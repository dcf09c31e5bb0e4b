"""Pictures of data and training: parts of classes, curves, softened answers."""

import numpy as np
import pytest

from rcnet_tf.evaluation.drawing import PALETTE
from rcnet_tf.plots.history import accuracy_curves
from rcnet_tf.plots.parts import class_counts
from rcnet_tf.plots.softened import softened_picture


def test_every_part_has_its_colour(seen, holds):
    counts = {"glass": {"train": 30, "val": 10, "test": 12}, "paper": {"train": 20, "torn": 9}}
    kind, pixels = seen(class_counts(counts, "Counts"))
    assert kind == "PNG"
    assert all(holds(pixels, colour, 500) for colour in (PALETTE[0], PALETTE[1], "#BDBDBD"))


def test_curves_of_runs_that_are_not_validated_every_epoch(seen, holds):
    rows = [{"epoch": 1, "accuracy": 0.3}, {"epoch": 2, "accuracy": 0.5, "val_accuracy": 0.4}]
    kind, pixels = seen(accuracy_curves({"one": rows, "two": rows[:1]}, "Two runs"))
    assert kind == "PNG"
    assert holds(pixels, PALETTE[0]) and holds(pixels, PALETTE[1])


@pytest.mark.parametrize("temperatures", [(1,), (1, 4, 20)])
def test_a_column_a_temperature(seen, holds, temperatures):
    grey = np.full((2, 32, 32, 3), 128, np.uint8)
    logits = np.array([[5.0, 1.0, 0.0], [0.0, 3.0, 3.0]])
    content = softened_picture(grey, logits, ("a", "b", "c"), ("one", "two"), temperatures)
    kind, pixels = seen(content)
    assert kind == "JPEG"
    drawn = [holds(pixels, colour, 300) for colour in PALETTE[:3]]
    assert drawn == [place < len(temperatures) for place in range(3)]
