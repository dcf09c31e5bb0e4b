"""One training run, from its configuration to its best model; resumes where it was interrupted."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from rcnet_tf.data import cache, load
from rcnet_tf.data.augment import Augment
from rcnet_tf.data.stream import steps_per_epoch, training_stream
from rcnet_tf.distill import Distiller
from rcnet_tf.errors import UserError
from rcnet_tf.files import atomic_path, atomic_write
from rcnet_tf.keras_files import load_model
from rcnet_tf.layers import View
from rcnet_tf.model import logits_model
from rcnet_tf.networks import build
from rcnet_tf.training import checkpoint
from rcnet_tf.training.callbacks import EndOfEpoch, averaged_weights
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.initialise import initialise
from rcnet_tf.training.schedule import Schedule

# The paper's "reduced by a factor of 10 every 90 cycles".
DROP_EVERY_EPOCHS = 90


@dataclass(frozen=True)
class Result:
    """What a run ended with."""

    best_model: Path
    best_accuracy: float  # of the best epoch on the validation part, 0 to 1
    history: list[dict]


def train(config: TrainConfig, out: Path, tensorboard: bool = True) -> Result:
    """Train a network; or go on with the run in `out`, to the very weights it would have had.

    Writes into `out`: config.json, history.csv, checkpoint.h5, best.keras (best epoch on the
    validation part), final.keras and TensorBoard's logs.

    Args:
        config: the settings.
        out: folder of the run; one that holds a run of the same settings is resumed.
        tensorboard: whether to write TensorBoard logs.

    Raises:
        UserError: settings, data or folder cannot be used.
    """
    _claim(out, config)
    keras.utils.set_random_seed(config.seed)
    _make_deterministic()
    splits = load.load(config.data, config.split)
    keras.config.set_dtype_policy(config.precision)
    network = build(config, splits.class_names)
    if config.init_from.endswith(".keras"):
        initialise(network, config.init_from)
    teacher = load_model(config.teacher) if config.teacher else None
    side = max(config.input_size, teacher.input_shape[1] if teacher else 0)

    pixels, labels = cache.arrays(splits.train, side)
    steps = steps_per_epoch(len(labels), config.batch)
    task = _task(config, network, teacher, side)
    task.compile(
        optimizer=_optimizer(config, steps),
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=config.label_smoothing
        ),
        metrics=["accuracy"],
    )
    task.optimizer.build(task.trainable_variables)
    variables = _state(task, network)

    first_epoch, history = 0, []
    if (out / "checkpoint.h5").is_file():
        state = checkpoint.load(out / "checkpoint.h5", variables)
        first_epoch, history = state["epochs_done"], state["history"]
        print(f"resuming {out} after epoch {first_epoch}", file=sys.stderr)

    if first_epoch < config.epochs:
        val_pixels, val_labels = cache.arrays(splits.val, side)
        val_targets = np.eye(len(splits.class_names), dtype=np.float32)[val_labels]

        def validation():
            loss, accuracy = evaluator.evaluate(
                val_pixels, val_targets, batch_size=max(config.batch, 32), verbose=0
            )
            return {"val_loss": float(loss), "val_accuracy": float(accuracy)}

        # Its own loss and metrics, so that validation leaves those of the training epoch alone.
        evaluator = keras.Sequential(
            [keras.Input((side, side, 3)), View(config.input_size), logits_model(network)]
        )
        evaluator.compile(
            loss=keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
        )
        end_of_epoch = EndOfEpoch(
            out,
            variables,
            validation,
            lambda: _save_model(network, config, splits.class_names, out / "best.keras"),
            config.epochs,
            config.validate_every,
            history,
        )
        callbacks = [end_of_epoch]
        if tensorboard:
            callbacks.append(keras.callbacks.TensorBoard(out / "tensorboard", write_graph=False))
        stream = training_stream(
            pixels,
            labels,
            len(splits.class_names),
            Augment(config.augment, config.seed, config.mixup),
            config.batch,
            config.seed,
            first_epoch,
            class_weights=_class_weights(config, labels, len(splits.class_names)),
        )
        task.fit(
            stream,
            steps_per_epoch=steps,
            initial_epoch=first_epoch,
            epochs=config.epochs,
            callbacks=callbacks,
            verbose=1 if sys.stderr.isatty() else 2,
        )
        history = end_of_epoch.history
    with averaged_weights(task):
        _save_model(network, config, splits.class_names, out / "final.keras")
    best = max(row.get("val_accuracy", -1.0) for row in history)
    return Result(out / "best.keras", best, history)


def _claim(out: Path, config: TrainConfig) -> None:
    """Make the run's folder, or see that the one there is the same run's."""
    settings = out / "config.json"
    if not settings.is_file():
        if out.is_dir() and any(out.iterdir()):
            raise UserError(f"{out} holds files but no run; choose another --out")
        atomic_write(settings, config.to_json())
        return
    try:
        there = json.loads(settings.read_text())
    except json.JSONDecodeError:
        raise UserError(f"{settings} is damaged; choose another --out") from None
    if differences := config.differences(there):
        raise UserError(
            f"{out} holds a run with other settings ({'; '.join(differences)}); choose another --out"
        )


def _make_deterministic() -> None:
    """The same seed gives the same weights: a resumed run ends like an uninterrupted one."""
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def _task(config: TrainConfig, network: keras.Model, teacher: keras.Model | None, side: int):
    """What is trained: pictures in [0, 255] -> logits, with the losses that the settings ask for."""
    student = logits_model(network)
    if teacher is None:
        return keras.Sequential([keras.Input((side, side, 3)), View(config.input_size), student])
    try:
        return Distiller(
            student,
            logits_model(teacher),
            student_view=View(config.input_size),
            teacher_view=View(teacher.input_shape[1]),
            temperature=config.temperature,
            alpha=config.alpha,
            t_squared=config.t_squared,
        )
    except ValueError as error:
        raise UserError(f"{config.teacher}: {error}") from None


def _state(task: keras.Model, network: keras.Model) -> list:
    """Every variable that training changes: the network's (its random states too), the optimizer's."""
    return [*network.variables, *task.optimizer.variables]


def _optimizer(config: TrainConfig, steps: int) -> keras.optimizers.Optimizer:
    rate = Schedule(
        config.schedule,
        config.learning_rate,
        steps * config.epochs,
        int(config.warmup_epochs * steps),
        DROP_EVERY_EPOCHS * steps,
    )
    shared = dict(
        learning_rate=rate,
        weight_decay=config.weight_decay or None,
        global_clipnorm=config.clip_norm or None,
        use_ema=config.ema > 0,
        ema_momentum=config.ema or 0.99,
    )
    if config.optimizer == "adamw":
        return keras.optimizers.AdamW(**shared)
    if config.optimizer == "sgd":
        # The paper's decay is PyTorch's, an L2 term that momentum multiplies by 1 / (1 - momentum);
        # Keras' is not multiplied.
        shared["weight_decay"] = config.weight_decay / (1 - config.momentum) or None
        return keras.optimizers.SGD(momentum=config.momentum, **shared)
    raise UserError(f"optimizer {config.optimizer!r}: expected 'sgd' or 'adamw'")


def _class_weights(config: TrainConfig, labels: np.ndarray, classes: int) -> np.ndarray | None:
    """One weight a class, 1 on average over the pictures; None where all count alike."""
    if config.class_weight == "none":
        return None
    if config.class_weight != "balanced":
        raise UserError(f"class weight {config.class_weight!r}: expected 'none' or 'balanced'")
    return len(labels) / (classes * np.bincount(labels, minlength=classes))


def _save_model(network: keras.Model, config: TrainConfig, class_names, path: Path) -> None:
    """Write the network as a float32 `.keras` file, whatever precision it is trained in."""
    if config.precision != "float32":
        keras.config.set_dtype_policy("float32")
        plain = build(replace(config, init_from=""), class_names)
        keras.config.set_dtype_policy(config.precision)
        plain.set_weights(network.get_weights())
        network = plain
    with atomic_path(path) as temporary:
        network.save(temporary)
