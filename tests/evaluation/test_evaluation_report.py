"""JSON that a person can read and a program gets the same from."""

import json

import pytest

from rcnet_tf.evaluation.report import to_json


def test_rows_of_integers_stand_on_one_line():
    content = {
        "confusion": [[10, 0], [1, 9]],
        "names": ["a", "[ 1, 2 ]", "[\n 1\n]"],
        "share": [0.5, None],
        "empty": [],
    }
    text = to_json(content)
    assert json.loads(text) == content
    assert "    [10, 0],\n    [1, 9]\n" in text


def test_nothing_that_is_no_json():
    with pytest.raises(ValueError):
        to_json({"accuracy": float("nan")})
