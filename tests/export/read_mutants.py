"""Give damaged copies of a `.tflite` to everything that reads one; a program of its own, because
what is not found in time ends the process.

    python read_mutants.py FILE.tflite FIRST END

For each seed from FIRST to END - 1 it prints the seed when it begins, and "read" or "refused" when
it is through. An exception that is no `UserError` ends it with a traceback.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from mutants import mutant

from rcnet_tf import runtime
from rcnet_tf.errors import UserError
from rcnet_tf.export import arena, golden, inspect, metadata, stages, verification
from rcnet_tf.export.record import record
from rcnet_tf.tflite_file import consistency, flatbuffer


def is_refused(reader, *arguments, **options) -> bool:
    """Call a reader; True if it says in one line why it does not take the file."""
    try:
        reader(*arguments, **options)
    except UserError as error:
        assert "\n" not in str(error), error
        return True
    return False


def classify(path: Path, pixels: np.ndarray, reference: bool) -> None:
    classifier = runtime.load(path, reference=reference)
    if classifier.input_size == pixels.shape[1]:
        classifier.predict(pixels)


def make_golden(path: Path, pixels: np.ndarray) -> None:
    model = verification.read(path)
    known = consistency.is_checked(flatbuffer.parse(model.content))  # else not in this process
    if known and model.input_size == pixels.shape[1]:
        golden.parse(golden.pack(record(model.content, [[("a", 0, pixels[0])]])))


def read(path: Path, pixels: np.ndarray) -> bool:
    """Read a file in every way; False if it is refused in the first, and therefore in all."""
    content = path.read_bytes()
    flatbuffer.labels(content)
    if is_refused(flatbuffer.parse, content):
        return False
    model = flatbuffer.parse(content)
    metadata.of(model)
    is_refused(stages.stages, model)
    is_refused(inspect.describe, content)
    is_refused(arena.estimate, content)
    is_refused(classify, path, pixels, reference=False)
    is_refused(classify, path, pixels, reference=True)
    is_refused(make_golden, path, pixels)
    return True


def main() -> None:
    content = Path(sys.argv[1]).read_bytes()
    size = inspect.describe(content).input.shape[1]
    pixels = np.random.default_rng(0).integers(256, size=(1, size, size, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mutant.tflite"
        for seed in range(int(sys.argv[2]), int(sys.argv[3])):
            print(seed, end=" ", flush=True)
            path.write_bytes(mutant(content, seed))
            print("read" if read(path, pixels) else "refused", flush=True)


if __name__ == "__main__":
    main()
    os._exit(0)  # interpreters of damaged models need not be taken apart
