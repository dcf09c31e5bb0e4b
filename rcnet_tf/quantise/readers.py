"""Who reads what in a functional network, from its configuration.

Whether a convolution may swallow what follows depends on who else reads its result, which a walk
along the network learns too late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import keras


def calls(model: keras.Model) -> dict[str, list[list[str]]]:
    """What every layer takes at each of its calls: makers' names by the layer's name.

    Args:
        model: functional.

    Example:
        >>> x = keras.Input((8,), name="x")
        >>> twice = keras.layers.Add(name="twice")([x, x])
        >>> calls(keras.Model(x, keras.layers.ReLU(name="relu")(twice)))
        {'x': [], 'twice': [['x', 'x']], 'relu': [['twice']]}
    """
    return {
        layer["name"]: [list(_makers(call)) for call in layer["inbound_nodes"]]
        for layer in model.get_config()["layers"]
    }


def alone(taken: dict[str, list[list[str]]]) -> set[str]:
    """Names of the layers that read a tensor which nothing else reads.

    Args:
        taken: the result of `calls`.

    Example:
        >>> sorted(alone({"x": [], "conv": [["x"]], "relu": [["conv"]], "add": [["conv", "relu"]]}))
        ['add', 'conv']
    """
    readers = defaultdict(list)
    for reader, several in taken.items():
        for makers in several:
            for maker in makers:
                readers[maker].append(reader)
    return {one for one, *others in readers.values() if not others}


def _makers(argument) -> Iterator[str]:
    """Names of the layers that made the tensors in an argument of a call, however deep inside."""
    if isinstance(argument, dict):
        if argument.get("class_name") == "__keras_tensor__":
            yield argument["config"]["keras_history"][0]
            return
        argument = argument.values()
    elif not isinstance(argument, list | tuple):
        return
    for one in argument:
        yield from _makers(one)
