"""Examples: those of docstrings print what they say, those of pages run."""

import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in ROOT.glob("rcnet_tf/**/*.py")
    if ">>> " in path.read_text("utf-8")
)
BLOCKS = [
    pytest.param(block, id=f"{page.relative_to(ROOT)}-{number}")
    for page in sorted(ROOT.glob("**/*.md"))
    if page.relative_to(ROOT).parts[0] in ("README.md", "docs", "notebooks", "firmware_bridge")
    for number, block in enumerate(
        re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL), 1
    )
]


@pytest.fixture(autouse=True)
def checkout(tmp_path, monkeypatch, own_cache):
    """A folder to write to, with what `make` wrote in it."""
    (tmp_path / "tflite").symlink_to(ROOT / "tflite")
    monkeypatch.chdir(tmp_path)


def test_all_are_found():
    assert {"rcnet_tf", "rcnet_tf.model", "rcnet_tf.layers.simam", "rcnet_tf.runtime"} <= set(
        MODULES
    )


@pytest.mark.parametrize("name", MODULES)
def test_docstring(name, capsys):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted and not result.failed, capsys.readouterr().out


@pytest.mark.parametrize("block", BLOCKS)
def test_page(block):
    exec(compile(block, "<page>", "exec"), {})
