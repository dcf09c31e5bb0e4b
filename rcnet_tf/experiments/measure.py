"""One trained network on the validation and test parts of its split, in float and in int8, once.

A worker of `rcnet_tf.campaign`, in a process of its own: `python -m rcnet_tf.experiments.measure
FOLDER DATA`, the folder of a run and where its pictures lie. All it says is in the folder's
`measured.json`; a network that has one is not measured again, so that nothing can be chosen by the
test part.
"""

from __future__ import annotations

import functools
import json
import os
import platform
import sys
from pathlib import Path

from rcnet_tf import cli, installed
from rcnet_tf.data.published import MAIN, PUBLISHED
from rcnet_tf.errors import UserError

PARTS = ("val", "test")
MEASURED = "measured.json"
_PACKAGES = ("rcnet_tf", "tensorflow", "keras", "ai-edge-litert", "tflite-micro", "numpy")


def main(argv: list[str] | None = None) -> None:
    """Measure a run that has not been measured.

    Raises:
        UserError: it has been, another process is at it, or run or pictures cannot be used.
    """
    arguments = sys.argv[1:] if argv is None else argv
    if len(arguments) != 2:
        raise UserError(f"{len(arguments)} arguments; expected a run's folder and its pictures")
    folder, data = Path(arguments[0]), arguments[1]
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; expected that of a run of rcnet_tf.train")
    os.environ["KERAS_BACKEND"] = "tensorflow"  # the converter is TensorFlow's
    from rcnet_tf.files import atomic_write
    from rcnet_tf.training.run_folder import locked

    try:
        with locked(folder):
            if (folder / MEASURED).exists():
                raise UserError(
                    f"{folder} has met its test part, see {MEASURED} there; once is enough"
                )
            atomic_write(folder / MEASURED, json.dumps(measure(folder, data), indent=2) + "\n")
    except BlockingIOError:
        raise UserError(
            f"another process trains or measures in {folder}; wait for its end"
        ) from None


def measure(folder: Path, data: str) -> dict:
    """Figures of the best network of a run.

    "float" is the network as trained, "int8" the same on the kernels of phones and PCs. Where it is
    one for the C99 engine, "micro" is int8 on the kernels of microcontrollers, on which a picture
    takes some eighty times as long: the test part alone.

    Returns:
        "parameters", "macs", "sha256" of the network, "init_from_sha256" and "teacher_sha256" of
        those that it started and learnt from, or None; "int8_bytes", "arena_bytes" under TFLM
        (estimated where "packages" has no tflite-micro), "c99_bytes" of the C99 engine or None;
        "val" and "test": for each of the above "accuracy", "macro_f1", "calibration_error",
        "recall" of the classes, "same_decision" as "float", and "fresh_accuracy", on TrashNet that
        of the pictures by which no setting was chosen; "python" and "packages".

    Raises:
        UserError: the run or its pictures cannot be used.
    """
    from rcnet_tf.complexity import count, total
    from rcnet_tf.evaluation.run import evaluate
    from rcnet_tf.export import arena, tflite
    from rcnet_tf.export.pictures import gather
    from rcnet_tf.files import atomic_write, sha256
    from rcnet_tf.runtime import TFLiteClassifier, check_file, load

    try:
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        split = settings["split"]
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{folder} holds no run of rcnet_tf.train") from None
    best = load(folder / "best.keras")
    file = folder / "best_int8.tflite"
    if settings.get("qat"):  # trained with its ranges, written by the training
        check_file(file, ".tflite")
        content = file.read_bytes()
    else:
        pictures = gather(data, split, best.input_size, best.class_names)
        content = tflite.int8(best.model, pictures.calibration)
        atomic_write(file, content)

    models = {"float": best, "int8": TFLiteClassifier(file, content)}
    engine_bytes = _engine_bytes(content)
    if engine_bytes:
        models["micro"] = _micro(file, content)
    cost = total(count(best.model))
    result = {
        "parameters": cost.parameters,
        "macs": cost.macs,
        "sha256": sha256(best.path),
        **{f"{name}_sha256": _digest(settings[name]) for name in ("init_from", "teacher")},
        "int8_bytes": len(content),
        "arena_bytes": arena.arena(content).total,
        "c99_bytes": engine_bytes,
    }
    for part in PARTS:
        evaluations = {
            name: evaluate(one, data, split, part)
            for name, one in models.items()
            if part == "test" or name != "micro"
        }
        result[part] = {
            name: _figures(one, evaluations["float"]) for name, one in evaluations.items()
        }
    result["python"] = platform.python_version()
    found = installed.versions(*_PACKAGES)
    result["packages"] = {name: version for name, version in found.items() if version}
    return result


def _digest(path: str) -> str | None:
    """SHA-256 of a file; None where a setting names none, or it is there no more."""
    from rcnet_tf.files import sha256

    return sha256(path) if Path(path).is_file() else None


def _engine_bytes(content: bytes) -> int | None:
    """RAM of the C99 engine, picture included, stack not; None: it cannot run this network."""
    from rcnet_tf.export.c99.network import network
    from rcnet_tf.export.c99.operators import Graph
    from rcnet_tf.export.c99.plan import IMAGE, plan

    try:
        return plan(network(Graph(content, "measured"))).memory(IMAGE)
    except UserError:
        return None


def _micro(file: Path, content: bytes):
    """The classifier on the kernels of microcontrollers: TFLM's own, or LiteRT's equal ones."""
    from rcnet_tf.experiments.micro import MicroClassifier
    from rcnet_tf.export.engines import is_installed
    from rcnet_tf.runtime import TFLiteClassifier

    if is_installed("tflm"):
        return MicroClassifier(file, content)
    return TFLiteClassifier(file, content, reference=True)


@functools.cache
def _chosen_by(split: str) -> frozenset[str]:
    """Keys of the pictures by which settings were chosen, where a split is TrashNet's."""
    from rcnet_tf.data import splits

    if split not in PUBLISHED:
        return frozenset()
    published = splits.published(MAIN)
    return frozenset(key for key, part in published.items() if part == "val")


def _figures(evaluation, beside) -> dict:
    scores = evaluation.scores
    right = evaluation.probabilities.argmax(axis=1) == evaluation.labels
    fresh = right[[key not in _chosen_by(evaluation.split) for _, key in evaluation.keys]]
    same = evaluation.probabilities.argmax(axis=1) == beside.probabilities.argmax(axis=1)
    return {
        "accuracy": scores.accuracy,
        "macro_f1": scores.macro["f1"],
        "calibration_error": scores.calibration_error,
        "recall": {one.name: one.recall for one in scores.classes},
        "same_decision": float(same.mean()),
        "fresh_accuracy": float(fresh.mean()) if len(fresh) else None,
    }


if __name__ == "__main__":
    cli.run(main)
