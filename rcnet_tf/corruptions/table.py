"""Robustness as text for a terminal, as Markdown, and as CSV."""

from __future__ import annotations

import csv
import io

from rcnet_tf.corruptions.kinds import LEVELS, Corruption
from rcnet_tf.corruptions.measure import Robustness
from rcnet_tf.evaluation.text import printable


def text(result: Robustness) -> str:
    """A line a model under the severities of each corruption; accuracy in percent."""
    names = [printable(name) for name in result.models]
    heads = [f"{one.name} ({one.unit})" for one in result.corruptions]
    width = max(len("uncorrupted"), *(len(name) + 2 for name in names), *map(len, heads))
    cells = max(len(label) for one in result.corruptions for label in labels(one))
    cells = max(cells, len("100.0")) + 2

    def line(name: str, *values: str) -> str:
        return (name.ljust(width) + "".join(value.rjust(cells) for value in values)).rstrip()

    empty = [""] * LEVELS
    lines = [line(what(result), *empty), line("", *empty, "mean"), "uncorrupted"]
    lines += [
        line(f"  {name}", *empty, _percent(share))
        for name, share in zip(names, result.accuracy_clean, strict=True)
    ]
    for row, corruption in enumerate(result.corruptions):
        lines.append(line(heads[row], *labels(corruption)))
        for name, shares in zip(names, result.accuracy[:, row], strict=True):
            lines.append(line(f"  {name}", *map(_percent, [*shares, shares.mean()])))
    lines.append("all corruptions")
    lines += [
        line(f"  {name}", *empty, _percent(shares.mean()))
        for name, shares in zip(names, result.accuracy, strict=True)
    ]
    return "\n".join(lines)


def markdown(result: Robustness) -> str:
    """One table; corruptions that several models met have a row for each."""
    severities = [str(level + 1) for level in range(LEVELS)]
    lines = [
        f"Accuracy in percent, {what(result)}.",
        "",
        f"| corruption, severities | model | {' | '.join(severities)} | mean |",
        f"|---|---|{'---|' * (LEVELS + 1)}",
    ]
    names = [_escaped(name) for name in result.models]
    empty = " |" * LEVELS
    for name, share in zip(names, result.accuracy_clean, strict=True):
        lines.append(f"| uncorrupted | {name} |{empty} {_percent(share)} |")
    for row, one in enumerate(result.corruptions):
        head = f"{one.name}, {one.unit}: {', '.join(labels(one))}"
        for name, shares in zip(names, result.accuracy[:, row], strict=True):
            cells = " | ".join(map(_percent, [*shares, shares.mean()]))
            lines.append(f"| {head} | {name} | {cells} |")
    for name, shares in zip(names, result.accuracy, strict=True):
        lines.append(f"| all corruptions | {name} |{empty} {_percent(shares.mean())} |")
    return "\n".join(lines) + "\n"


def comma_separated(result: Robustness) -> str:
    """A line a model, corruption and severity, with counts; level 0 is without corruption."""
    count = len(result.subjects.pictures)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(
        ["model", "corruption", "unit", "level", "severity", "pictures", "correct", "accuracy"]
    )

    def row(model, corruption, unit, level, severity, correct):
        share = f"{correct / count:.6f}"
        writer.writerow([model, corruption, unit, level, severity, count, correct, share])

    for index, name in enumerate(result.models):
        row(name, "none", "", 0, "", result.clean[index])
        for one, counts in zip(result.corruptions, result.correct[index], strict=True):
            for level, label in enumerate(labels(one)):
                row(name, one.name, one.unit, level + 1, label, counts[level])
    return file.getvalue()


def labels(corruption: Corruption) -> list[str]:
    """The severities in words."""
    return [str(severity) for severity in corruption.severities]


def what(result: Robustness) -> str:
    """Which pictures."""
    of = result.subjects
    return f"{len(of.pictures)} pictures ({printable(of.data)}, split {of.split}, {of.part})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _escaped(name: str) -> str:
    return printable(name).replace("|", "\\|")
