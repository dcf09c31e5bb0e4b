"""The whole state of a run in one file, written whole or not at all.

Keras' own weight files leave out the counters of dropout's random generators, and its backup callback
keeps weights and epoch in two files; after a kill -9 at the wrong moment a resumed run would then not
be the run that was interrupted. Here every variable, of network and optimizer, is in one HDF5 file
with the number of epochs done.
"""

from __future__ import annotations

import json
import os

import h5py
import numpy as np

from rcnet_tf.errors import UserError
from rcnet_tf.files import atomic_path


def save(path: str | os.PathLike, variables: list, state: dict) -> None:
    """Write variables, in their order, and a JSON-serialisable `state`."""
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["state"] = json.dumps(state)
        for index, variable in enumerate(variables):
            array = np.asarray(variable)
            dataset = file.create_dataset(f"{index:05d}", data=array)
            dataset.attrs["path"] = variable.path


def load(path: str | os.PathLike, variables: list) -> dict:
    """Assign the variables and return the state.

    Raises:
        UserError: the file is damaged or belongs to another network; nothing was assigned.
    """
    try:
        with h5py.File(path, "r") as file:
            state = json.loads(file.attrs["state"])
            arrays = [file[f"{index:05d}"][()] for index in range(len(file))]
    except (OSError, KeyError, ValueError) as error:
        raise UserError(
            f"{path}: damaged checkpoint ({error}); delete it to start the run again"
        ) from None
    shapes = [tuple(variable.shape) for variable in variables]
    if [array.shape for array in arrays] != shapes:
        raise UserError(
            f"{path}: checkpoint of another network; choose another --out, or delete it to start again"
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return state
