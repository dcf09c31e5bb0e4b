"""From a Keras model to a folder that is ready to flash: convert, measure, and write it all."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from rcnet_tf import outputs, shipped_pictures
from rcnet_tf.complexity import trainable_parameters
from rcnet_tf.data.learnt import trained_on
from rcnet_tf.data.published import MAIN
from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.probabilities import checked
from rcnet_tf.evaluation.report import to_json
from rcnet_tf.export import arena, golden, report, tflite
from rcnet_tf.export.arduino import LIBRARY, library_files
from rcnet_tf.export.bundle import bundle
from rcnet_tf.export.c99 import package
from rcnet_tf.export.c_array import c_array, identifier
from rcnet_tf.export.known_picture import known_picture
from rcnet_tf.export.op_resolver import model_settings, op_resolver
from rcnet_tf.export.pictures import Pictures, gather
from rcnet_tf.export.record import chosen, record
from rcnet_tf.export.slim import signed
from rcnet_tf.files import sha256
from rcnet_tf.progress import Progress
from rcnet_tf.quantise import calibration
from rcnet_tf.quantise.prepare import equalised
from rcnet_tf.rebuild import rebuild
from rcnet_tf.runtime import Classifier, KerasClassifier, TFLiteClassifier
from rcnet_tf.shipped import AUTHOR, LICENSE, ShippedClassifier
from rcnet_tf.tflite_file.flatbuffer import LABEL_FILE

VARIANTS = ("int8", "float32", "dynamic")
"""What a model can be converted to."""

REPORT_FILE = "report.json"
"""Name of the report."""


def convert(
    source: KerasClassifier,
    out: Path,
    variants: Sequence[str] = ("int8",),
    *,
    data: str | None = None,
    split: str = MAIN,
    part: str = "test",
    input_size: int | None = None,
    debug: bool = False,
    c99: bool = False,
    arduino: bool = False,
    zipped: bool = False,
) -> dict:
    """Convert a model and write the results, all of them or none.

    Args:
        source: the model.
        out: folder for the files; what else is in it stays.
        variants: of `VARIANTS`.
        data, split, part: pictures, see `pictures.gather`.
        input_size: side of the input if not the model's own.
        debug: whether to measure where the int8 network's error comes from; see `debug_files`.
        c99: whether to write the int8 network as a C program too, in the folder c99.
        arduino: whether to write it as an Arduino library too, in the folder arduino.
        zipped: whether these two are a .zip each instead of a folder.

    Returns:
        The report, see `report.report`.

    Raises:
        UserError: the model, the pictures or the folder cannot be used.
    """
    outputs.check_place("--out", out)
    network = source
    if input_size is not None and input_size != source.input_size:
        network = KerasClassifier(source.path, rebuild(source.model, input_size))
    pictures = gather(data, split, network.input_size, network.class_names, part, network.path)
    if "int8" in variants:
        calibration.check(pictures.calibration, network.input_size)

    expected = _predict(network, pictures.test, "keras")
    name = identifier(network.model.name)
    made = {}
    for variant in variants:
        file = f"{name}_{network.input_size}_{variant}.tflite"
        content = _content(variant, network, pictures)
        if isinstance(source, ShippedClassifier):
            content = signed(content, AUTHOR, LICENSE)
        runner = TFLiteClassifier(Path(file), content)
        made[variant] = report.Variant(file, content, _predict(runner, pictures.test, variant))

    files = {one.file: one.content for one in made.values()}
    warnings: list[str] = []
    if network is not source:
        warnings.append(
            f"the weights are of a network for {source.input_size} pixels; trained on for "
            f"{network.input_size} they would do better (rcnet_tf.train --input-size "
            f"{network.input_size} --init-from ...)"
        )
    if "int8" in made:
        need = arena.arena(made["int8"].content)
        made["int8"] = replace(made["int8"], arena=need)
        header, array = c_array(made["int8"].content, need, name, network.class_names)
        files[f"{name}_model_data.h"] = header.encode()
        files[f"{name}_model_data.cc"] = array.encode()
        for more, reasons in (_resolver(made["int8"], name), _golden(made["int8"], pictures)):
            files |= more
            warnings += reasons
        full = f"{name}_{network.input_size}"
        folders = []  # (kind, where it goes, what unpacking makes, its files)
        if c99:
            program = package.files(made["int8"].content, name) | package.camera()
            folders.append(("c99", "c99", full, program))
        if arduino:
            library = library_files(files, name)
            if pictures.trashnet:  # its known picture is one of those
                library[shipped_pictures.LICENSE] = shipped_pictures.license_text()
            folders.append(("arduino", f"arduino/{LIBRARY}", LIBRARY, library))
        for kind, home, unpacked, inside in folders:
            if zipped:
                files[f"{full}_{kind}.zip"] = bundle(inside, unpacked)
            else:
                files |= {f"{home}/{file}": content for file, content in inside.items()}
        if debug:
            files |= _debug(made["int8"], network, pictures)
    files[LABEL_FILE] = "".join(f"{label}\n" for label in network.class_names).encode()
    result = report.report(_describe(network), pictures, expected, made)
    result["warnings"] += warnings
    result["files"] = {
        file: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for file, content in files.items()
    }
    files[REPORT_FILE] = to_json(result).encode()
    outputs.write({out / file: content for file, content in files.items()}, "--out")
    return result


def _content(variant: str, network: KerasClassifier, pictures: Pictures) -> bytes:
    print(f"converting to {variant} ...", file=sys.stderr)
    if variant == "float32":
        return tflite.float32(network.model)
    if variant == "dynamic":
        return tflite.dynamic(network.model)
    progress = Progress("calibrating", len(pictures.calibration))

    def advance(count: int) -> None:
        progress.advance(count)
        if progress.done == progress.total:  # half of the time is still to come
            print("choosing ranges ...", file=sys.stderr)

    return tflite.int8(network.model, pictures.calibration, advance)


def _resolver(int8: report.Variant, name: str) -> tuple[dict[str, bytes], list[str]]:
    """The op resolver of a model, by name, or a warning where TFLM lacks an operator."""
    try:
        resolver = op_resolver(int8.content, name)
    except UserError as error:
        return {}, [f"no op resolver: {error}"]
    return {
        f"{name}_op_resolver.h": resolver.encode(),
        "model_settings.h": model_settings(name).encode(),
    }, []


def _golden(int8: report.Variant, pictures: Pictures) -> tuple[dict[str, bytes], list[str]]:
    """The golden vectors of a model, as files by name, the first also as a picture in C++; or a
    warning where reference kernels cannot run it.
    """
    few = [
        [(pictures.test_names[i], pictures.labels[i], pictures.test[i]) for i in indices]
        for indices in chosen(pictures.labels)
    ]
    try:
        recorded = record(int8.content, few)
    except UserError as error:
        return {}, [f"no golden vectors: {error}"]
    header, array = known_picture(recorded)
    return {
        golden.file_name(int8.file): golden.pack(recorded),
        "known_picture.h": header.encode(),
        "known_picture.cc": array.encode(),
    }, []


def _debug(int8: report.Variant, network: KerasClassifier, pictures: Pictures) -> dict[str, bytes]:
    from rcnet_tf.export import debug_files  # with matplotlib, which takes a second

    twin = equalised(network.model, pictures.calibration)
    return debug_files.files(twin, int8.file, int8.content, pictures.test)


def _predict(model: Classifier, pixels: np.ndarray, name: str) -> np.ndarray:
    """Probabilities of the test pictures, made sure that they are some."""
    progress = Progress(f"classifying with {name}", len(pixels))
    try:
        return checked(model.predict(pixels, progress.advance))
    except ValueError as error:
        raise UserError(f"{model.path}: {error}; expected a model that ends in a softmax") from None


def _describe(network: KerasClassifier) -> dict:
    learnt = trained_on(network.path)
    return {
        "name": network.model.name,
        "weights": network.path.name,
        "weights_sha256": sha256(network.path),
        "trained_on": None if learnt is None else dict(zip(("data", "split"), learnt, strict=True)),
        "trainable_parameters": trainable_parameters(network.model),
        "input_size": network.input_size,
        "class_names": list(network.class_names),
    }
