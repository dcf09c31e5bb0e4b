"""The whole state of a run in one file, written whole or not at all.

Keras' own weight files leave out the counters of dropout's random generators, and its backup
callback keeps weights and epoch in two files; after a kill -9 at the wrong moment a resumed run
would then not be the run that was interrupted. Here every variable, of network and optimizer, is in
one HDF5 file with the number of epochs done.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import h5py
import numpy as np

from rcnet_tf.errors import DAMAGED, UserError
from rcnet_tf.files import atomic_write

_FORMAT = 2  # since the identity is that of every picture and of the teacher


def save(path: str | os.PathLike, variables: list, state: dict) -> None:
    """Write variables, in their order, and a JSON-serialisable `state`."""
    # In memory first: where a disk is full, closing a file on it makes HDF5 end the process.
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs["state"] = json.dumps({"format": _FORMAT, **state})
        for index, variable in enumerate(variables):
            array = np.asarray(variable)
            dataset = file.create_dataset(f"{index:05d}", data=array)
            dataset.attrs["path"] = variable.path
    atomic_write(path, content.getvalue())


def load(
    path: str | os.PathLike, variables: list, identity: str
) -> tuple[dict | None, list[np.ndarray]]:
    """Read a checkpoint that fits `variables`; nothing is assigned.

    Args:
        path: the file.
        variables: what it is to be loaded into.
        identity: of the data and the teacher; a checkpoint that carries another is refused.

    Returns:
        The state and the values of the variables; None and no values where there is no file.

    Raises:
        UserError: the file is damaged, belongs to another network or to other data.
    """
    if not Path(path).exists():
        return None, []
    try:
        with h5py.File(path, "r") as file:
            state = json.loads(file.attrs["state"])
            arrays = [file[f"{index:05d}"][()] for index in range(len(file))]
            done, history = state["epochs_done"], state["history"]
        if not (isinstance(done, int) and isinstance(history, list) and len(history) == done):
            raise ValueError("its history and its number of epochs differ")
    except DAMAGED as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"{path}: damaged checkpoint ({reason}); delete it to start the run again"
        ) from None
    shapes = [tuple(variable.shape) for variable in variables]
    if [array.shape for array in arrays] != shapes:
        raise UserError(
            f"{path}: checkpoint of another network; choose another --out, or delete it to start "
            "the run again"
        )
    if state.pop("format", None) != _FORMAT:
        raise UserError(
            f"{path}: checkpoint of another version of rcnet_tf; choose another --out, or delete "
            "it to start the run again"
        )
    if state.get("data", identity) != identity:
        raise UserError(
            f"{path}: the pictures, or the teacher, are not those of the run's start; bring them "
            "back, or choose another --out"
        )
    return state, arrays
