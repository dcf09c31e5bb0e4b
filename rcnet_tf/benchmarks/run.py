"""The whole comparison, as the report that is printed and written."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
from pathlib import Path

from rcnet_tf import cores, onednn, quiet, runtime
from rcnet_tf.benchmarks import kernels
from rcnet_tf.benchmarks.timing import Timing, interleaved, timed
from rcnet_tf.errors import UserError
from rcnet_tf.progress import Progress

PACKAGES = ("tensorflow", "keras", "tf_keras", "numpy")


def run(input_size: int, batch: int, steps: int, model: Path | None = None) -> dict:
    """Compare training and inference of all networks.

    Args:
        input_size: side of the pictures.
        batch: pictures a step.
        steps: timed steps of each network, in training and in inference.
        model: optional `.tflite`, whose inference is timed as well, a picture at a time.

    Returns:
        `input_size`, `batch`, `steps`, `backend`, `processors`, `versions`; `outputs_apart` and
        `losses_apart`, the largest relative differences between the networks; and for each of the
        `networks` its `name`, `training` and `inference`: None, or `images_per_second`,
        `cpu_ms_per_image`, and tf_keras' time over this one's, above 1 where this one is faster:
        `ratio` by the clock, `cpu_ratio` in processor time.

    Raises:
        UserError: tf_keras is not installed, or `model` cannot be used.
        RuntimeError: the networks do not compute the same; nothing was timed.
    """
    if importlib.util.find_spec("tf_keras") is None:
        raise UserError(
            "tf_keras is not installed, which the benchmark compares with; "
            "run: pip install 'rcnet_tf[benchmark]'"
        )
    processors = cores.usable()
    converted = _tflite(model, input_size, processors) if model else None

    onednn.prefer()  # as `train` does
    with quiet.loading():
        import keras

        from rcnet_tf.benchmarks import contenders

    pixels, images, labels = contenders.pictures(input_size, batch)
    networks = contenders.contenders(input_size)
    outputs_apart = contenders.outputs_apart(networks, images)
    losses_apart = contenders.losses_apart(networks, images, labels)
    if outputs_apart > contenders.TOLERANCE or losses_apart > contenders.LOSS_TOLERANCE:
        raise RuntimeError(
            f"the networks differ: outputs by {outputs_apart:.1e}, losses by {losses_apart:.1e}"
        )

    trainings = {network.name: timed(network.train(images, labels)) for network in networks}
    inferences = {network.name: timed(network.infer(images)) for network in networks}
    if converted:
        inferences[converted.path.name] = timed(lambda: converted.predict(pixels))
    with contextlib.ExitStack() as stack:
        if keras.config.backend() == "tensorflow":
            others = stack.enter_context(kernels.OwnKernels(input_size, batch))
            trainings[kernels.NAME] = others.run("train")
            inferences[kernels.NAME] = others.run("infer")
        progress = Progress("steps", steps * (len(trainings) + len(inferences)))
        trained = interleaved(trainings, batch, steps, progress.advance)
        inferred = interleaved(inferences, batch, steps, progress.advance)
    return {
        "input_size": input_size,
        "batch": batch,
        "steps": steps,
        "backend": keras.config.backend(),
        "processors": processors,
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "outputs_apart": outputs_apart,
        "losses_apart": losses_apart,
        "networks": [
            {
                "name": name,
                "training": _figures(trained, name, contenders.YARDSTICK),
                "inference": _figures(inferred, name, contenders.YARDSTICK),
            }
            for name in inferred
        ],
    }


def _tflite(path: Path, input_size: int, threads: int) -> runtime.Classifier:
    model = runtime.load(path, threads=threads)
    if model.kind != "tflite":
        raise UserError(f"--model {path}: expected a .tflite, as rcnet_tf.convert writes it")
    if model.input_size != input_size:
        raise UserError(
            f"--model {path} takes {model.input_size} pixels, the others {input_size}; "
            f"add --input-size {model.input_size}"
        )
    return model


def _figures(timings: dict[str, Timing], name: str, yardstick: str) -> dict | None:
    if name not in timings:
        return None
    timing, reference = timings[name], timings[yardstick]
    return {
        "images_per_second": timing.images_per_second,
        "ratio": timing.faster_than(reference),
        "cpu_ms_per_image": timing.cpu_ms_per_image,
        "cpu_ratio": reference.cpu_ms_per_image / timing.cpu_ms_per_image,
    }
