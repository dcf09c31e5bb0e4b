"""An evaluation as files: JSON for programs, CSV for a look at every picture."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re

import numpy as np

from rcnet_tf.evaluation.run import Evaluation
from rcnet_tf.evaluation.unknown import Unknown
from rcnet_tf.files import sha256
from rcnet_tf.runtime import Classifier


def report(model: Classifier, evaluation: Evaluation, unknown: Unknown | None = None) -> dict:
    """Everything but the single pictures, as JSON takes it; 0 to 1, null where undefined.

    `confusion` has a row for each true class and a column for each predicted one, in the order of
    `classes`, which is that of the model's outputs. `unknown`, of pictures of none of the classes,
    only where there are such.
    """
    scores = evaluation.scores
    content = {
        "model": {
            "file": model.path.name,
            "sha256": sha256(model.path),
            "kind": model.kind,
            "input_size": model.input_size,
        },
        "data": {
            "name": evaluation.data,
            "split": evaluation.split,
            "part": evaluation.part,
            "pictures": len(evaluation.labels),
            "unreadable": [
                {"part": part, "key": key, "reason": reason}
                for (part, key), reason in evaluation.unreadable
            ],
            "left_out": [{"path": path, "reason": why} for path, why in evaluation.left_out],
        },
        "accuracy": _rounded(scores.accuracy),
        "correct": int(np.trace(scores.confusion)),
        "expected_calibration_error": _rounded(scores.calibration_error),
        "reliability": _rows(scores.reliability),
        "answers": _rows(scores.answers),
        "macro": {name: _rounded(value) for name, value in scores.macro.items()},
        "classes": _rows(scores.classes),
        "confusion": scores.confusion.tolist(),
    }
    if unknown:
        content["unknown"] = dataclasses.asdict(unknown)
    return content


def to_json(content: dict) -> str:
    """Indented JSON, but a row of numbers on one line."""
    text = json.dumps(content, indent=2, allow_nan=False)
    # A line break inside JSON is never part of a string, so that only lists of integers match.
    rows = re.compile(r"\[\n\s+([\d,\s]+?)\n\s+\]")
    return rows.sub(lambda row: f"[{' '.join(row[1].split())}]", text) + "\n"


def predictions_csv(evaluation: Evaluation) -> bytes:
    """A line a picture: part, key, label, prediction, whether they agree (1 or 0), confidence, and
    the probability of every class."""
    names = evaluation.class_names
    predicted = evaluation.probabilities.argmax(axis=1)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ["part", "key", "label", "predicted", "correct", "confidence"]
    writer.writerow([*head, *(f"p_{name}" for name in names)])
    rows = zip(evaluation.keys, evaluation.labels, predicted, evaluation.probabilities, strict=True)
    for (part, key), label, guess, row in rows:
        figures = [f"{value:.6f}" for value in (row[guess], *row)]
        writer.writerow([part, key, names[label], names[guess], int(label == guess), *figures])
    # File names that are not UTF-8 come out as the bytes they are.
    return text.getvalue().encode(errors="surrogateescape")


def _rows(records) -> list[dict]:
    """Dataclasses as JSON takes them."""
    return [
        {name: _rounded(value) for name, value in dataclasses.asdict(one).items()}
        for one in records
    ]


def _rounded(value):
    return round(value, 6) if isinstance(value, float) else value
