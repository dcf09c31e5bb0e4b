"""Which weights a file holds, whenever it was written."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import h5py
import numpy as np

from rcnet_tf.errors import DAMAGED, UserError

_INSIDE = "model.weights.h5"  # of a .keras file


def weights_sha256(path: str | os.PathLike) -> str:
    """Hexadecimal SHA-256 of the weights in a `.keras` or `.h5` file, their names and values.

    A `.keras` file also holds the time at which it was written. This is the same for every
    repetition of a run that came to the same network.

    Raises:
        UserError: it is no such file.
    """
    try:
        content = Path(path).read_bytes()
        if Path(path).suffix == ".keras":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = archive.read(_INSIDE)
        digest = hashlib.sha256()

        def add(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Dataset):
                values = np.asarray(item[()])
                digest.update(f"{name} {values.dtype} {values.shape}\n".encode())
                digest.update(values.tobytes())

        with h5py.File(io.BytesIO(content), "r") as file:
            file.visititems(add)  # in the order of the names
    except DAMAGED as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{path}: no weights can be read from it: {reason}") from None
    return digest.hexdigest()
