"""The campaign's tables in docs/results.md are those of docs/campaign.csv."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_tables_are_those_of_the_campaign():
    spec = importlib.util.spec_from_file_location("tables", DOCS / "tables.py")
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    assert tables.rows()
    assert tables.page() == (DOCS / "results.md").read_text(encoding="utf-8"), (
        "run: python docs/tables.py"
    )
