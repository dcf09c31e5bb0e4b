"""A folder as one file: what somebody without Python downloads and unpacks."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping


def bundle(files: Mapping[str, bytes], folder: str) -> bytes:
    """A .zip of some files in one folder: the same bytes on every machine.

    Stored, not compressed: what a compressor makes depends on its version.

    Args:
        files: content by path in the folder, with `/`.
        folder: what unpacking makes.

    Example:
        >>> bundle({"a.c": b"int a;"}, "program")[:2]
        b'PK'
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{path}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16  # readable for all
            entry.create_system = 3  # or it would be the one of this machine
            archive.writestr(entry, files[path])
    return content.getvalue()
