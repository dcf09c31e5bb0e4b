"""Results of several machines as one table."""

import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.experiments.merge import merge
from rcnet_tf.experiments.results import from_csv, to_csv


def row(training="teacher", split="42", **others):
    return {
        "training": training, "split": split, "title": "a title", "input_size": 96,
        "command": "train", "epochs": 8, "val_accuracy": 0.9, "last_val_loss": 0.123456789,
        **others,
    }  # fmt: skip


def test_every_run_once_in_order():
    here = [row("ours-96", "7"), row()]
    there = [row("ours-96", "123"), row("ours-96", "42"), row()]
    merged = merge({"here": here, "there.csv": there})
    assert [(one["training"], one["split"]) for one in merged] == [
        ("teacher", "42"), ("ours-96", "42"), ("ours-96", "123"), ("ours-96", "7")
    ]  # fmt: skip


@pytest.mark.parametrize("turned", [False, True])
def test_what_one_lacks_the_other_has(turned):
    known, unknown = row(c99_bytes=1000, test_int8_accuracy=0.8), row(c99_bytes=None)
    places = {"a": [unknown], "b": [known]} if turned else {"a": [known], "b": [unknown]}
    assert merge(places) == [known]


def test_of_what_both_have_the_first_is_kept():
    merged = merge({"here": [row(command="mine")], "there": [row(command="theirs")]})
    assert merged == [row(command="mine")]


def test_a_csv_is_the_same_as_what_was_written_into_it():
    rows = [row(val_accuracy=1.0, last_val_loss=float("nan"), best_weights="ab")]
    assert len(merge({"here": rows, "results.csv": from_csv(to_csv(rows))})) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"last_val_loss": 0.12347},
        {"best_weights": "cd"},
        {"epochs": 9},
        {"test_int8_accuracy": 0.8},
    ],
)
def test_two_networks_of_one_name_are_refused(changed):
    (column,) = changed
    known = {"best_weights": "ab", "test_int8_accuracy": 0.9}
    one, other = [row(**known)], [row(**known | changed)]
    with pytest.raises(UserError, match=rf"there\.csv: teacher/42 has come to .*{column}"):
        merge({"here": one, "there.csv": other})
    with pytest.raises(UserError, match=column):
        merge({"there.csv": [*one, *other]})
