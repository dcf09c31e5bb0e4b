"""Instructions after each step of a run -> instructions of each stage of the network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rcnet_tf.export.c99.attention import Attention
from rcnet_tf.export.c99.network import Network


def by_stage(network: Network, steps: Sequence[int], total: int) -> dict[str, int]:
    """Split a run.

    Args:
        network: what was run.
        steps: instructions after each step (`yield` of the engine), since the start.
        total: of the run.

    Returns:
        "stage1" to "stage4" (blocks; the stem is in the first), "simam" (all of them), "head".
    """
    labels = []
    for step in network.steps:
        if isinstance(step, Attention):
            labels += ["simam"] * step.channels
        else:
            labels += [step.name.split("_")[0]] * step.size
    labels += ["head"] * network.head.size
    if len(labels) != len(steps):
        raise ValueError(f"{len(steps)} steps, expected {len(labels)}")
    result: Counter[str] = Counter()
    before = 0
    for label, after in zip(labels, steps, strict=True):
        result[label] += after - before
        before = after
    result["head"] += total - before  # average, dense layer, softmax
    order = sorted(result, key=lambda label: (not label.startswith("stage"), label == "head"))
    return {label: result[label] for label in order}
