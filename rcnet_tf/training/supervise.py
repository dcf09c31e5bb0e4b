"""One clear line where a process of a team is lost, instead of a stack trace or of waiting forever.

JAX ends a process whose team is broken from a C++ thread, by abort() and pages of text, at a moment
when no Python code can say anything. So the work is done in a child process, whose C++ libraries
write to a file that is shown only if something else went wrong. Standard library alone.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import NoReturn

LOST = 75  # exit status of a child whose team is broken (EX_TEMPFAIL)
_BROKEN = re.compile(
    r"gloo|coordination service|UNAVAILABLE|heartbeat|barrier|connection (reset|closed|refused)",
    re.IGNORECASE,
)
_TAIL = 3000  # bytes of the libraries' output that are shown


def supervise(work: Callable[[], NoReturn]) -> NoReturn:
    """Run `work`, which ends in `sys.exit`, in a child process and exit as it did.

    Ends with status 1 and one line on stderr where another process of the team is gone. The child
    ends with this process, however this one is killed.
    """
    if not hasattr(os, "fork"):
        work()
        sys.exit(0)
    with tempfile.TemporaryFile() as libraries:
        alive, held = os.pipe()  # `held` is open as long as this process lives
        child = os.fork()
        if not child:
            os.close(held)
            _child(work, alive, libraries.fileno())
        os.close(alive)
        # Ctrl-C goes to both; the child says what there is to say.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        libraries.seek(0)
        text = libraries.read().decode(errors="replace")
    if status == LOST or (status == -signal.SIGABRT and _BROKEN.search(text)):
        print(
            "rcnet_tf.train: error: another process of this run is gone (its own messages may say "
            "why); start all of them again with the same options: they go on after the last epoch",
            file=sys.stderr,
        )
        sys.exit(1)
    if status < 0:
        print(text[-_TAIL:], file=sys.stderr)
    sys.exit(status if status >= 0 else 128 - status)


def _child(work: Callable[[], NoReturn], alive: int, libraries: int) -> NoReturn:
    # Python keeps the descriptors of the user's terminal; C++ writes to numbers 1 and 2.
    sys.stdout = os.fdopen(os.dup(1), "w", buffering=1, errors="replace")
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="replace")
    os.dup2(libraries, 1)
    os.dup2(libraries, 2)
    threading.Thread(target=_end_with_parent, args=[alive], daemon=True).start()
    status = 1
    try:
        work()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except Exception as error:
        if not _BROKEN.search(str(error)):
            import traceback

            traceback.print_exc()
        else:
            status = LOST
    finally:
        # Not through Python's exit: JAX would wait there for the processes that are gone.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _end_with_parent(alive: int) -> None:
    os.read(alive, 1)  # returns when the other end is closed, that is when the parent is gone
    os._exit(1)
