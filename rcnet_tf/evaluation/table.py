"""The figures as text for a terminal."""

from __future__ import annotations

import numpy as np

from rcnet_tf.data.sources import listed
from rcnet_tf.evaluation.confidence import Answers
from rcnet_tf.evaluation.metrics import ClassScores, Scores
from rcnet_tf.evaluation.text import printable
from rcnet_tf.evaluation.unknown import Unknown

MOST_ROWS = 30
"""A longer table would push the figures that count off the screen."""

_HEAD = ("class", "pictures", "precision", "recall", "F1", "AUC")


def table(scores: Scores, unknown: Unknown | None = None) -> str:
    """Classes with their figures, their macro average, accuracy and the worst confusions; then what
    a threshold of confidence leaves to answer, also of pictures of none of the classes.

    Of more than `MOST_ROWS` classes only those of the lowest F1 are listed.
    """
    shown = [one for one in scores.classes if one.pictures]
    left_out = ""
    if len(shown) > MOST_ROWS:
        worst = sorted(shown, key=lambda one: one.f1 or 0.0)[:MOST_ROWS]
        left_out = f"the {MOST_ROWS} of {len(shown)} classes with the lowest F1\n"
        shown = worst
    pictures = int(scores.confusion.sum())
    macro = ClassScores("macro average", pictures, pictures, **scores.macro)
    rows = [_HEAD, *map(_row, shown), _row(macro)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(_aligned(row, widths)) for row in rows]
    rule = "-" * len(lines[0])
    lines = [lines[0], rule, *lines[1:-1], rule, lines[-1], ""]
    correct = int(np.trace(scores.confusion))
    lines.append(f"accuracy {100 * scores.accuracy:.2f} % ({correct} of {pictures} pictures)")
    lines.append(f"expected calibration error {100 * scores.calibration_error:.2f} %")
    if confusions := _worst_confusions(scores):
        lines.append(f"most often confused: {confusions}")
    if absent := [one.name for one in scores.classes if not one.pictures]:
        lines.append(f"no pictures of {listed(absent)}: without figures, and not in the averages")
    lines += ["", *_answers(scores.answers, pictures, unknown)]
    if unknown:
        lines += ["", _taken_for(unknown)]
    return left_out + "\n".join(lines)


def _answers(answers: tuple[Answers, ...], pictures: int, unknown: Unknown | None) -> list[str]:
    head = ["unsure below", "answered", "", "right of these"]
    rows = [[*head, "no class, answered"] if unknown else head]
    for index, one in enumerate(answers):
        right = one.correct / one.answered if one.answered else None
        share = _percent(one.answered / pictures)
        rows.append([f"{one.threshold} %", str(one.answered), share, _percent(right)])
        if unknown:
            rows[-1].append(_percent(unknown.answers[index].answered / unknown.pictures))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
        for row in rows
    ]


def _taken_for(unknown: Unknown) -> str:
    taken = sorted(unknown.classes.items(), key=lambda one: -one[1])[:3]
    names = ", ".join(f"{printable(name)} ({count})" for name, count in taken if count)
    left_out = f", {unknown.unreadable} more cannot be read" if unknown.unreadable else ""
    count = "1 picture" if unknown.pictures == 1 else f"{unknown.pictures} pictures"
    what = f"of no class: {printable(unknown.data)}, {count}{left_out}"
    return f"{what}; most often taken for {names}"


def _row(one: ClassScores) -> tuple[str, ...]:
    return (
        printable(one.name),
        str(one.pictures),
        *(_percent(value) for value in (one.precision, one.recall, one.f1)),
        "-" if one.auc is None else f"{one.auc:.4f}",
    )


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    name, *figures = row
    return [
        name.ljust(widths[0]),
        *(text.rjust(width) for text, width in zip(figures, widths[1:], strict=True)),
    ]


def _worst_confusions(scores: Scores, count: int = 3) -> str:
    mistakes = scores.confusion - np.diag(np.diag(scores.confusion))
    worst = np.argsort(-mistakes, axis=None, kind="stable")[:count]
    pairs = [divmod(int(index), len(mistakes)) for index in worst]
    name = [printable(one.name) for one in scores.classes]
    return ", ".join(
        f"{name[true]} taken for {name[other]} ({mistakes[true, other]})"
        for true, other in pairs
        if mistakes[true, other]
    )
