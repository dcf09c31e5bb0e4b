"""A diagnosis as text: tables for a terminal, CSV and JSON for programs."""

from __future__ import annotations

import csv
import dataclasses
import io
import json

from rcnet_tf.export.debug import Diagnosis
from rcnet_tf.export.noise import LayerNoise

WORST = 15
WORST_STEPS = 8

COLUMNS = (
    "name",
    "part",
    "operator",
    "shape",
    "total_db",
    "own_db",
    "quiet_db",
    "logits_db",
    "share",
    "cause",
    "weights_share",
    "clipped_share",
    "scale",
    "zero_point",
    "range_low",
    "range_high",
    "low",
    "high",
    "p_low",
    "p_high",
    "clipped",
    "bits",
    "channel_ratio",
)
"""Of the CSV file; what they mean: `noise.LayerNoise`."""


def lines(diagnosis: Diagnosis) -> list[str]:
    """What a terminal shows: the worst layers, the worst steps inside layers, all stages."""
    right = round(diagnosis.same_decision * diagnosis.pictures)
    head = (
        f"int8 against float on {diagnosis.pictures} pictures ({diagnosis.kernels} kernels): "
        f"logits {_db(diagnosis.logits_db)} dB, same decision {right} of {diagnosis.pictures}"
    )
    if (together := diagnosis.together_db) is not None:
        head += f"; the layers' errors, each alone, add up to {_db(together)} dB"
    worst = diagnosis.worst_first()
    steps = diagnosis.worst_steps_first()
    result = [
        head,
        "",
        f"layers, worst first ({min(WORST, len(worst))} of {len(worst)}); 'alone': dB of the "
        "logits if only this layer were int8;",
        "SQNR in dB: 'own' of what the layer adds, 'quiet' in its quiet channels, 'total' with "
        "all before it",
        *_aligned([_LAYER_HEAD, *map(_layer_row, worst[:WORST])]),
    ]
    if steps:
        shown = steps[:WORST_STEPS]
        result += [
            "",
            f"steps inside layers, worst first ({len(shown)} of {len(steps)})",
            *_aligned([_LAYER_HEAD, *map(_layer_row, shown)]),
        ]
    rows = [
        (
            stage.name,
            _db(stage.total_db),
            _db(stage.logits_db),
            "" if stage.same_decision is None else f"{100 * stage.same_decision:.1f} %",
        )
        for stage in diagnosis.stages
    ]
    return [
        *result,
        "",
        "stages in order: SQNR at their end; logits and decisions if all behind them were float",
        *_aligned([("stage", "SQNR", "logits", "same"), *rows]),
    ]


def to_csv(diagnosis: Diagnosis) -> str:
    """A line for every int8 tensor in the order of execution, `COLUMNS`; empty where unknown."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for layer in diagnosis.layers:
        row = {name: getattr(layer, name, None) for name in COLUMNS}
        row["shape"] = "x".join(map(str, layer.shape))
        row["range_low"], row["range_high"] = layer.range
        writer.writerow({name: _figure(value) for name, value in row.items()})
    return text.getvalue()


def to_json(diagnosis: Diagnosis) -> str:
    """Everything; the layers worst first, then the steps inside them."""
    content = dataclasses.asdict(diagnosis)
    ordered = [*diagnosis.worst_first(), *diagnosis.worst_steps_first()]
    content["layers"] = [{**dataclasses.asdict(one), "cause": one.cause} for one in ordered]
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


_LAYER_HEAD = (
    "layer",
    "share",
    "alone",
    "own",
    "quiet",
    "total",
    "int8 range",
    "99.8 % lie in",
    "bits",
    "clipped",
    "channels",
    "mostly",
)


def _layer_row(layer: LayerNoise) -> tuple[str, ...]:
    return (
        layer.name,
        "" if layer.share is None else f"{100 * layer.share:.1f} %",
        _db(layer.logits_db),
        _db(layer.own_db),
        _db(layer.quiet_db),
        _db(layer.total_db),
        "{:.4g} .. {:.4g}".format(*layer.range),
        f"{layer.p_low:.4g} .. {layer.p_high:.4g}",
        f"{layer.bits:.1f}",
        f"{100 * layer.clipped:.2f} %",
        "" if layer.channel_ratio is None else f"{layer.channel_ratio:.1f}:1",
        layer.cause,
    )


def _db(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _figure(value) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Columns of equal width: names at the left, figures at the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    left = {0, len(widths) - 1} if rows[0] == _LAYER_HEAD else {0}
    return [
        "  ".join(
            text.ljust(width) if place in left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
