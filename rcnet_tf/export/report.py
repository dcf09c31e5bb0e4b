"""What a conversion made, for people and for programs."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import asdict, dataclass

import numpy as np

import rcnet_tf
from rcnet_tf.export import inspect
from rcnet_tf.export.arena import Arena
from rcnet_tf.export.pictures import Pictures
from rcnet_tf.installed import versions
from rcnet_tf.quantise import calibration
from rcnet_tf.tflite_file import consistency, flatbuffer

_PACKAGES = ("keras", "tensorflow", "ai-edge-litert", "tflite-micro", "numpy")


@dataclass(frozen=True)
class Variant:
    """One converted file.

    Attributes:
        file: its name.
        content: its bytes.
        probabilities: its answers for the test pictures, float32 (M, classes).
        arena: RAM that it needs under TensorFlow Lite Micro; None where that is not of interest.
    """

    file: str
    content: bytes
    probabilities: np.ndarray
    arena: Arena | None = None


def report(
    model: dict, pictures: Pictures, probabilities: np.ndarray, variants: dict[str, Variant]
) -> dict:
    """Everything worth knowing about a conversion, as JSON takes it.

    Args:
        model: what is known about the Keras model.
        pictures: those that were used.
        probabilities: of the Keras model for the test pictures, float32 (M, classes).
        variants: converted files by name: "int8", "float32", "dynamic".
    """
    return {
        "model": model,
        "pictures": {
            "calibration": {
                "count": len(pictures.calibration),
                "from": pictures.calibration_from,
            },
            "test": {"count": len(pictures.test), "from": pictures.test_from},
        },
        "keras": {"accuracy": _accuracy(probabilities, pictures.labels)},
        **{
            name: _variant(variant, pictures.labels, probabilities)
            for name, variant in variants.items()
        },
        "warnings": _warnings(pictures, variants["int8"]) if "int8" in variants else [],
        "versions": _versions(),
    }


def lines(content: dict) -> list[str]:
    """The same in a few lines for a terminal."""
    model, used = content["model"], content["pictures"]
    names = [name for name in ("int8", "float32", "dynamic") if name in content]
    result = [
        f"{model['name']}: {model['input_size']} x {model['input_size']} pixels, "
        f"{len(model['class_names'])} classes, weights {model['weights']}",
    ]
    if "int8" in names:
        result.append(
            f"calibrated on {used['calibration']['count']} pictures ({used['calibration']['from']})"
        )
    result += [
        f"accuracy on {used['test']['count']} pictures ({used['test']['from']}):",
        f"  {'keras':8} {_percent(content['keras']['accuracy'])}",
    ]
    for name in names:
        one = content[name]
        result.append(
            f"  {name:8} {_percent(one['accuracy'])}, same decision {_percent(one['agreement'])}, "
            f"{one['bytes']:,} bytes"
        )
    if ram := content.get("int8", {}).get("ram"):
        result.append(
            f"RAM under TensorFlow Lite Micro: {ram['arena_bytes']:,} bytes ({ram['source']})"
        )
    return result + [f"warning: {warning}" for warning in content["warnings"]]


def _variant(variant: Variant, labels: np.ndarray, expected: np.ndarray) -> dict:
    description = inspect.describe(variant.content, variant.file).as_dict()
    del description["labels"]
    same = variant.probabilities.argmax(axis=1) == expected.argmax(axis=1)
    result = {
        "file": variant.file,
        "bytes": len(variant.content),
        "sha256": hashlib.sha256(variant.content).hexdigest(),
        "accuracy": _accuracy(variant.probabilities, labels),
        "agreement": float(np.mean(same)),
        # Further digits depend on the machine.
        "largest_difference": round(float(np.max(np.abs(variant.probabilities - expected))), 4),
        "kernels": "LiteRT, optimised",
        **description,
    }
    if variant.arena is not None:
        result["ram"] = {
            "arena_bytes": variant.arena.total,
            "source": variant.arena.source,
            "with_margin": variant.arena.recommended,
            **{key: value for key, value in asdict(variant.arena).items() if key != "total"},
        }
    return result


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def _warnings(pictures: Pictures, int8: Variant) -> list[str]:
    warnings = []
    count, recommended = len(pictures.calibration), calibration.RECOMMENDED
    if count < recommended:
        warnings.append(f"calibrated on {count} pictures; at least {recommended} are recommended")
    if not consistency.runs_on_reference(flatbuffer.parse(int8.content, int8.file)):
        warnings.append(
            "the network gives nearly the same logits for every picture: TensorFlow Lite Micro's "
            "softmax cannot run it; train it first"
        )
    return warnings


def _versions() -> dict[str, str]:
    """Of all that can change a byte of the result."""
    own = {"rcnet_tf": rcnet_tf.__version__, "python": platform.python_version()}
    found = versions(*_PACKAGES)
    return own | {name: version or "not installed" for name, version in found.items()}
