"""One run: a trained network in, a compressed one, its int8 file and a report out.

Importing this module switches `tf.keras` for the whole process.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from rcnet_tf import shipped_pictures
from rcnet_tf.compression import clusters, fit, quantised, sizes, sparse, twin
from rcnet_tf.compression.held import Held, is_pruned
from rcnet_tf.compression.launch import asked
from rcnet_tf.data import cache, load
from rcnet_tf.data.stream import steps_per_epoch
from rcnet_tf.errors import UserError
from rcnet_tf.export import tflite
from rcnet_tf.export.c_array import identifier
from rcnet_tf.export.pictures import CALIBRATION_A_CLASS
from rcnet_tf.files import atomic_path, atomic_write
from rcnet_tf.keras_files import check_contract, load_model
from rcnet_tf.layers import Classifier
from rcnet_tf.model import FocusRCNet, logits_model
from rcnet_tf.quantise.equalise import equalise
from rcnet_tf.quantise.prepare import prepare
from rcnet_tf.rebuild import rebuild
from rcnet_tf.runtime import KerasClassifier, TFLiteClassifier
from rcnet_tf.training import run_folder
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.initialise import say_sizes
from rcnet_tf.training.materials import Materials, gather
from rcnet_tf.weights import PRETRAINED, trained_size

REPORT = "compression.json"


def run(settings: dict, out: Path) -> dict:
    """Compress what the settings name.

    Returns:
        For JSON: "best_accuracy" of the best epoch (0 to 1), and the "history".

    Raises:
        UserError: settings, network, data or folder cannot be used.
    """
    config = TrainConfig(**settings)
    # Its warnings of retracing are about our few models of many shapes.
    tf.get_logger().setLevel("ERROR")
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(config.seed)
    tf_keras.utils.set_random_seed(config.seed)
    run_folder.check(out, config)
    network = _network(config)
    given = gather(config)
    _check_classes(network, given, config)
    pictures = _representative(config)
    with run_folder.claimed(out, config, given.pictures):
        return _compressed(config, out, network, given, pictures)


def _compressed(
    config: TrainConfig, out: Path, network: keras.Model, given: Materials, pictures: np.ndarray
) -> dict:
    before = rebuild(network, config.input_size)  # a copy
    student = _student(network, config, given, pictures, out)
    best, history = fit.fit(student, lambda: _save(student.model, network, out / "best.keras"))
    _save(student.model, network, out / "best.keras")
    print("converting to int8, as it was and as it is ...", file=sys.stderr)
    content = (
        tflite.from_lowered(quantised.lower_trained(network, student.model), given.class_names)
        if config.qat
        else tflite.int8(network, pictures)
    )
    name = f"{identifier(network.name)}_{config.input_size}_int8.tflite"
    atomic_write(out / name, content)
    report = {
        "way": asked(config),
        "file": name,
        "before": _row(before, tflite.int8(before, pictures), given),
        "after": _row(network, content, given),
    }
    atomic_write(out / REPORT, json.dumps(report, indent=2) + "\n")
    _print(report)
    return {"best_accuracy": best, "history": history}


def _network(config: TrainConfig) -> keras.Model:
    """What `init_from` names, at the size of the settings."""
    source, size = config.init_from, config.input_size
    if source in PRETRAINED:
        say_sizes(source, trained_size(source, size), size)
        return FocusRCNet(weights=source, input_shape=(size, size, 3))
    network = load_model(source)
    if (theirs := check_contract(network, source)) != size:
        say_sizes(source, theirs, size)
        network = rebuild(network, size)
    if not isinstance(network.layers[-2], Classifier) or network.layers[-2].name != "logits":
        raise UserError(f"{source} is no Focus-RCNet; expected one of rcnet_tf.train")
    twin.check(logits_model(network))
    return network


def _check_classes(network: keras.Model, given: Materials, config: TrainConfig) -> None:
    names = network.get_layer("logits").class_names
    if tuple(names) != tuple(given.class_names):
        raise UserError(
            f"{config.init_from} tells the classes {', '.join(names)}; the data have "
            f"{', '.join(given.class_names)}: train it on these first, without {asked(config)}"
        )


def _representative(config: TrainConfig) -> np.ndarray:
    """Pictures of the training part to learn ranges from, uint8 (N, S, S, 3)."""
    train = load.load(config.data, config.split).train
    chosen = shipped_pictures.choose(train, CALIBRATION_A_CLASS)
    return cache.arrays(chosen, config.input_size)[0]


def _student(
    network: keras.Model, config: TrainConfig, given: Materials, pictures: np.ndarray, out: Path
) -> fit.Run:
    """The twin of a network, wrapped as the settings want it."""
    # Before any cluster, zero or range is learnt: conversion would do it after.
    equalise(network, pictures)
    training = twin.Training(config.dropout, config.seed, frozen=bool(config.qat))
    model = twin.build(logits_model(network), training)
    if config.prune:
        steps = steps_per_epoch(len(given.labels), config.batch) * config.epochs
        model, ready = sparse.prune(model, config.prune, steps)
        return fit.Run(model, [sparse.callback()], ready, config, given, out)
    if config.cluster:
        sparse_already = any(map(is_pruned, sizes.keras_kernels(network)))
        model = clusters.cluster(model, config.cluster, keep_zeros=sparse_already)
        return fit.Run(model, [], 0, config, given, out)
    model = quantised.quantise(model, prepare(network, pictures))
    held = Held(model)
    # What needs no training to be as good is not to be had worse.
    return fit.Run(model, [held], 0, config, given, out, held.hold, start_counts=True)


def _save(student: tf_keras.Model, network: keras.Model, path: Path) -> None:
    twin.give_back(student, network)
    with atomic_path(path) as temporary:
        network.save(temporary)


def _row(network: keras.Model, content: bytes, given: Materials) -> dict:
    """What a network and its int8 file are worth, on the validation part."""
    images = given.val_pixels
    said = KerasClassifier(Path(network.name), network).predict(images)
    said_int8 = TFLiteClassifier(Path(network.name), content).predict(images)
    return {
        "accuracy": float(np.mean(said.argmax(axis=1) == given.val_labels)),
        "int8_accuracy": float(np.mean(said_int8.argmax(axis=1) == given.val_labels)),
        "int8_bytes": len(content),
        "int8_bytes_deflated": sizes.deflated(content),
        "kernels": asdict(sizes.kernels(sizes.keras_kernels(network))),
        "int8_kernels": asdict(sizes.kernels(sizes.tflite_kernels(content))),
    }


def _print(report: dict) -> None:
    """The report as a table."""
    print(f"{'':16}  float    int8   bytes  deflated  zeros (int8)  values a kernel (int8)")
    for name in ("before", "after"):
        row = report[name]
        kernels, stored = row["kernels"], row["int8_kernels"]
        print(
            f"{name if name == 'before' else report['way']:16} {100 * row['accuracy']:6.2f}  "
            f"{100 * row['int8_accuracy']:6.2f}  {row['int8_bytes']:6}  "
            f"{row['int8_bytes_deflated']:8}  {100 * kernels['zeros']:5.1f} "
            f"({100 * stored['zeros']:.1f}) %  {kernels['values']:8} ({stored['values']})"
        )
