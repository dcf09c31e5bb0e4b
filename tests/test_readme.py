"""Pages: their links, tables and the output of `make` are real."""

import configparser
import json
import re
from pathlib import Path

import pytest

from rcnet_tf.export import report

HOME = Path(__file__).parents[1]
FOLDERS = ("docs", "notebooks", "firmware_bridge")
PAGES = sorted(
    [*HOME.glob("*.md"), *(page for one in FOLDERS for page in HOME.glob(f"{one}/**/*.md"))]
)

every = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOME)))


@every
def test_links_lead_somewhere(page):
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)]*)\)", page.read_text("utf-8")):
        if target.startswith("http"):
            continue
        there = page.parent / target if target else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


def anchors(page):
    """What GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@every
def test_recipes_are_there(page):
    from rcnet_tf.training.recipes import RECIPES

    assert set(re.findall(r"--recipe (\w+)", page.read_text())) <= set(RECIPES)


def test_every_command_is_listed():
    there = {
        path.stem
        for path in (HOME / "rcnet_tf").glob("*.py")
        if "cli.run(main)" in path.read_text("utf-8")
    }
    table = re.findall(r"^\| `python -m rcnet_tf\.(\w+)", (HOME / "README.md").read_text(), re.M)
    assert sorted(table) == sorted(there)


def test_make_prints_what_the_page_shows():
    page = (HOME / "README.md").read_text()
    (shown,) = re.findall(r"\$ make\n(.*?)```", page, re.S)
    content = json.loads((HOME / "tflite" / "report.json").read_text())
    said = report.lines(content)
    assert shown.splitlines()[: len(said)] == said, "copy the output of make into README.md"


def test_every_dependency_has_its_reason():
    config = configparser.ConfigParser()
    config.read(HOME / "setup.cfg")
    lines = config["options"]["install_requires"].splitlines()
    for extra in config["options.extras_require"].values():
        lines += extra.splitlines()
    names = {re.match(r"[\w-]+", line)[0] for line in lines if line} - {"rcnet_tf"}
    page = (HOME / "README.md").read_text()
    section = page[page.index("## Dependencies") : page.index("## Licence")]
    reasons = {name for row in section.splitlines() for name in re.findall(r"[\w-]+", row)}
    assert names <= reasons, names - reasons
