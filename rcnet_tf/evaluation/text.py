"""Names that come from files, made safe to print and to draw."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text, with "?" for what moves a terminal's cursor or is no Unicode."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
