"""Try a `.tflite` in a process of its own before it is run in this one.

For models with operators that `consistency.check` does not know: kernels end the process on what
they cannot take, and so it had better be another one.
"""

from __future__ import annotations

import subprocess
import sys

from rcnet_tf.errors import UserError

SECONDS = 120


def try_out(content: bytes, name: str, reference: bool = False) -> None:
    """Run a model once, on zeros.

    Args:
        content: a `.tflite`.
        name: what errors call it.
        reference: use LiteRT's reference kernels.

    Raises:
        UserError: the interpreter crashes or does not come to an end. What it refuses in an
            orderly manner it will refuse again.
    """
    try:
        trial = subprocess.run(
            [sys.executable, "-c", _TRIAL, "BUILTIN_REF" if reference else "AUTO"],
            input=content,
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise UserError(
            f"{name} takes more than {SECONDS} s for a picture; convert it again"
        ) from None
    if trial.returncode not in (0, 1):
        lines = trial.stderr.decode(errors="replace").strip().splitlines()
        said = f" ({lines[-1][:200]})" if lines else ""
        raise UserError(f"{name} makes LiteRT crash{said}; convert it again")


_TRIAL = """
import sys
from ai_edge_litert.interpreter import Interpreter, OpResolverType
interpreter = Interpreter(
    model_content=sys.stdin.buffer.read(),
    experimental_op_resolver_type=OpResolverType[sys.argv[1]],
    num_threads=1,
)
interpreter.allocate_tensors()
interpreter.invoke()
"""
