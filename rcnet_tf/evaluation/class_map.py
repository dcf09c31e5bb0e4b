"""Labels of the data -> outputs of the model, by the names of the classes."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

from rcnet_tf.data.sources import listed
from rcnet_tf.errors import UserError


def class_map(data_names: Sequence[str], model_names: Sequence[str]) -> np.ndarray:
    """For every class of the data the output of the model that has its name.

    Upper and lower case count alike, as do the two ways Unicode writes an accent (folders copied
    from a Mac have the other one), unless that would make two names of either side the same. The
    model may know more classes than the data has; never the other way round.

    Args:
        data_names: in the order of the data's labels.
        model_names: in the order of the model's outputs.

    Returns:
        int32 (len(data_names),): `class_map(...)[labels]` are the model's labels.

    Raises:
        UserError: the model does not know a class of the data, or has a name twice.
    """
    twice = [name for name, count in Counter(model_names).items() if count > 1]
    if twice:
        raise UserError(
            f"the model has two outputs of one name ({listed(twice)}); train it with distinct names"
        )
    folded = [list(map(_fold, names)) for names in (data_names, model_names)]
    if any(len(set(names)) < len(names) for names in folded):
        folded = [list(data_names), list(model_names)]
    output = {name: index for index, name in enumerate(folded[1])}
    unknown = [name for name, key in zip(data_names, folded[0], strict=True) if key not in output]
    if unknown:
        raise UserError(
            f"the model does not know {len(unknown)} of the data's {len(data_names)} classes "
            f"({listed(unknown)}); it knows {len(model_names)} ({listed(model_names, 10)}): "
            "rename or remove these folders, or train on this data with python -m rcnet_tf.train"
        )
    return np.array([output[key] for key in folded[0]], np.int32)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
