"""What is trained: the network with its losses, optimizer and, where there is one, its teacher."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from rcnet_tf.distill import Distiller
from rcnet_tf.files import atomic_path
from rcnet_tf.layers import View
from rcnet_tf.model import logits_model
from rcnet_tf.networks import build
from rcnet_tf.training import distribute
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.materials import Materials
from rcnet_tf.training.optimizer import make_optimizer


def make_task(
    config: TrainConfig, student: keras.Model, given: Materials, steps: int
) -> keras.Model:
    """Wrap a network for `fit`, compiled: pictures in [0, 255] -> logits.

    Args:
        config: the settings.
        student: what is trained: the network's input -> logits.
        given: pictures and teacher.
        steps: steps an epoch, for the schedule.
    """
    teacher = given.teacher
    if teacher is None and given.teacher_logits is None:
        inputs = keras.Input(given.pixels.shape[1:])
        task = keras.Sequential([inputs, View(config.input_size), student])
    else:
        task = Distiller(
            student,
            None if teacher is None else logits_model(teacher),
            student_view=View(config.input_size),
            teacher_view=None if teacher is None else View(teacher.input_shape[1]),
            temperature=config.temperature,
            alpha=config.alpha,
            t_squared=config.t_squared,
        )
    task.compile(
        optimizer=make_optimizer(config, steps),
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=config.label_smoothing
        ),
        # Not by its name: TensorFlow traces a step twice if variables are made in the first one.
        metrics=[keras.metrics.CategoricalAccuracy("accuracy")],
    )
    task.optimizer.build(task.trainable_variables)
    return task


def make_evaluator(student: keras.Model, size: int) -> keras.Model:
    """Wrap what `make_task` trains for `evaluate`, weights shared: pictures in [0, 255] -> logits.

    Its own metrics leave those of the training epoch alone. They are means over the *weights* of
    the pictures, so that a batch may be filled up with pictures of weight 0.
    """
    evaluator = keras.Sequential([keras.Input((size, size, 3)), View(size), student])
    evaluator.compile(
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        weighted_metrics=[
            keras.metrics.CategoricalCrossentropy(from_logits=True, name="val_loss"),
            keras.metrics.CategoricalAccuracy(name="val_accuracy"),
        ],
    )
    return evaluator


def trained_variables(task: keras.Model, network: keras.Model) -> list:
    """All variables that training changes: the network's (random states too), the optimizer's."""
    return [*network.variables, *task.optimizer.variables]


def class_weights(config: TrainConfig, labels: np.ndarray, classes: int) -> np.ndarray | None:
    """One weight a class, 1 on average over the pictures; None where all count alike."""
    if config.class_weight == "none":
        return None
    counts = np.bincount(labels, minlength=classes)
    return len(labels) / (classes * np.maximum(counts, 1))


def save_network(network: keras.Model, config: TrainConfig, class_names, path: Path) -> None:
    """Write a network as a float32 `.keras` file, whatever precision it is trained in."""
    if config.precision != "float32":
        keras.config.set_dtype_policy("float32")
        with distribute.alone():
            plain = build(replace(config, init_from=""), class_names)
        keras.config.set_dtype_policy(config.precision)
        plain.set_weights(network.get_weights())
        network = plain
    with atomic_path(path) as temporary:
        network.save(temporary)
