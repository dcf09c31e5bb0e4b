import csv
import io
import json

from PIL import Image

from rcnet_tf.experiments.frontier import frontier_png
from rcnet_tf.experiments.results import to_csv
from rcnet_tf.experiments.tables import class_table, spread, table

COSTS = dict(
    parameters=525802, macs=126653568, int8_bytes=612064, c99_bytes=179196, arena_bytes=970144
)


def row(split, accuracy, **others):
    return {
        "training": "a", "split": split, "title": "ours", "input_size": 96,
        "val_accuracy": accuracy, **others,
    }  # fmt: skip


def test_mean_and_sample_deviation_in_percent():
    assert spread([0.9]) == "90.00"
    assert spread([0.8, 0.9, 1.0]) == "90.00 ± 10.00"
    assert spread([]) == ""


def test_one_line_a_training_over_its_splits():
    rows = [
        row("42", 0.9, test_float_accuracy=0.8, **COSTS),
        row("7", 0.8, test_float_accuracy=0.9, **COSTS),
        {**row("42", 0.5), "training": "not asked for"},
    ]
    head, rule, line = table(["a", "never run"], rows).splitlines()
    assert head.count("|") == rule.count("|") == line.count("|")
    assert [cell.strip() for cell in line.split("|")[1:-1]] == [
        "ours", "96", "525,802", "126.7 M", "612 kB", "179 / 970 kB", "2",
        "85.00 ± 7.07", "85.00 ± 7.07", "", "", "",
    ]  # fmt: skip


def test_ram_of_what_the_engine_does_not_run():
    *_, line = table(["a"], [row("42", 0.9, **COSTS | {"c99_bytes": None})]).splitlines()
    assert "| 970 kB |" in line


def test_differences_are_taken_split_by_split():
    rows = [
        *(row(split, 0.5, test_float_accuracy=one) for split, one in (("42", 0.8), ("7", 0.9))),
        {**row("7", 0.5, test_float_accuracy=0.92), "training": "b"},
        {**row("42", 0.5, test_float_accuracy=0.84), "training": "b"},
        {**row("123", 0.5, test_float_accuracy=0.1), "training": "b"},
    ]
    *_, first, second = table(["a", "b"], rows).splitlines()
    assert first.split("|")[-2].strip() == ""
    assert second.split("|")[-2].strip() == "+3.00 ± 1.41"


def test_classes_beside_those_of_the_paper():
    recall = dict.fromkeys(("cardboard", "glass", "metal", "paper", "plastic"), 0.9)
    rows = [
        row("42", 0.9, test_int8_recall={**recall, "trash": 0.6}),
        row("7", 0.9, test_int8_recall={**recall, "trash": 0.8}),
        row("123", 0.9),
    ]
    head, _, paper, line = class_table(["a"], rows).splitlines()
    assert head.split("|")[4:-1] == [f" {name} " for name in (*recall, "trash")]
    assert paper.split("|")[-2].strip() == "74"
    assert [cell.strip() for cell in line.split("|")[3:-1]] == [
        "2", *["90.00 ± 0.00"] * 5, "70.00 ± 14.14"
    ]  # fmt: skip


def test_csv_has_a_cell_for_every_figure():
    recall = {"glass": 1.0, "paper": 2 / 3}
    text = to_csv([row("42", 0.9, test_int8_accuracy=0.123456789, test_int8_recall=recall)])
    (line,) = csv.DictReader(io.StringIO(text))
    assert json.loads(line["test_int8_recall"]) == recall
    assert (line["test_int8_accuracy"], line["test_float_accuracy"]) == ("0.123457", "")


def test_csv_keeps_other_runs():
    first = to_csv([row("42", 0.5), row("7", 0.6)])
    both = to_csv([row("42", 0.7), {**row("42", 0.8), "training": "b"}], first)
    lines = csv.DictReader(io.StringIO(both))
    assert [(line["training"], line["split"], line["val_accuracy"]) for line in lines] == [
        ("a", "42", "0.7"), ("a", "7", "0.6"), ("b", "42", "0.8")
    ]  # fmt: skip


def test_picture_of_what_was_measured_and_none_of_nothing():
    assert frontier_png(["a"], [row("42", 0.9)]) is None
    sizes = dict(arena_bytes=970144, c99_bytes=179196)
    figures = dict(test_int8_accuracy=0.9, test_micro_accuracy=0.89)
    theirs = dict(arena_bytes=300000, c99_bytes=None, test_int8_accuracy=0.8)
    rows = [row("42", 0.9, **sizes, **figures), {**row("7", 0.8, **theirs), "training": "b"}]
    picture = Image.open(io.BytesIO(frontier_png(["a", "b"], rows)))
    assert picture.size[0] > 1000
    blue, vermilion = ((0, 114, 178), (213, 94, 0))  # Okabe and Ito's
    colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20)}
    assert {blue, vermilion} <= colours
