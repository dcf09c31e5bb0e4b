"""Two models on the same pictures: how often do they decide alike?"""

from __future__ import annotations

import numpy as np

from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.run import Evaluation
from rcnet_tf.runtime import Classifier


def check_classes(one: Classifier, other: Classifier) -> None:
    """See that two models tell the same classes, in whatever order.

    Raises:
        UserError: they do not.
    """
    if set(one.class_names) != set(other.class_names):
        raise UserError(
            f"--beside {other.path.name} tells the classes {', '.join(other.class_names)}; "
            f"expected {', '.join(one.class_names)}"
        )


def compare(one: Evaluation, other: Evaluation, name: str) -> dict:
    """Compare two evaluations of the same pictures.

    Args:
        one, other: of `run.evaluate`, with the same data, split and part, and classes that
            `check_classes` has seen.
        name: of the other model, for the report.

    Returns:
        For JSON: "model", its "accuracy" and "expected_calibration_error", "same_decision" (share
        of pictures that both put into the same class, right or wrong), "same" and "pictures"
        (counts).
    """
    decisions = [
        np.array(each.class_names)[each.probabilities.argmax(axis=1)] for each in (one, other)
    ]
    same = decisions[0] == decisions[1]  # the same pictures in the same order
    return {
        "model": name,
        "accuracy": float(other.scores.accuracy),
        "expected_calibration_error": float(other.scores.calibration_error),
        "same_decision": float(np.mean(same)),
        "same": int(np.sum(same)),
        "pictures": len(same),
    }


def line(result: dict) -> str:
    """The same in a line for a terminal."""
    return (
        f"{result['model']} beside it: accuracy {100 * result['accuracy']:.2f} %, expected "
        f"calibration error {100 * result['expected_calibration_error']:.2f} %, same decision on "
        f"{result['same']} of {result['pictures']} pictures, {100 * result['same_decision']:.2f} %"
    )
