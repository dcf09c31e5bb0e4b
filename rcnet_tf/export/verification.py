"""What `python -m rcnet_tf.verify` does, step by step, and its lines for the terminal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rcnet_tf.data import cache, load
from rcnet_tf.data.learnt import warn_of_another_split
from rcnet_tf.data.sources import PictureSet
from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.class_map import class_map
from rcnet_tf.export import check, engines, golden
from rcnet_tf.export.parity import Parity, parity
from rcnet_tf.export.replay import replay
from rcnet_tf.files import atomic_write
from rcnet_tf.installed import versions
from rcnet_tf.preprocess import quantize_input
from rcnet_tf.progress import Progress
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.consistency import runs_on_reference
from rcnet_tf.tflite_file.graph import type_name

_TITLES = {
    "reference": "LiteRT, reference",
    "optimised": "LiteRT, optimised",
    "tflm": "TensorFlow Lite Micro",
}
_PACKAGES = ("rcnet_tf", "ai-edge-litert", "tflite-micro", "numpy")


@dataclass(frozen=True)
class Model:
    """A strict int8 classifier that reference kernels can run; its file, and what that holds."""

    path: Path
    content: bytes
    input_size: int
    class_names: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """A comparison of the engines on a data set.

    Attributes:
        model: that was run.
        data: name of the data and its split.
        parity: what came out.
    """

    model: Model
    data: str
    parity: Parity


def read(path: Path) -> Model:
    """Open a `.tflite`.

    Raises:
        UserError: no such file, or not an int8 classifier of pictures as this project makes them.
    """
    content = _bytes(path, "an int8 .tflite of rcnet_tf.convert")
    model = flatbuffer.parse(content, str(path))
    size, classes = flatbuffer.check_contract(model, str(path))
    kind = type_name(model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]])
    if kind != "int8":
        raise UserError(
            f"{path} takes {kind} pictures; expected an int8 model, of rcnet_tf.convert --int8"
        )
    check.check_int8(model, str(path))
    if not runs_on_reference(model):
        raise UserError(
            f"{path} gives nearly the same logits for every picture, which reference kernels "
            "cannot handle; train the network before it is converted"
        )
    names = flatbuffer.labels(content) or ()
    if len(names) != classes:
        names = tuple(f"class_{index}" for index in range(classes))
    return Model(path, content, size, names)


def replay_line(model: Model, path: Path | None, engine: str) -> str:
    """Replay golden vectors; a line that says that all is well.

    Args:
        model: what to prove.
        path: of the golden file; None for the one beside the model.
        engine: "reference" or "tflm".

    Raises:
        UserError: something differs; the message names the first stage that does.
    """
    engines.check_installed(engine)
    path = path or golden_path(model.path)
    values = golden.parse(_bytes(path, "the _golden.bin written beside the model"), str(path))
    progress = Progress("replaying golden pictures", len(values.pictures))
    found = replay(model.content, values, engine, str(model.path), progress.advance)
    own = golden.belongs_to(values, model.content)
    count, total = len(values.stages), len(values.pictures)
    if found is None:
        note = "" if own else "; note: the vectors were made from another file of the same values"
        return f"{model.path}: {total} pictures, {count} stages each, all exact{note}"
    shape = " x ".join(map(str, found.stage.shape))
    raise UserError(
        f"{model.path} on {_TITLES[engine]}: first differs in {found.stage.name} ({shape}), stage "
        f"{found.right + 1} of {count}, with {found.picture}; all {found.right} before are right, "
        f"{found.pictures} of {total} pictures differ; "
        + (
            "report the engine and its version"
            if own
            else f"the model is not the one of {path}: convert again, or give its own --golden"
        )
    )


def golden_path(model: Path) -> Path:
    """Where the golden file of a model is by default."""
    return model.with_name(golden.file_name(model.name))


def compare(model: Model, data: str, split: str, limit: int | None = None) -> Result:
    """Run the test part of a data set through every engine that is installed.

    Args:
        model: to run.
        data, split: as for `rcnet_tf.data.load.load`.
        limit: take so many pictures, evenly over the part; None for all.

    Raises:
        UserError: the data cannot be used, or has classes that the model does not know.
    """
    parts = load.load(data, split)
    warn_of_another_split(model.path, data, parts)
    test = parts.test if limit is None else _some(parts.test, limit)
    output_of = class_map(test.class_names, model.class_names)
    pixels, labels = cache.arrays(test, model.input_size)
    others = [name for name in ("tflm", "optimised") if engines.is_installed(name)]
    progress = Progress("comparing engines", len(pixels))
    result = parity(
        model.content,
        [quantize_input(picture) for picture in pixels],
        output_of[labels],
        others,
        progress.advance,
    )
    return Result(model, f"{Path(data).absolute().name}, split {parts.name}, test part", result)


def insist_on_parity(result: Result) -> None:
    """Raise a `UserError` unless TensorFlow Lite Micro equals the reference kernels in all bytes.

    What `dense` explains is no difference. Where it is not installed there is nothing to insist on.
    """
    micro = result.parity.comparisons.get("tflm")
    if micro is not None and not micro.exact:
        raise UserError(
            f"TensorFlow Lite Micro differs from LiteRT's reference kernels in "
            f"{micro.unexplained} of {micro.pictures} pictures and "
            f"{micro.stages - micro.equal_stages} of {micro.stages} stages; expected none: convert "
            "the model again, or report the versions of tflite-micro and ai-edge-litert"
        )


def comparison_lines(result: Result) -> list[str]:
    """The result as a small table."""
    comparisons = result.parity.comparisons
    first = next(iter(comparisons.values()))
    head = ("accuracy", "same output", "same stages", "bytes differ", "by at most", "same decision")
    rows = [("", *head), (_TITLES["reference"], _percent(result.parity.accuracy["reference"]))]
    for name, one in comparisons.items():
        stages = f"{one.equal_stages:,} of {one.stages:,}" if one.stages else "-"
        rows.append(
            (
                _TITLES[name],
                _percent(result.parity.accuracy[name]),
                f"{one.equal} of {one.pictures}",
                stages,
                _percent(one.different_bytes / one.bytes),
                f"{one.largest} of 255",
                f"{one.same_decision} of {one.pictures}",
            )
        )
    widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(7)]
    lines = [f"{first.pictures} pictures ({result.data}), beside LiteRT's reference kernels:"]
    for title, *figures in rows:
        cells = [cell.rjust(width) for cell, width in zip(figures, widths[1:], strict=False)]
        lines.append("  ".join([title.ljust(widths[0]), *cells]).rstrip())
    if (micro := comparisons.get("tflm")) and micro.rounding:
        lines.append(
            f"{micro.rounding} of {micro.pictures} pictures: the same up to the dense layer, where "
            "LiteRT rounds once and TensorFlow Lite Micro twice"
        )
    if "tflm" not in comparisons:
        lines.append(
            "TensorFlow Lite Micro was not run: tflite-micro is not installed (it is for Linux on "
            "x86-64 alone)"
        )
    return lines


def write_json(path: Path, result: Result) -> None:
    """The result for programs.

    Raises:
        UserError: the file cannot be written.
    """
    content = {
        "model": {
            "file": result.model.path.name,
            "sha256": hashlib.sha256(result.model.content).hexdigest(),
            "input_size": result.model.input_size,
        },
        "data": result.data,
        "accuracy": result.parity.accuracy,
        "beside_reference": {name: asdict(one) for name, one in result.parity.comparisons.items()},
        "versions": {
            name: version or "not installed" for name, version in versions(*_PACKAGES).items()
        },
    }
    try:
        atomic_write(path, json.dumps(content, indent=2) + "\n")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; choose another --json") from None


def _bytes(path: Path, expected: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; expected {expected}") from None


def _some(pictures: PictureSet, limit: int) -> PictureSet:
    """So many pictures of a set, evenly over it, and with that over its classes."""
    count = min(limit, len(pictures))
    places = np.linspace(0, len(pictures) - 1, count).round().astype(int)
    return PictureSet(pictures.class_names, tuple(pictures.pictures[place] for place in places))


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
