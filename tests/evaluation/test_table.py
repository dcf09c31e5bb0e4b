"""The table on the terminal."""

import numpy as np

from rcnet_tf.evaluation.metrics import measure
from rcnet_tf.evaluation.table import MOST_ROWS, table


def test_figures_stand_in_columns_and_in_percent():
    # glass: 2 of 4 right, two taken for tin; tin: all 4 right.
    probabilities = np.eye(2)[[0, 0, 1, 1, 1, 1, 1, 1]]
    text = table(measure(np.repeat([0, 1], 4), probabilities, ("glass", "tin")))
    lines = text.splitlines()
    assert lines[0].split() == ["class", "pictures", "precision", "recall", "F1", "AUC"]
    assert lines[2].split() == "glass 4 100.0 % 50.0 % 66.7 % 0.7500".split()
    assert lines[3].split() == "tin 4 66.7 % 100.0 % 80.0 % 0.7500".split()
    assert lines[5].split() == "macro average 8 83.3 % 75.0 % 73.3 % 0.7500".split()
    assert len({len(line) for line in lines[:6]}) == 1
    assert "accuracy 75.00 % (6 of 8 pictures)" in lines
    assert "most often confused: glass taken for tin (2)" in lines


def test_what_a_threshold_leaves_to_answer():
    # Sure and right, sure and wrong, twice unsure and right.
    probabilities = np.array([[0.92, 0.08], [0.97, 0.03], [0.55, 0.45], [0.4, 0.6]])
    lines = table(measure(np.array([0, 1, 0, 1]), probabilities, ("glass", "tin"))).splitlines()
    start = next(i for i, line in enumerate(lines) if "unsure below" in line)
    rows = [line.split() for line in lines[start + 1 :]]
    assert rows[0] == "0 % 4 100.0 % 75.0 %".split()
    assert rows[3] == "70 % 2 50.0 % 50.0 %".split()
    assert rows[6] == "95 % 1 25.0 % 0.0 %".split()
    assert rows[7] == "99 % 0 0.0 % -".split()
    assert len({len(line) for line in lines[start:]}) == 1


def test_classes_without_pictures_are_named_and_undefined_figures_are_dashes():
    text = table(measure(np.array([0, 0]), np.eye(3)[[0, 0]], ("glass", "tin", "wood")))
    assert "glass" in text
    assert text.splitlines()[2].split()[-1] == "-"
    assert "no pictures of tin, wood" in text
    assert "confused" not in text


def test_of_many_classes_the_worst_are_shown():
    labels = np.arange(100)
    guesses = np.where(labels < 2, labels + 90, labels)
    text = table(measure(labels, np.eye(100)[guesses], [f"name{i}" for i in range(100)]))
    rows = [line.split()[0] for line in text.splitlines() if line.startswith("name")]
    assert len(rows) == MOST_ROWS
    assert rows[:2] == ["name0", "name1"]
    assert f"the {MOST_ROWS} of 100 classes with the lowest F1" in text
