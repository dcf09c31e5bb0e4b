"""The process that tensorflow-model-optimization lives in; started by `rcnet_tf.compression.train`.

Reads one line of JSON from standard input and ends when that is closed. Progress goes to standard
output and error; what it has come to, or the one line that says what is wrong, into a file.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from rcnet_tf import cli, quiet
from rcnet_tf.errors import UserError
from rcnet_tf.files import atomic_write
from rcnet_tf.left_out import leave_out


def main() -> int:
    job = json.loads(sys.stdin.readline())
    answer = Path(job["answer"])
    try:
        quiet.set_level()
        leave_out()
        with quiet.loading():
            from rcnet_tf.compression import run

        threading.Thread(target=_end_with_parent, daemon=True).start()
        atomic_write(answer, json.dumps(run.run(job["config"], Path(job["out"]))))
    except UserError as error:
        atomic_write(answer, json.dumps({"error": str(error)}))
    except OSError as error:
        atomic_write(answer, json.dumps({"error": cli.disk_full(error)}))
    except KeyboardInterrupt:
        return 130
    return 0


def _end_with_parent() -> None:
    sys.stdin.read()  # returns when the parent closes the pipe, or is gone
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
