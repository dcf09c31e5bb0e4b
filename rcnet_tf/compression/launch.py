"""Start the process that tensorflow-model-optimization lives in, and bring back what it says."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rcnet_tf.errors import UserError
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.result import Result
from rcnet_tf.weights import PRETRAINED

NEEDED = {"tensorflow_model_optimization": "tensorflow-model-optimization", "tf_keras": "tf-keras"}


def train(config: TrainConfig, out: Path) -> Result:
    """Compress a trained Focus-RCNet; or go on with the run in `out`, to the very same result.

    Writes into `out`: config.json, history.csv, checkpoint.h5, best.keras (best epoch on the
    validation part, a plain Focus-RCNet), its strict int8 `.tflite` and compression.json, the
    report: accuracies, sizes with and without deflate, zeros and different values of the kernels.

    Args:
        config: the settings: `init_from` is what is compressed; one of `qat` = "tfmot", `prune` and
            `cluster` says how.
        out: folder of the run.

    Raises:
        UserError: settings, network, data or folder cannot be used, or a package is missing.
    """
    check(config)
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        job = {"config": dataclasses.asdict(config), "out": str(out), "answer": str(answer)}
        process = subprocess.Popen(
            [sys.executable, "-m", "rcnet_tf.compression.worker"],
            stdin=subprocess.PIPE,
            env=_environment(),
            text=True,
        )
        pipe = process.stdin
        assert pipe is not None  # as asked for
        try:
            # The pipe stays open as long as this process lives: the worker ends with it.
            with contextlib.suppress(BrokenPipeError):  # its status says more
                pipe.write(json.dumps(job) + "\n")
                pipe.flush()
            status = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        said = json.loads(answer.read_text(encoding="utf-8")) if answer.is_file() else {}
    if "error" in said:
        raise UserError(said["error"])
    if status or not said:
        raise RuntimeError(f"the compressing process ended with status {status}")
    return Result(Path(out) / "best.keras", said["best_accuracy"], said["history"])


def check(config: TrainConfig) -> None:
    """See that the settings go together and the packages are there.

    Raises:
        UserError: naming the first that does not.
    """
    config.check()
    way = asked(config)
    for name, expected in (("teacher", ""), ("model", "focus_rcnet")):
        if (value := getattr(config, name)) != expected:
            wanted = f"--{name} {expected}" if expected else f"no --{name}"
            raise UserError(f"--{name} {value} with {way}: expected {wanted} there")
    if config.ema and not config.qat:
        # The average of a weight remembers what it was before it was pruned or joined a cluster.
        raise UserError(f"--ema {config.ema:g} with {way}: expected --ema 0 there")
    if config.cluster in (1, 2, 3):
        raise UserError(f"{way}: expected 4 to 256 values a kernel, or 0 for no clustering")
    source = config.init_from
    if source not in PRETRAINED:
        if Path(source).suffix != ".keras":
            raise UserError(f"--init-from {source} with {way}: expected a .keras file")
        if not os.path.isfile(source):
            raise UserError(f"no such file: {source}; expected a .keras model of rcnet_tf.train")
    if missing := [package for name, package in NEEDED.items() if not _installed(name)]:
        raise UserError(
            f"{way} needs {' and '.join(missing)}, not installed here; run: "
            f"pip install {' '.join(missing)}"
        )


def asked(config: TrainConfig) -> str:
    """The option that says how to compress, as the user gave it."""
    if config.prune:
        return f"--prune {config.prune:g}"
    return f"--cluster {config.cluster}" if config.cluster else f"--qat {config.qat}"


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _environment() -> dict[str, str]:
    """tf_keras for tfmot, Keras 3 on TensorFlow for us, and this very package."""
    ours = str(Path(__file__).resolve().parents[2])
    paths = [ours, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "TF_USE_LEGACY_KERAS": "1",
        "KERAS_BACKEND": "tensorflow",
        "PYTHONPATH": os.pathsep.join(paths),
    }
