"""Which files of a C++ source tree a program needs, found by what they include.

A header `x.h` brings along the sources beside it that are called `x.cc` and `x_common.cc`: the rule
of TensorFlow Lite Micro's tree, in which an optimised kernel takes the place of the reference one
of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)


def closure(starts: Iterable[Path], roots: Sequence[Path], optimised: str = "") -> list[Path]:
    """Everything that sources need.

    Args:
        starts: sources to begin with.
        roots: folders in which included names are looked up; others are the compiler's own.
        optimised: name of a folder beside some sources, whose files replace those.

    Returns:
        Sources and headers, `starts` too (or what replaces them), sorted.
    """
    found: set[Path] = set()
    waiting = [_replaced(start, optimised) for start in starts]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for name in _INCLUDE.findall(file.read_text(errors="replace")):
            places = (folder / name for folder in (file.parent, *roots))
            header = next((place for place in places if place.is_file()), None)
            if header:
                waiting += [header, *_beside(header, optimised)]
    return sorted(found)


def _beside(header: Path, optimised: str) -> list[Path]:
    named = (f"{header.stem}.cc", f"{header.stem}_common.cc")
    sources = (_replaced(header.with_name(name), optimised) for name in named)
    return [source for source in sources if source.is_file()]


def _replaced(source: Path, optimised: str) -> Path:
    other = source.parent / optimised / source.name
    return other if optimised and other.is_file() else source
