"""Keep what C++ libraries print out of the way, and show it when something goes wrong.

TensorFlow's converter, MLIR and the interpreters write pages to the process' stderr, past Python.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator

from rcnet_tf.errors import UserError


class Chatter:
    """What has been printed so far."""

    def __init__(self, file):
        self._file = file

    def text(self) -> str:
        """All of it."""
        self._file.flush()
        self._file.seek(0)
        content = self._file.read()
        self._file.seek(0, os.SEEK_END)
        return content.decode(errors="replace")


@contextlib.contextmanager
def held_back() -> Iterator[Chatter]:
    """Collect everything that is written to stderr by C++, and to stdout and stderr by Python.

    Inside, `sys.stderr` still reaches the user, for progress lines. An exception that leaves the
    block brings the chatter back, but for a `UserError`, which says all there is to say.

    Yields:
        The chatter, for those who want to read it.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as file, contextlib.ExitStack() as stack:
        chatter = Chatter(file)
        stack.enter_context(_descriptor_into(file))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        out = stack.enter_context(open(os.dup(file.fileno()), "w", errors="replace"))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(_loggers_silent())
        try:
            yield chatter
        except UserError:
            raise
        except Exception:
            out.flush()
            print(chatter.text(), file=sys.stderr)
            raise


@contextlib.contextmanager
def _descriptor_into(file) -> Iterator[None]:
    """Point the process' stderr at `file`, and Python's `sys.stderr` at where it was."""
    saved = os.dup(2)
    python = sys.stderr
    try:
        # Where `sys.stderr` is not the descriptor (a notebook, a test), it may stay as it is.
        if _is_descriptor(python, 2):
            sys.stderr = os.fdopen(os.dup(saved), "w", buffering=1, errors="replace")
        os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        if sys.stderr is not python:
            sys.stderr.close()
            sys.stderr = python


def _is_descriptor(stream, number: int) -> bool:
    try:
        return stream.fileno() == number
    except (AttributeError, OSError, ValueError):
        return False


@contextlib.contextmanager
def _loggers_silent() -> Iterator[None]:
    """TensorFlow's Python loggers write to `sys.stderr`, or to what that was at their import."""
    loggers = [logging.getLogger(name) for name in ("tensorflow", "absl")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
