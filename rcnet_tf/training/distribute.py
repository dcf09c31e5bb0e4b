"""Several processes, on one machine or many, that train one network (`--distribute`).

Keras 3 has no multi-worker strategy on TensorFlow; on JAX `keras.distribution.DataParallel`
compiles one step for all processes. Each feeds its part of every batch; gradients, batch
normalisation's statistics and metrics are those of the whole batch, so the result is that of one
process but for the order of sums. Process 0 alone reads and writes the folder of the run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

from rcnet_tf.errors import UserError
from rcnet_tf.training.address import Address

# A process that has not been heard of for so long is lost (one that is killed is noticed at once).
HEARTBEAT_SECONDS = 30
# How long the first process waits for the last one.
START_SECONDS = 300
# How long one that is done waits for the others.
END_SECONDS = 60
_MESSAGE = 1000  # bytes of an error that every process is told


@dataclass(frozen=True)
class Team:
    """The processes of a run: how many, and which of them this is.

    Attributes:
        size: number of processes.
        rank: of this one, 0 to size - 1.
        devices: number of devices of all of them.
    """

    size: int = 1
    rank: int = 0
    devices: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process reads and writes the folder of the run."""
        return self.rank == 0

    def shard(self, batch: int) -> slice:
        """This process's part of a batch.

        Raises:
            UserError: the batch cannot be cut into equal parts.
        """
        if batch % self.devices:
            raise UserError(
                f"--batch {batch} on {self.devices} devices of {self.size} processes: expected a "
                "multiple, an equal part for each"
            )
        share = batch // self.size
        return slice(self.rank * share, (self.rank + 1) * share)

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What one process cannot do ends the run in all of them, with the same line.

        Raises:
            UserError: of this process, or of the first one that failed.
        """
        error = None
        try:
            yield
        except UserError as raised:
            error = raised
        if self.size == 1:
            if error:
                raise error
            return
        message = b"" if error is None else str(error).encode()[:_MESSAGE]
        told = self._gather(message.ljust(_MESSAGE))
        for rank, text in enumerate(told):
            if text := text.decode(errors="ignore").strip():
                raise error or UserError(f"process {rank} of {self.size}: {text}")

    def agree(self, text: str, what: str) -> None:
        """See that every process has the same text.

        Raises:
            UserError: one has another.
        """
        if self.size > 1:
            told = self._gather(hashlib.sha256(text.encode()).digest())
            if other := [rank for rank, digest in enumerate(told) if digest != told[0]]:
                raise UserError(
                    f"process {other[0]} of {self.size} has {what} than process 0; start all with "
                    "the same options and data"
                )

    def share(
        self, state: dict | None, arrays: list[np.ndarray], variables: list
    ) -> tuple[dict | None, list[np.ndarray]]:
        """Give what process 0 has to all: a state for JSON and, unless it is None, `arrays` of the
        shapes of `variables`."""
        if self.size == 1:
            return state, arrays
        from jax.experimental.multihost_utils import broadcast_one_to_all

        content = np.frombuffer(json.dumps(state).encode(), np.uint8)
        length = int(broadcast_one_to_all(np.int32(len(content))))
        if not self.leads:
            content = np.zeros(length, np.uint8)
        state = json.loads(np.asarray(broadcast_one_to_all(content)).tobytes())
        if state is None:
            return None, []
        if not self.leads:
            arrays = [np.zeros(variable.shape, variable.dtype) for variable in variables]
        return state, [np.asarray(array) for array in broadcast_one_to_all(arrays)]

    def _gather(self, content: bytes) -> list[bytes]:
        """The bytes of every process, of one length, in the order of their ranks."""
        from jax.experimental import multihost_utils

        rows = multihost_utils.process_allgather(np.frombuffer(content, np.uint8))
        return [row.tobytes() for row in rows]


@contextlib.contextmanager
def joined(address: Address | None) -> Iterator[Team]:
    """Be one of the processes of a run for the length of a block; without an address, the only one.

    Enter it before anything is computed: networks made inside are the whole team's.

    Raises:
        UserError: the backend cannot do it, or the others were not found.
    """
    if address is None:
        yield Team()
        return
    if keras.config.backend() != "jax":
        raise UserError(
            f"--distribute on the {keras.config.backend()} backend: Keras 3 trains on several "
            "machines on JAX alone; pip install jax and set the variable KERAS_BACKEND=jax"
        )
    import jax

    try:
        jax.distributed.initialize(
            f"{address.host}:{address.port}",
            address.processes,
            address.rank,
            cluster_detection_method="deactivate",
            initialization_timeout=START_SECONDS,
            heartbeat_timeout_seconds=HEARTBEAT_SECONDS,
            shutdown_timeout_seconds=END_SECONDS,
        )
    except RuntimeError as error:
        reason = str(error).splitlines()[0][:200]
        raise UserError(
            f"--distribute {address}: {reason}; start all {address.processes} processes within "
            f"{START_SECONDS} s, with a host and port of process 0 that the others reach"
        ) from None
    keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
    try:
        yield Team(address.processes, address.rank, jax.device_count())
    except UserError:
        # All have the same one (`together`): they leave in order, and each can say it.
        jax.distributed.shutdown()
        raise
    jax.distributed.shutdown()


def assign(variables: list, arrays: list[np.ndarray]) -> None:
    """Set variables to values that every process has."""
    team = keras.distribution.distribution()
    for variable, array in zip(variables, arrays, strict=True):
        if team is not None:
            import jax

            # A plain array would be compared among the processes first, one by one.
            layout = team.get_variable_layout(variable).backend_layout
            array = jax.make_array_from_process_local_data(layout, array)
        variable.assign(array)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Variables made in this block are this process's own, not the team's."""
    team = keras.distribution.distribution()
    if team is None:
        yield
        return
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(team)
