"""Compilers and other programs: their output, or one line that says why there is none."""

from __future__ import annotations

import subprocess

from rcnet_tf.errors import UserError

_TELLING = ("no room", "overflowed", "error:", "undefined")  # of a compiler's many lines


def tool(*command: object) -> str:
    """Run a program and return what it printed.

    Args:
        command: the program and its arguments; each is made a string.

    Raises:
        UserError: it failed; with the line of its output that tells most.
    """
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        telling = [line for word in _TELLING for line in lines if word in line]
        first = (telling or lines)[0][-300:]
        raise UserError(f"{command[0]} failed: {first}")
    return done.stdout
