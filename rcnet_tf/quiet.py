"""Keep TensorFlow's start-up chatter off the terminal, and lose no error to it.

Its libraries write a dozen lines to stderr while they are loaded, before they know of any level of
logging, and later what `TF_CPP_MIN_LOG_LEVEL` lets through; both hide the one line that a command
has to say. Who wants to see it all sets that variable, to 0 for example. Standard library alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import NoReturn

from rcnet_tf.errors import UserError

_VARIABLE = "TF_CPP_MIN_LOG_LEVEL"
_FATAL = "3"  # what ends the process; errors become exceptions in Python

_FORGET, _SHOW = b"\0rcnet_tf: forget\0", b"\0rcnet_tf: show\0"


def set_level() -> None:
    """Let nothing but fatal messages through once TensorFlow is loaded, unless the user has chosen
    otherwise."""
    os.environ.setdefault(_VARIABLE, _FATAL)


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Hold back what is written to the process' stderr while TensorFlow is imported.

    It is shown if the block fails, but for a `UserError`, which says all there is to say; also if
    a library ends the process, as TensorFlow does on a processor that lacks its instructions.
    """
    # Threads and forks do not go together; where there are threads, something is loaded already.
    chosen = os.environ.get(_VARIABLE) != _FATAL
    if chosen or not hasattr(os, "fork") or threading.active_count() > 1:
        yield
        return
    sys.stderr.flush()
    terminal = os.dup(2)
    reader, writer = os.pipe()
    keeper = os.fork()
    if not keeper:
        os.close(writer)
        _keep(reader, terminal)
    os.close(reader)
    os.dup2(writer, 2)
    os.close(writer)
    order = _SHOW
    try:
        yield
        order = _FORGET
    except (UserError, KeyboardInterrupt, BrokenPipeError):
        order = _FORGET
        raise
    finally:
        sys.stderr.flush()
        os.write(2, order)
        os.dup2(terminal, 2)
        os.close(terminal)
        os.waitpid(keeper, 0)


def _keep(reader: int, terminal: int) -> NoReturn:
    """In a process of its own, which outlives the other: collect until told what to do with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to both
    text = b""
    while not text.endswith((_FORGET, _SHOW)):
        more = os.read(reader, 1 << 16)
        if not more:
            break  # the other process is gone
        text += more
    if not text.endswith(_FORGET):
        os.write(terminal, text.removesuffix(_SHOW))
    os._exit(0)
