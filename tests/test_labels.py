import numpy as np
import pytest

from rcnet_tf.labels import TRASHNET, decode_predictions


def test_names_are_trashnets_in_alphabetical_order():
    assert list(TRASHNET) == sorted(TRASHNET) and len(TRASHNET) == 6


def test_best_first():
    scores = np.array([[0.1, 0.2, 0.05, 0.4, 0.15, 0.1], [1, 0, 0, 0, 0, 0]], np.float32)
    first, second = decode_predictions(scores, top=2)
    assert [name for name, _ in first] == ["paper", "glass"]
    assert first[0][1] == pytest.approx(0.4) and isinstance(first[0][1], float)
    assert second[0] == ("cardboard", 1.0)


def test_ties_keep_the_order_of_the_classes():
    names = [f"class_{index}" for index in range(100)]
    scores = np.arange(100)[None] % 2  # every odd class first
    (found,) = decode_predictions(scores, top=100, class_names=names)
    assert [name for name, _ in found] == names[1::2] + names[::2]


def test_own_names_and_fewer_classes_than_asked_for():
    assert decode_predictions([[0.2, 0.8]], top=5, class_names=("no", "yes")) == [
        [("yes", 0.8), ("no", 0.2)]
    ]


@pytest.mark.parametrize("shape", [(6,), (1, 5), (1, 6, 1)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"expected \(batch, 6\)"):
        decode_predictions(np.zeros(shape))


def test_takes_what_a_model_returns():
    from keras import ops

    assert decode_predictions(ops.eye(6)[1:2], top=1) == [[("glass", 1.0)]]
