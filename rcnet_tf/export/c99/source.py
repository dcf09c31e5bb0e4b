"""The C text of a generated network: a header for applications, and its constants."""

from __future__ import annotations

import numpy as np

from rcnet_tf.export.c99.attention import Attention
from rcnet_tf.export.c99.fixed import Rescale
from rcnet_tf.export.c99.layers import Convolution, Sum
from rcnet_tf.export.c99.network import Block, Head, Network
from rcnet_tf.export.c99.numbers import array, by_unsigned, records, structure
from rcnet_tf.export.c99.plan import IMAGE, ROWS, Phase, Plan, padded_depth
from rcnet_tf.export.c_array import identifier


def layer_names(network: Network) -> list[str]:
    """Names of what `trace` shows, by number."""
    names = [network.stem.name]
    for step in network.steps:
        if isinstance(step, Block):
            names += [step.first.name, step.reduce.name, step.expand.name]
        names.append(step.name)
    head = network.head
    return [*names, head.convolution.name, head.mean_name, head.logit_name, head.softmax_name]


class Source:
    """The constants of a network as C.

    Args:
        network: recognised.
        plan: its memory.
        name: C identifier of the model.
    """

    def __init__(self, network: Network, plan: Plan, name: str):
        self._arrays: list[str] = []
        self._layers = {layer: number for number, layer in enumerate(layer_names(network))}
        self._network, self._plan, self._name = network, plan, name

    def text(self) -> str:
        """Everything behind the comment and the includes of the .c file."""
        network, plan = self._network, self._plan
        blocks: list[str] = []
        attentions: list[str] = []
        steps: list[str] = []
        for step, phase in zip(network.steps, plan.phases[:-1], strict=True):
            if isinstance(step, Block):
                steps.append(f"    {{&blocks[{len(blocks)}], 0}},")
                blocks.append(structure(self._block(step, phase)))
            else:
                steps.append(f"    {{0, &attentions[{len(attentions)}]}},")
                attentions.append(structure(self._attention(step, phase)))
        head = structure(self._head(network.head, plan.phases[-1]))
        model = structure(
            {
                "size": network.size,
                "steps": len(steps),
                "yields": self._yields(),
                "stem": self._pointwise(network.stem),
                "step": "steps",
                "head": "&head",
                "work": "{" + ", ".join(map(str, plan.work)) + "}",
                "slots": "{" + ", ".join(map(str, plan.slots)) + "}",
                "slot_bytes": plan.slot_bytes,
                "slot_rows": plan.slot_rows,
            }
        )
        parts = [*self._arrays, _list("rcnet_block", "blocks", blocks)]
        if attentions:
            parts.append(_list("rcnet_attention", "attentions", attentions))
        parts.append("static const rcnet_step steps[] = {\n" + "\n".join(steps) + "\n};\n")
        parts.append(f"static const rcnet_head head = {head};\n")
        parts.append(f"const rcnet_model {self._name} = {model};\n")
        return "\n".join(parts)

    def _yields(self) -> int:
        counts = [
            step.size if isinstance(step, Block) else step.channels for step in self._network.steps
        ]
        return sum(counts) + self._network.head.size

    def _array(self, kind: str, layer: str, what: str, values) -> str:
        name = f"{identifier(layer)}_{what}"
        self._arrays.append(array(kind, name, np.asarray(values).ravel()))
        return name

    def _records(self, kind: str, layer: str, what: str, rows) -> str:
        name = f"{identifier(layer)}_{what}"
        self._arrays.append(records(kind, name, rows))
        return name

    def _table(self, layer: str, what: str, table: np.ndarray | None) -> str | int:
        return 0 if table is None else self._array("int8_t", layer, what, by_unsigned(table))

    def _pointwise(self, layer: Convolution) -> dict:
        inputs, depth = layer.weights.shape[1], padded_depth(layer.weights.shape[1])
        weights = np.zeros((layer.outputs, depth), np.int8)
        weights[:, :inputs] = layer.weights
        pairs = weights.reshape(-1, 2, depth).transpose(0, 2, 1)  # (outputs / 2, depth, 2)
        offset = 2**23 - 128 * weights.sum(1, dtype=np.int64)
        ends = np.stack([layer.bias, offset, layer.multiplier, layer.shift], 1)  # (outputs, 4)
        return {
            "weights": self._array("int8_t", layer.name, "weights", pairs),
            "output": self._records("rcnet_output", layer.name, "output", ends),
            **self._ending(layer),
            "inputs": inputs,
            "depth": depth,
            "outputs": layer.outputs,
        }

    def _depthwise(self, layer: Convolution) -> dict:
        return {
            "weights": self._array("int8_t", layer.name, "weights", layer.weights),
            "bias": self._array("int32_t", layer.name, "bias", layer.bias),
            "multiplier": self._array("int32_t", layer.name, "multiplier", layer.multiplier),
            "shift": self._array("int8_t", layer.name, "shift", layer.shift),
            **self._ending(layer),
            "channels": layer.outputs,
            "stride": layer.stride,
            "pad": layer.pad,
            "input_zero": layer.input_zero,
        }

    def _ending(self, layer: Convolution) -> dict:
        return {
            "table": self._table(layer.name, "table", layer.table),
            "ending": f"{{{layer.zero}, {layer.low}, {layer.high}, {layer.ending}}}",
            "layer": self._layers.get(layer.name, 0),
        }

    def _sum(self, layer: Sum) -> dict:
        return {
            "left": _rescale(layer.left),
            "right": _rescale(layer.right),
            "result": _rescale(layer.result),
            "left_zero": layer.left_zero,
            "right_zero": layer.right_zero,
            "zero": layer.zero,
            "layer": self._layers.get(layer.name, 0),
            "table": self._table(layer.name, "table", layer.table),
        }

    def _block(self, block: Block, phase: Phase) -> dict:
        shortcut: str | int = 0
        if block.shortcut:
            shortcut = f"{identifier(block.shortcut.name)}_sum"
            text = structure(self._sum(block.shortcut))
            self._arrays.append(f"static const rcnet_sum {shortcut} = {text};\n")
            shortcut = f"&{shortcut}"
        names = ("packed", "pad", "image", "source", "narrow1", "narrow2", "ring", "sums")
        return {
            "first": self._depthwise(block.first),
            "reduce": self._pointwise(block.reduce),
            "expand": self._pointwise(block.expand),
            "last": self._depthwise(block.last),
            "shortcut": shortcut,
            "size": block.size,
            "out_size": block.out_size,
            "memory": {name: phase.start(name) for name in names},
        }

    def _attention(self, layer: Attention, phase: Phase) -> dict:
        difference = layer.difference
        squares = {"square": self._table(layer.name, "square", layer.square)}
        if difference:
            squares |= {
                "diff_left": _rescale(difference.left),
                "diff_right": _rescale(difference.right),
                "diff_result": _rescale(difference.result),
                "diff_zero": difference.zero,
            }
        return {
            "mean": _rescale(layer.mean),
            "centre": self._sum(layer.centre),
            **squares,
            "square_zero": layer.square_zero,
            "variance": _rescale(layer.variance),
            "variance_zero": layer.variance_zero,
            "inverse": self._table(layer.name, "inverse", layer.inverse),
            "inverse_zero": layer.inverse_zero,
            "score": _rescale(layer.score),
            "score_zero": layer.score_zero,
            "weight": self._table(layer.name, "weight", layer.weight),
            "weight_zero": layer.weight_zero,
            "result": _rescale(layer.result),
            "x_zero": layer.centre.left_zero,
            "mean_zero": layer.centre.right_zero,
            "centre_zero": layer.centre.zero,
            "zero": layer.zero,
            "channels": layer.channels,
            "size": layer.size,
            "layer": self._layers[layer.name],
            **{name: phase.start(name) for name in ("sums", "counts", "table")},
        }

    def _head(self, head: Head, phase: Phase) -> dict:
        name = head.logit_name
        return {
            "convolution": self._pointwise(head.convolution),
            "mean": _rescale(head.mean),
            "mean_input_zero": head.mean_input_zero,
            "mean_zero": head.mean_zero,
            "weights": self._array("int8_t", name, "weights", head.weights),
            "bias": self._array("int32_t", name, "bias", head.bias),
            "rescale": self._records("rcnet_rescale", name, "rescale", head.rescale),
            "exponential": self._array("int32_t", name, "exponential", head.exponentials),
            "logit_zero": head.logit_zero,
            "size": head.size,
            "classes": len(head.weights),
            "mean_layer": self._layers[head.mean_name],
            "logit_layer": self._layers[head.logit_name],
            "softmax_layer": self._layers[head.softmax_name],
            **{piece: phase.start(piece) for piece in ("packed", "row", "totals", "average")},
        }


def _list(kind: str, name: str, items: list[str]) -> str:
    return f"static const {kind} {name}[] = {{{', '.join(items)}}};\n"


def _rescale(value: Rescale) -> str:
    return f"{{{value.multiplier}, {value.shift}}}"


def macros(network: Network, plan: Plan, labels: tuple[str, ...]) -> dict[str, int]:
    """Constants of the header, by the end of their names."""
    return {
        "SIZE": network.size,
        "CLASSES": len(labels),
        "IMAGE_BYTES": plan.memory(IMAGE),
        "ROWS_BYTES": plan.memory(ROWS),
    }
