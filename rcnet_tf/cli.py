"""What every command shares: options, one-line errors and exit codes.

Imports nothing heavy, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import errno
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from rcnet_tf import quiet
from rcnet_tf.data.published import MAIN, PUBLISHED
from rcnet_tf.errors import UserError
from rcnet_tf.left_out import leave_out

# No space, no quota left, and a file larger than is allowed.
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def run(main: Callable[[], None]) -> None:
    """Run a command's `main` as a program: exit 2 on bad input, 130 on Ctrl-C, 0 otherwise."""
    quiet.set_level()
    leave_out()
    # A class name may have letters that the terminal or pipe cannot take.
    sys.stdout.reconfigure(errors="replace")
    try:
        main()
        sys.stdout.flush()
    except UserError as error:
        _end(str(error))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # `... | head` closed our output. Without this the interpreter's last flush would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        _end(disk_full(error))


def disk_full(error: OSError) -> str:
    """What to say where a file could not be written for lack of room; raises what else it is."""
    if error.errno not in _DISK_FULL:
        raise error
    # Of most writers the error carries no name, and h5py's text a page of numbers.
    return f"{os.strerror(error.errno)}; make room, then the same command starts again or goes on"


def _end(message: str) -> NoReturn:
    program = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    print(f"rcnet_tf.{program}: error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)


def command(name: str, *words: object) -> str:
    """A command as it can be pasted into a shell, whatever its file names are."""
    return shlex.join(["python", "-m", f"rcnet_tf.{name}", *map(str, words)])


def given(text: str) -> str:
    """The word of an option, for argparse; an unset variable of the shell would leave none."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty; expected a name")
    return text


def path(text: str) -> Path:
    """The same as a path."""
    return Path(given(text))


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

    def add_model(self, kinds: str = ".keras or .tflite") -> None:
        """The option --model of commands that take the shipped weights without it.

        Args:
            kinds: of files that will do.
        """
        self.add_argument(
            "--model",
            type=path,
            metavar="FILE",
            help=f"{kinds} file (default: the shipped weights)",
        )

    def add_out(self, default: str, what: str) -> None:
        """The option --out for a folder.

        Args:
            default: of the folder.
            what: is written there.
        """
        self.add_argument(
            "--out",
            type=path,
            default=Path(default),
            metavar="FOLDER",
            help=f"folder for {what} (default: {default})",
        )

    def add_json(self, condition: str = "") -> None:
        """The option --json for a file with the figures that are printed.

        Args:
            condition: under which it may be given; ends in a colon.
        """
        what = f"{condition} also write the figures to this file".strip()
        self.add_argument("--json", type=path, metavar="FILE", help=what)

    def add_data(
        self, use: str = "", *, required: bool = False, default: str | None = None
    ) -> None:
        """The options --data and --split, which mean the same wherever pictures are read.

        Args:
            use: what the pictures are for, and of what part they are; ends in a semicolon.
            required: whether --data has to be given.
            default: of --data.
        """
        kinds = "'trashnet', a folder of class folders or a .zip of one"
        says = f" (default: {default})" if default else ""
        what = f"{use} {kinds}{says}".strip()
        self.add_argument("--data", required=required, default=default, help=what)
        self.add_argument(
            "--split",
            default=MAIN,
            help=f"TrashNet: {', '.join(PUBLISHED)}, 'paper' (70/30); own folders: a seed or 95/5 "
            f"(default: {MAIN})",
        )

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help lists the options")
