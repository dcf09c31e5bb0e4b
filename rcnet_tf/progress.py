"""A progress line, for whatever takes longer than a moment. Standard library alone."""

from __future__ import annotations

import sys
import time


class Progress:
    """One line on stderr that counts to `total`; where stderr is no terminal, at the end alone."""

    def __init__(self, what: str, total: int):
        self.what, self.total, self.done = what, total, 0
        self.start = self.shown = time.monotonic()

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self.done += count
        now = time.monotonic()
        if self.done >= self.total:
            end = "\n"
        elif sys.stderr.isatty() and now - self.shown > 0.2:
            end = ""
        else:
            return
        self.shown = now
        seconds = now - self.start
        start = "\r" if sys.stderr.isatty() else ""
        line = f"{start}{self.what}: {self.done}/{self.total}, {seconds:.0f} s"
        print(line, end=end, file=sys.stderr, flush=True)
