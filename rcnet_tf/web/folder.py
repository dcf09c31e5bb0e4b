"""The page's files in one folder, ready for any static host."""

from __future__ import annotations

import json
from pathlib import Path

from rcnet_tf.errors import UserError
from rcnet_tf.export import flatbuffer
from rcnet_tf.export.c99 import package
from rcnet_tf.files import atomic_write
from rcnet_tf.labels import TRASHNET
from rcnet_tf.shipped_pictures import ASSETS
from rcnet_tf.web import module

_PAGE = (".html", ".css", ".js")
_LICENSE = "LICENSE.trashnet.txt"


def build(content: bytes, name: str, out: Path) -> dict[str, int]:
    """Write the page of a network: firmware_bridge/web, rcnet.wasm, demo.json, demo pictures.

    The pictures are TrashNet's, and come with a network that knows TrashNet's classes alone.

    Args:
        content: an int8 `.tflite`.
        name: what errors call it.
        out: folder for the files; what else is in it stays.

    Returns:
        File name -> bytes.

    Raises:
        UserError: the network or the folder cannot be used, or a compiler is missing.
    """
    files = {"rcnet.wasm": module.webassembly(content, name)}
    for file in sorted(package.source_folder("web").iterdir()):
        if file.suffix in _PAGE:
            files[file.name] = file.read_bytes()
    pictures = _pictures() if flatbuffer.labels(content) == TRASHNET else {}
    listed = [{"file": file, "label": Path(file).parent.name} for file in pictures]
    files["demo.json"] = (json.dumps({"pictures": listed}, indent=1) + "\n").encode()
    files |= pictures
    if pictures:  # its licence asks for it
        files[f"pictures/{_LICENSE}"] = (ASSETS / _LICENSE).read_bytes()
    try:
        for file, data in files.items():
            atomic_write(out / file, data)
    except OSError as error:
        raise UserError(f"cannot write to {out}: {error.strerror}; choose another --out") from None
    return {file: len(data) for file, data in files.items()}


def _pictures() -> dict[str, bytes]:
    """Place in the folder -> picture file, class after class."""
    found = sorted((ASSETS / "demo").glob("*/*.jpg"))
    return {f"pictures/{file.parent.name}/{file.name}": file.read_bytes() for file in found}
