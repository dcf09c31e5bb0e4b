"""Imports go one way (docs/development.md): between the package's files and folders no circle."""

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import rcnet_tf

PACKAGE = Path(rcnet_tf.__file__).parent


def imported(path):
    """What of the package a module imports, anywhere in it: `["data", "cache"]` of `data.cache`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, *parts = node.module.split(".")
            names = [[*parts, one.name] for one in node.names]
        elif isinstance(node, ast.Import):
            package, names = "rcnet_tf", [one.name.split(".") for one in node.names]
            names = [parts for first, *parts in names if first == package]
        else:
            continue
        if package == "rcnet_tf":
            yield from filter(None, names)


def test_no_circle():
    users = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        unit = path.relative_to(PACKAGE).with_suffix("").parts[0]
        users[unit] |= {parts[0] for parts in imported(path)} - {unit}
    order = list(TopologicalSorter(users).static_order())
    assert order.index("preprocess") < order.index("model") < order.index("convert")
    assert order.index("tflite_file") < order.index("runtime") < order.index("export")
