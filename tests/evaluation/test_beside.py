"""Two evaluations of the same pictures side by side."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.evaluation import beside
from rcnet_tf.evaluation.metrics import measure
from rcnet_tf.evaluation.run import Evaluation
from rcnet_tf.layers import Classifier
from rcnet_tf.runtime import load

NAMES = ("can", "jar", "leaf")


def evaluation(decisions, labels=(0, 1, 2, 2), names=NAMES):
    probabilities = np.full((len(decisions), 3), 0.1, np.float32)
    probabilities[np.arange(len(decisions)), decisions] = 0.8
    labels = np.array(labels, np.int32)
    scores = measure(labels, probabilities, names)
    keys = tuple(("test", str(index)) for index in range(len(decisions)))
    return Evaluation("d", "42", "test", names, keys, labels, probabilities, scores, (), ())


def test_counts_decisions_that_are_the_same_right_or_wrong():
    result = beside.compare(evaluation([0, 1, 0, 2]), evaluation([0, 2, 0, 2]), "other.keras")
    assert result == {
        "model": "other.keras",
        "accuracy": 0.5,
        "expected_calibration_error": pytest.approx(0.3),
        "same_decision": 0.75,
        "same": 3,
        "pictures": 4,
    }
    assert "same decision on 3 of 4 pictures, 75.00 %" in beside.line(result)


def test_order_of_the_outputs_does_not_matter():
    one = evaluation([0, 1, 2, 2])
    turned = replace(one, class_names=NAMES[::-1], probabilities=one.probabilities[:, ::-1].copy())
    assert beside.compare(one, turned, "x")["same"] == 4


@pytest.fixture
def telling(tmp_path):
    """telling(names) -> an opened model of these classes."""

    def telling(*names):
        path = tmp_path / f"{'-'.join(names)}.keras"
        inputs = keras.Input((64, 64, 3))
        x = keras.layers.GlobalAveragePooling2D()(inputs)
        keras.Model(inputs, Classifier(names, activation="softmax")(x)).save(path)
        return load(path)

    return telling


def test_other_classes_are_refused(telling):
    one = telling("can", "jar", "leaf")
    beside.check_classes(one, telling("leaf", "can", "jar"))
    expected = (
        "--beside can-jar-twig.keras tells the classes can, jar, twig; expected can, jar, leaf"
    )
    with pytest.raises(UserError, match=expected):
        beside.check_classes(one, telling("can", "jar", "twig"))
