import csv
import io
from dataclasses import replace

import pytest
from PIL import Image

from rcnet_tf.experiments.frontier import Point, frontier_png, points
from rcnet_tf.experiments.results import from_csv, to_csv
from rcnet_tf.experiments.tables import class_table, report, spread, table

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
        row("42", 0.5, val_float_accuracy=0.9, test_float_accuracy=0.8, **COSTS),
        row("7", 0.5, val_float_accuracy=0.8, test_float_accuracy=0.9, **COSTS),
        {**row("42", 0.5), "training": "not asked for"},
    ]
    head, rule, line = table(["a", "never run"], rows).splitlines()
    assert head.count("|") == rule.count("|") == line.count("|")
    assert [cell.strip() for cell in line.split("|")[1:-1]] == [
        "ours", "96", "525,802", "126.7 M", "612 kB", "179 / 970 kB", "2",
        "85.00 ± 7.07", "85.00 ± 7.07", "", "",
    ]  # fmt: skip


def test_beside_what_the_paper_gives():
    rows = [{**row("42", 0.9), "training": name} for name in ("table4-focus", "rival-mobilenetv2")]
    head, _, ours, other = table(["table4-focus", "rival-mobilenetv2"], rows).splitlines()
    assert head.endswith("| the paper, its validation part |")
    assert ours.endswith("| 91.2 |") and other.endswith("|  |")
    assert "the paper" not in table(["rival-mobilenetv2"], rows)


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
    *_, first, second = table(["a", "b"], rows, paired=True).splitlines()
    assert first.split("|")[-2].strip() == ""
    assert second.split("|")[-2].strip() == "+3.00 ± 1.41"


def test_classes_beside_those_of_the_paper():
    recall = dict.fromkeys(("cardboard", "glass", "metal", "paper", "plastic"), 0.9)
    accuracy = dict(test_int8_accuracy=0.8, test_int8_fresh_accuracy=0.7)
    rows = [
        row("42", 0.9, test_int8_recall={**recall, "trash": 0.6}, **accuracy),
        row("7", 0.9, test_int8_recall={**recall, "trash": 0.8}, **accuracy),
        row("123", 0.9),
    ]
    head, _, paper, line = class_table(["a"], rows).splitlines()
    assert head.split("|")[4:-3] == [f" {name} " for name in (*recall, "trash")]
    assert paper.split("|")[-4].strip() == "74"
    assert [cell.strip() for cell in line.split("|")[3:-1]] == [
        "2", *["90.00 ± 0.00"] * 5, "70.00 ± 14.14", "80.00 ± 0.00", "70.00 ± 0.00"
    ]  # fmt: skip


def test_csv_has_a_cell_for_every_figure():
    recall = {"glass": 1.0, "paper": 2 / 3}
    text = to_csv([row("42", 0.9, test_int8_accuracy=0.123456789, test_int8_recall=recall)])
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["test_int8_accuracy"], line["test_float_accuracy"]) == ("0.123457", "")
    wanted = row("42", 0.9, test_int8_accuracy=0.123457, test_int8_recall=recall)
    assert from_csv(text) == [wanted]


def test_a_line_counts_what_was_tested():
    rows = [row("7", 0.5), row("42", 0.9, test_float_accuracy=0.8, **COSTS)]
    *_, line = table(["a"], rows).splitlines()
    assert "| 525,802 |" in line and "| 1 | 90.00 | 80.00 |" in line
    *_, line = table(["a"], rows[:1]).splitlines()
    assert "| 1 | 50.00 |  |" in line


def test_a_section_for_each_group_that_has_runs():
    rows = [row("42", 0.9), {**row("42", 0.8), "training": "b"}]
    text = report({"first": ["a"], "none": ["c"], "table4": ["a", "b"]}, rows)
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "## first", "## table4"
    ]  # fmt: skip
    assert text.count("to the line above") == 1


def test_points_of_what_was_measured():
    sizes = dict(arena_bytes=970144, c99_bytes=179196)
    theirs = dict(arena_bytes=307200, c99_bytes=None, test_int8_accuracy=0.8)
    rows = [
        row("42", 0.9, test_int8_accuracy=0.9, **sizes),
        row("7", 0.9, test_int8_accuracy=0.8, **sizes),
        {**row("7", 0.8, **theirs), "training": "b"},
        {**row("7", 0.8), "training": "never tested"},
    ]
    one, other = points(["a", "never tested", "b"], rows)
    assert (one.title, one.input_size) == ("ours", 96) and (one.splits, other.splits) == (2, 1)
    assert (one.accuracy, one.deviation) == pytest.approx((85, 7.0711), abs=1e-3)
    assert (one.engine, one.arena) == pytest.approx((174.996, 947.406), abs=1e-3)
    assert (other.accuracy, other.deviation, other.engine) == (80, 0, None)
    assert other.arena == 300


def test_every_point_is_in_the_picture():
    """Blue, vermilion and green are Okabe and Ito's."""
    ours, theirs = Point("ours", 96, 90, 1, 5, 900, 175), Point("theirs", 96, 80, 1, 1, 300, None)

    def count(found):
        picture = Image.open(io.BytesIO(frontier_png(found))).convert("RGB")
        assert picture.size[0] > 1000
        colours = {colour: number for number, colour in picture.getcolors(1 << 20)}
        return [colours.get(one, 0) for one in ((0, 114, 178), (213, 94, 0), (0, 158, 115))]

    both, alone = count([ours, theirs]), count([ours])
    assert both[1] > alone[1] and both[0] > count([theirs])[0]
    # Of one split: a diamond, but where all are.
    single = replace(ours, title="single", splits=1)
    assert both[2] == count([single, theirs])[2] == 0 < count([ours, single])[2]
    # Two of the same RAM stand beside each other.
    assert count([ours, replace(ours, title="another")])[0] > alone[0]
