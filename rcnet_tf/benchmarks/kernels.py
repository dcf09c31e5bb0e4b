"""The package's network on TensorFlow's own convolutions: in a process, since one has but one kind.

The process is started by `OwnKernels` and takes orders by the line: "train" or "infer". It answers
each with the seconds that one step took, by the clock and of its processors.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

from rcnet_tf import onednn, quiet
from rcnet_tf.benchmarks.timing import Run, timed

NAME = "Keras 3, without oneDNN"


class OwnKernels:
    """A process with the network of `contenders`, without oneDNN; ends with the `with` block.

    Args:
        input_size: side of the pictures.
        batch: pictures a step.
    """

    def __init__(self, input_size: int, batch: int):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rcnet_tf.benchmarks.kernels", str(input_size), str(batch)],
            env={**os.environ, onednn.VARIABLE: "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> OwnKernels:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # closes its input, which ends it

    def run(self, order: str) -> Run:
        """A function that takes a step there and returns its seconds.

        Raises:
            RuntimeError: when it is called and the process has ended.
        """
        orders, answers = self._process.stdin, self._process.stdout
        assert orders is not None and answers is not None  # as asked for

        def step() -> tuple[float, float]:
            try:
                orders.write(f"{order}\n")
                orders.flush()
                wall, cpu = answers.readline().split()
            except (BrokenPipeError, ValueError):
                raise RuntimeError(f"{NAME}: the process has ended") from None
            return float(wall), float(cpu)

        return step


def _serve(input_size: int, batch: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to both; this one has nothing to say
    quiet.set_level()
    with quiet.loading():
        from rcnet_tf.benchmarks import contenders

    images, labels = contenders.pictures(input_size, batch)[1:]
    network = contenders.own(input_size)
    steps: dict[str, Callable[[], tuple[float, float]]] = {
        "train": timed(network.train(images, labels)),
        "infer": timed(network.infer(images)),
    }
    for line in sys.stdin:
        print(*steps[line.strip()](), flush=True)


if __name__ == "__main__":
    _serve(*map(int, sys.argv[1:]))
