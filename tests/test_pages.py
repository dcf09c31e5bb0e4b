"""What pages and `--help` say can be typed: commands, options, targets of make, extras."""

import ast
import configparser
import importlib
import re
import shlex
from pathlib import Path

import pytest

from rcnet_tf import public

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "notebooks", "firmware_bridge", "rcnet_tf")
PAGES = [*ROOT.glob("*.md"), *(page for name in FOLDERS for page in (ROOT / name).rglob("*.md"))]
PARSERS = {name: importlib.import_module(name)._parser() for name in public.COMMANDS}


def helps():
    """What the commands themselves show above their options, by path."""
    for name in public.COMMANDS:
        path = ROOT / f"{name.replace('.', '/')}.py"
        yield path, ast.get_docstring(ast.parse(path.read_text("utf-8")))


TEXTS = {
    str(path.relative_to(ROOT)): text
    for path, text in [*((page, page.read_text("utf-8")) for page in PAGES), *helps()]
}


def shown(text):
    """Whole commands to type: behind a prompt, or indented."""
    text = re.sub(r"\\\n *", "", text)
    return re.findall(
        r"^(?:\$ | {4,})((?:\w+=\S+ )?(?:python -m rcnet_tf|make(?! -)).*)$", text, re.M
    )


def mentioned(text):
    """Code in a line of text, perhaps only the parts of a command that matter there."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", text)]


def options(words):
    return {word.partition("=")[0] for word in words if re.match(r"--\w", word)}


def known(command):
    return set(PARSERS[command]._option_string_actions)


def targets():
    return set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", TEXTS)
def test_commands_can_be_typed(page):
    for line in shown(TEXTS[page]):
        words = shlex.split(line, comments=True)
        words = words[1:] if "=" in words[0] else words
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= targets(), line
        else:
            arguments = PARSERS[words[2]].parse_args(words[3:])
            if words[2] == "rcnet_tf.train":
                importlib.import_module("rcnet_tf.train")._config(arguments)


@pytest.mark.parametrize("page", TEXTS)
def test_options_are_there(page):
    for code in mentioned(TEXTS[page]):
        words = code.split()
        if found := re.match(r"python -m (rcnet_tf\.\w+)", code):
            assert options(words) <= known(found[1]), code
        elif words and words[0].startswith("--"):
            assert any(options(words) <= known(command) for command in PARSERS), code
        elif words and words[0] == "make" and len(words) > 1:
            assert {word for word in words[1:] if "=" not in word} <= targets(), code


def test_extras_are_there():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    asked = re.findall(r"pip install \S*\[([\w,]+)\]", "\n".join(TEXTS.values()))
    assert asked
    assert {one for several in asked for one in several.split(",")} <= set(
        setup["options.extras_require"]
    )


def test_what_is_looked_for_is_found():
    assert len(shown(TEXTS["README.md"])) > 5 and len(mentioned(TEXTS["README.md"])) > 10
    assert shown(TEXTS["rcnet_tf/train.py"])[0].startswith("python -m rcnet_tf.train ")
    assert {"test", "docs", "bench-mcu"} <= targets()
