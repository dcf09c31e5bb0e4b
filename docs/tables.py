"""The campaign's tables in docs/results.md, and docs/frontier.png, from docs/campaign.csv.

That is a campaign's results.csv, copied here. Text between the marks of a group is replaced:

    python docs/tables.py
"""

from __future__ import annotations

import re
from pathlib import Path

from rcnet_tf.experiments.frontier import frontier_png, points
from rcnet_tf.experiments.plan import members
from rcnet_tf.experiments.results import from_csv
from rcnet_tf.experiments.tables import class_table, table
from rcnet_tf.experiments.trainings import GROUPS, PAIRED, PICTURED
from rcnet_tf.files import atomic_write

DOCS = Path(__file__).parent
_MARKED = r"(<!-- {kind} {name} -->\n).*?(<!-- end -->)"


def rows() -> list[dict]:
    """Those that have met their test part."""
    text = (DOCS / "campaign.csv").read_text(encoding="utf-8")
    return [row for row in from_csv(text) if "test_float_accuracy" in row]


def page() -> str:
    """docs/results.md with the tables of today's docs/campaign.csv."""
    text, found = (DOCS / "results.md").read_text(encoding="utf-8"), rows()
    for kind, name in re.findall(r"<!-- (table|recalls) (\w+) -->", text):
        names = GROUPS[name]
        new = (
            class_table(names, found) if kind == "recalls" else table(names, found, name in PAIRED)
        )
        text = re.sub(
            _MARKED.format(kind=kind, name=name),
            lambda marked, new=new: f"{marked[1]}\n{new}\n{marked[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


if __name__ == "__main__":
    atomic_write(DOCS / "results.md", page())
    found = points(members(PICTURED), rows())
    atomic_write(DOCS / "frontier.png", frontier_png(found))
