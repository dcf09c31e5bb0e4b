"""The same figures as text, Markdown, CSV and curves."""

import csv
import io
import warnings
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from rcnet_tf.corruptions import plot, sheet, table
from rcnet_tf.corruptions.kinds import CORRUPTIONS, LEVELS
from rcnet_tf.corruptions.measure import Robustness, Subjects
from rcnet_tf.data.sources import Picture

COUNT = 40


def example(models=2, corruptions=CORRUPTIONS):
    pictures = tuple(Picture(f"a/{i}.jpg", 0, None, f"{i}.jpg") for i in range(COUNT))
    shape = (models, len(corruptions), LEVELS)
    correct = np.random.default_rng(0).integers(10, COUNT, shape)
    names = ("$best$.keras", "a|b.tflite", *(f"m{i}.keras" for i in range(9)))[:models]
    clean = np.arange(models) + COUNT - models
    return Robustness(
        Subjects("pictures", "42", "val", ("x", "y"), pictures), names, clean, correct, corruptions
    )


def percent(values):
    return [f"{100 * value / COUNT:.1f}" for value in values]


def test_text_has_a_line_a_model_under_each_corruption():
    result = example()
    lines = table.text(result).splitlines()
    assert lines[0].startswith("40 pictures (pictures, split 42, val)")
    start = lines.index(next(line for line in lines if line.startswith("jpeg (quality)")))
    assert lines[start].split()[-5:] == ["50", "30", "20", "10", "5"]
    for model, line in enumerate(lines[start + 1 : start + 3]):
        counts = result.correct[model, 6]
        assert line.split()[0] == result.models[model]
        assert line.split()[1:] == percent([*counts, counts.mean()])
    assert lines[-2].split()[-1] == percent([result.correct[0].mean()])[0]
    uncorrupted = lines[lines.index("uncorrupted") + 2]
    assert uncorrupted.split() == [result.models[1], *percent(result.clean[1:])]


def test_markdown_is_one_table():
    result = example()
    rows = [
        line.replace("\\|", "/").split("|")[1:-1]
        for line in table.markdown(result).splitlines()
        if line.startswith("|")
    ]
    assert {len(row) for row in rows} == {LEVELS + 3}
    assert len(rows) == 2 + 2 * (len(CORRUPTIONS) + 2)
    darker = next(row for row in rows if row[0].strip().startswith("darker"))
    assert darker[0].strip() == "darker, stops of exposure: -0.5, -1, -1.5, -2, -3"
    counts = result.correct[0, 0]
    assert [cell.strip() for cell in darker[2:]] == percent([*counts, counts.mean()])


def test_comma_separated_values_are_the_counts():
    result = example()
    rows = list(csv.DictReader(io.StringIO(table.comma_separated(result))))
    assert len(rows) == 2 * (1 + len(CORRUPTIONS) * LEVELS)
    for row in rows:
        model, level = result.models.index(row["model"]), int(row["level"])
        if level == 0:
            assert (row["corruption"], int(row["correct"])) == ("none", result.clean[model])
            continue
        index = [one.name for one in CORRUPTIONS].index(row["corruption"])
        assert row["severity"] == str(CORRUPTIONS[index].severities[level - 1])
        assert int(row["correct"]) == result.correct[model, index, level - 1]
        assert float(row["accuracy"]) == pytest.approx(int(row["correct"]) / COUNT)


@pytest.mark.parametrize("models, corruptions", [(2, 10), (9, 2), (1, 1)])
def test_pictures_are_drawn_in_full(models, corruptions):
    result = example(models, CORRUPTIONS[:corruptions])
    frame = np.full((48, 64, 3), 99, np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curves = plot.robustness_png(result)
        files = curves, sheet.sheet_jpeg(frame, "$a/1", result.corruptions[:2])
    for content in files:
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
        border = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
        assert pixels.min() < 50
        assert all((line == 255).all() for line in border)


def test_nothing_but_names_is_taken_from_names():
    strange = replace(example(), models=("a\nb", "纸"))
    assert "a?b" in table.text(strange)
    assert "a?b" in table.markdown(strange)
