"""One table of a campaign that several machines have worked on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rcnet_tf.data.published import PUBLISHED
from rcnet_tf.errors import UserError
from rcnet_tf.experiments.trainings import TRAININGS

# What two repetitions of a run have in common.
_REPEATED = (
    "epochs",
    "best_epoch",
    "val_accuracy",
    "last_val_accuracy",
    "last_val_loss",
    "best_weights",
    "final_weights",
    # A test part is met once; whoever has met it elsewhere as well has come to the same.
    "test_float_accuracy",
    "test_int8_accuracy",
)


def merge(rows: Mapping[str, Iterable[dict]]) -> list[dict]:
    """Every run once.

    Args:
        rows: of `results.rows` or `results.from_csv`, by the name of the place that they are from.
            Of a run that stands in several, what one lacks (a test part that was met on one
            machine alone) is taken from the others; what several have, from the first.

    Raises:
        UserError: a run came to other figures elsewhere: it is another network, and what learnt
            from the one must not stand beside what learnt from the other; or its test part was met
            twice.
    """
    merged: dict[tuple[str, str], dict] = {}
    for place, theirs in rows.items():
        for row in theirs:
            run = row["training"], row["split"]
            known = merged.setdefault(run, {})
            if differences := [
                f"{column} {row[column]}, {known[column]} elsewhere"
                for column in _REPEATED
                if column in row and column in known and not _same(row[column], known[column])
            ]:
                raise UserError(
                    f"{place}: {'/'.join(run)} has come to something else elsewhere "
                    f"({'; '.join(differences[:3])}); take it, and what learnt from it, out of "
                    "one of the two"
                )
            merged[run] = {name: one for name, one in row.items() if one is not None} | known
    order = {name: index for index, name in enumerate((*TRAININGS, *PUBLISHED))}
    return sorted(
        merged.values(),
        key=lambda row: [order.get(row[column], len(order)) for column in ("training", "split")],
    )


def _same(one: object, other: object) -> bool:
    """Whether they are, after a CSV's six digits."""
    if isinstance(one, str):
        return one == other
    return f"{one:.6g}" == f"{other:.6g}"
