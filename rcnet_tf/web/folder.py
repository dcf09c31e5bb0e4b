"""The page's files in one folder, ready for any static host."""

from __future__ import annotations

import json
from pathlib import Path

from rcnet_tf.export.c99 import package
from rcnet_tf.labels import TRASHNET
from rcnet_tf.shipped_pictures import ASSETS, LICENSE, license_text
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.web import module

_PAGE = (".html", ".css", ".js", ".svg")


def files(content: bytes, name: str) -> dict[str, bytes]:
    """The page of a network: firmware_bridge/web, rcnet.wasm, demo.json and demo pictures.

    The pictures are TrashNet's, and come with a network that knows TrashNet's classes alone.

    Args:
        content: an int8 `.tflite`.
        name: what errors call it.

    Returns:
        Place in the folder -> content.

    Raises:
        UserError: the network cannot be used, or a compiler is missing.
    """
    found = {"rcnet.wasm": module.webassembly(content, name)}
    for source in sorted(package.source_folder("web").iterdir()):
        if source.suffix in _PAGE:
            found[source.name] = source.read_bytes()
    pictures = _pictures() if flatbuffer.labels(content) == TRASHNET else {}
    listed = [{"file": file, "label": Path(file).parent.name} for file in pictures]
    found["demo.json"] = (json.dumps({"pictures": listed}, indent=1) + "\n").encode()
    if pictures:  # their licence asks to come along
        pictures[f"pictures/{LICENSE}"] = license_text()
    return found | pictures


def _pictures() -> dict[str, bytes]:
    """Place in the folder -> picture file, class after class."""
    found = sorted((ASSETS / "demo").glob("*/*.jpg"))
    return {f"pictures/{file.parent.name}/{file.name}": file.read_bytes() for file in found}
