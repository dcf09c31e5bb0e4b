"""What every command shares: options, one-line errors, exit codes and a progress line.

Imports nothing heavy, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

from rcnet_tf.errors import UserError

QUIET = "3"  # TF_CPP_MIN_LOG_LEVEL: nothing but what ends the process


def run(main: Callable[[], None]) -> None:
    """Run a command's `main` as a program: exit 2 on bad input, 130 on Ctrl-C, 0 otherwise."""
    # TensorFlow's C++ chatter hides our own lines; what matters of it raises a Python error too.
    # Who wants to see it sets the variable.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", QUIET)
    # A class name may have letters that the terminal or pipe cannot take.
    sys.stdout.reconfigure(errors="replace")
    try:
        main()
        sys.stdout.flush()
    except UserError as error:
        program = os.path.splitext(os.path.basename(sys.argv[0]))[0]
        print(f"rcnet_tf.{program}: error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # `... | head` closed our output. Without this the interpreter's last flush would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def quiet_import() -> Iterator[None]:
    """Keep off the terminal what TensorFlow's libraries print while they load, whatever its level
    of logging; it is shown if loading fails."""
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") != QUIET:
        yield
        return
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile("w+", errors="replace") as printed:
        os.dup2(printed.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(terminal, 2)
            printed.seek(0)
            shutil.copyfileobj(printed, sys.stderr)
            raise
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)


class Parser(argparse.ArgumentParser):
    """Options of `python -m rcnet_tf.<command>`, described as `description` is laid out.

    A wrong option is one line, like any other bad input: argparse would print all options with it.
    """

    def __init__(self, command: str, description: str | None):
        super().__init__(
            prog=f"python -m rcnet_tf.{command}",
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help lists the options")


class Progress:
    """One line on stderr that counts to `total`; where stderr is no terminal, at the end alone."""

    def __init__(self, what: str, total: int):
        self.what, self.total, self.done = what, total, 0
        self.start = self.shown = time.monotonic()

    def advance(self, count: int = 1) -> None:
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
