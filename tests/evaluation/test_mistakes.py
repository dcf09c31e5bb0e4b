import io

import numpy as np
import pytest
from PIL import Image

from rcnet_tf.evaluation.metrics import measure
from rcnet_tf.evaluation.run import Evaluation
from rcnet_tf.plots.mistakes import mistakes_jpeg

NAMES = ("can", "jar")


def evaluation(labels, probabilities, colours):
    """One picture of one colour each, in two parts."""
    labels = np.array(labels)
    probabilities = np.array(probabilities, np.float32)
    pixels = np.stack([np.full((8, 8, 3), colour, np.uint8) for colour in colours])
    keys = tuple(("test", f"{index}.jpg") for index in range(len(labels)))
    scores = measure(labels, probabilities, NAMES)
    parts = (pixels[:1], pixels[1:])
    return Evaluation("d", "42", "all", NAMES, keys, labels, probabilities, scores, (), (), parts)


def test_only_what_is_wrong_the_surest_first():
    red, green, blue = (250, 10, 10), (10, 250, 10), (10, 10, 250)
    some = evaluation([0, 1, 0], [[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]], colours=[green, red, blue])
    picture = np.asarray(Image.open(io.BytesIO(mistakes_jpeg(some, "d")))).astype(int)

    def columns_of(colour):
        return np.flatnonzero((abs(picture - np.array(colour)).sum(axis=-1) < 60).any(axis=0))

    assert not len(columns_of(green))  # was right
    assert columns_of(blue).max() < columns_of(red).min()  # 80 % before 70 %


def test_nothing_to_draw():
    assert mistakes_jpeg(evaluation([0, 1], [[0.9, 0.1], [0.3, 0.7]], [0, 0]), "d") is None


def test_pictures_by_their_number_over_all_parts():
    some = evaluation([0, 1, 0], [[1, 0], [0, 1], [1, 0]], [(1, 1, 1), (2, 2, 2), (3, 3, 3)])
    assert [some.picture(index)[0, 0, 0] for index in range(3)] == [1, 2, 3]
    with pytest.raises(IndexError):
        some.picture(3)
