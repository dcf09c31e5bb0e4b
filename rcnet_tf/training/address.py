"""`--distribute HOST:PORT,N,RANK`: where the processes of a run meet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from rcnet_tf.errors import UserError

# The variables that keras.distribution.initialize reads, for those who start processes by a script.
VARIABLES = (
    "KERAS_DISTRIBUTION_JOB_ADDRESSES",
    "KERAS_DISTRIBUTION_NUM_PROCESSES",
    "KERAS_DISTRIBUTION_PROCESS_ID",
)
EXPECTED = "expected HOST:PORT,PROCESSES,RANK such as 192.168.0.5:9876,2,0, or 'env'"


@dataclass(frozen=True)
class Address:
    """Where process 0 listens, the number of processes and the rank of this one."""

    host: str
    port: int
    processes: int
    rank: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port},{self.processes},{self.rank}"


def parse(text: str, environment: Mapping[str, str] = os.environ) -> Address:
    """Read the value of `--distribute`; "env" takes it from `VARIABLES`.

    Raises:
        UserError: it is none, or a variable is missing.
    """
    received = f"--distribute {text}"
    if text == "env":
        if missing := [name for name in VARIABLES if not environment.get(name)]:
            raise UserError(f"--distribute env: {missing[0]} is not set; {EXPECTED}")
        # All addresses may be listed; the first is process 0's.
        first = environment[VARIABLES[0]].split(",")[0]
        text = ",".join([first, *(environment[name] for name in VARIABLES[1:])])
    try:
        place, processes, rank = text.split(",")
        host, port = place.strip().rsplit(":", 1)
        address = Address(host, int(port), int(processes), int(rank))
    except ValueError:
        raise UserError(f"{received}: {EXPECTED}") from None
    if not (host and 0 < address.port < 65536 and 0 <= address.rank < address.processes):
        raise UserError(f"{received}: {EXPECTED}; ranks are 0 to PROCESSES - 1")
    return address
