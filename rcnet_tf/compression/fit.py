"""The training of a wrapped twin: as `rcnet_tf.training.loop` trains, with tf_keras.

The same stream of pictures, optimizer, schedule, validation, history and checkpoints; what differs
is that tf_keras calls things by other names.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tf_keras

from rcnet_tf.data.augment import Augment
from rcnet_tf.data.stream import steps_per_epoch, training_stream
from rcnet_tf.errors import UserError
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.training import checkpoint
from rcnet_tf.training.callbacks import check_loss, write_history
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.materials import Materials
from rcnet_tf.training.optimizer import optimizer_settings
from rcnet_tf.training.schedule import Schedule
from rcnet_tf.training.task import class_weights

CHECKPOINT = "checkpoint.h5"
BEST_STATE = "best.h5"
_BATCH = 32


@dataclass(frozen=True)
class Run:
    """What is trained, on what, and where it is written.

    Attributes:
        model: (None, S, S, 3), pixel / 128 - 1, -> (None, classes) logits.
        callbacks: that the optimisation needs, to be called before an epoch is judged.
        ready: step before whose end no epoch can be the best: the target is not reached yet.
        config: the settings.
        given: the pictures.
        out: folder of the run.
        hold: called where weights have been averaged, to keep them what the callbacks keep them.
        start_counts: whether the start is a result too, which an epoch has to beat.
    """

    model: tf_keras.Model
    callbacks: list
    ready: int
    config: TrainConfig
    given: Materials
    out: Path
    hold: Callable[[], None] = lambda: None
    start_counts: bool = False

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return steps_per_epoch(len(self.given.labels), self.config.batch)


def fit(run: Run, save_best: Callable[[], None]) -> tuple[float, list[dict]]:
    """Train, or go on where the folder's checkpoint ends; the best state is in the model after.

    Args:
        run: what and where.
        save_best: called with the best weights so far in the model.

    Returns:
        Validation accuracy of the best state, 0 to 1, and the history: a row for every epoch.

    Raises:
        UserError: a checkpoint of something else, or training that diverged.
    """
    config, model = run.config, run.model
    model.compile(
        optimizer=_optimizer(config, run.steps),
        loss=tf_keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=config.label_smoothing
        ),
        metrics=[tf_keras.metrics.CategoricalAccuracy("accuracy")],  # see `training.task`
    )
    model.optimizer.build(model.trainable_variables)
    variables = [_Named(one) for one in _unique([*model.variables, *model.optimizer.variables])]
    state, arrays = checkpoint.load(run.out / CHECKPOINT, variables, run.given.identity)
    for variable, array in zip(variables, arrays, strict=state is not None):
        variable.variable.assign(array)
    done, history = (state["epochs_done"], state["history"]) if state else (0, [])
    epochs = _EndOfEpoch(run, variables, history, save_best)
    if state:
        epochs.start = state.get("start", -1.0)
        print(f"resuming {run.out} after epoch {done} of {config.epochs}", file=sys.stderr)
    elif run.start_counts:
        epochs.judge_start()
    if done < config.epochs:
        model.fit(
            _stream(run, done),
            steps_per_epoch=run.steps,
            initial_epoch=done,
            epochs=config.epochs,
            callbacks=[*run.callbacks, epochs],
            shuffle=False,
            verbose=1 if sys.stdout.isatty() else 2,
        )
    best, arrays = checkpoint.load(run.out / BEST_STATE, variables, run.given.identity)
    if best is None:
        raise UserError(f"{run.out / BEST_STATE} is missing; choose another --out")
    for variable, array in zip(variables, arrays, strict=True):
        variable.variable.assign(array)
    if epochs.best == epochs.start:
        print(
            "no epoch was better than the start, which is the result; a smaller --learning-rate "
            "or more --epochs may help",
            file=sys.stderr,
        )
    return epochs.best, history


def measure(model: tf_keras.Model, pixels: np.ndarray, labels: np.ndarray) -> dict:
    """Cross-entropy and accuracy: {"val_loss": .., "val_accuracy": ..}."""
    logits = np.concatenate(
        [
            model.predict_on_batch(preprocess_input(pixels[start : start + _BATCH]))
            for start in range(0, len(pixels), _BATCH)
        ]
    ).astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    right = logits[np.arange(len(labels)), labels]
    loss = np.mean(np.log(np.exp(logits).sum(axis=1)) - right)
    accuracy = np.mean(logits.argmax(axis=1) == labels)
    return {"val_loss": float(loss), "val_accuracy": float(accuracy)}


class _EndOfEpoch(tf_keras.callbacks.Callback):
    """Validate, keep the best, log, save the checkpoint; in this order, once an epoch."""

    def __init__(self, run: Run, variables: list, history: list[dict], save_best):
        super().__init__()
        self.run, self.state, self.history, self.save_best = run, variables, history, save_best
        self.start = -1.0  # validation accuracy of the start, where it counts

    @property
    def best(self) -> float:
        """Best validation accuracy so far."""
        rows = (row for row in self.history if row["counts"])
        return max(self.start, *(row.get("val_accuracy", -1.0) for row in rows), -1.0)

    def judge_start(self) -> None:
        """Make the state before the first epoch the best so far."""
        given = self.run.given
        self.start = measure(self.run.model, given.val_pixels, given.val_labels)["val_accuracy"]
        print(f"before the first epoch: {100 * self.start:.2f} % of the validation part")
        self._keep({"epochs_done": 0, "history": []})

    def _keep(self, state: dict) -> None:
        state = {**state, "start": self.start, "data": self.run.given.identity}
        checkpoint.save(self.run.out / BEST_STATE, self.state, state)
        self.save_best()

    def on_epoch_end(self, epoch, logs=None):
        config, out = self.run.config, self.run.out
        logs = {} if logs is None else logs
        row = {name: float(value) for name, value in logs.items()}
        check_loss(epoch, row)
        row["backend"] = "tensorflow"
        row["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
        last = epoch + 1 == config.epochs
        row["epoch"] = epoch + 1
        # Until its sparsity is reached, a network is not what was asked for.
        counts = (epoch + 1) * self.run.steps >= self.run.ready or last
        if (epoch + 1) % config.validate_every == 0 or last:
            with _averaged_weights(self.model):
                self.run.hold()
                row |= measure(self.model, self.run.given.val_pixels, self.run.given.val_labels)
                if counts and row["val_accuracy"] > self.best:
                    self._keep({"epochs_done": epoch + 1, "history": [*self.history, row]})
            logs.update({name: row[name] for name in ("val_loss", "val_accuracy")})
        self.history.append({**row, "counts": counts})
        write_history(out / "history.csv", self.history)
        # Last: what the checkpoint calls done is on disk.
        state = {"epochs_done": epoch + 1, "history": self.history, "start": self.start}
        state["data"] = self.run.given.identity
        checkpoint.save(out / CHECKPOINT, self.state, state)


@contextlib.contextmanager
def _averaged_weights(model: tf_keras.Model):
    """As `training.callbacks.averaged_weights`: the optimizer's average, for a block's length."""
    if not model.optimizer.use_ema:
        yield
        return
    averages = model.optimizer._model_variables_moving_average
    raw = [variable.numpy() for variable in model.trainable_variables]
    for variable, average in zip(model.trainable_variables, averages, strict=True):
        variable.assign(average)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, raw, strict=True):
            variable.assign(value)


class _Named:
    """A variable of tf_keras as `checkpoint` takes them."""

    def __init__(self, variable):
        self.variable, self.path = variable, variable.name
        self.shape = tuple(variable.shape)

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.variable.numpy())


def _unique(variables: list) -> list:
    return list({id(variable): variable for variable in variables}.values())


def _stream(run: Run, first_epoch: int):
    config, given = run.config, run.given
    classes = len(given.class_names)
    stream = training_stream(
        given.pixels,
        given.labels,
        classes,
        Augment(config.augment, config.seed, config.mixup, config.cutmix),
        config.batch,
        config.seed,
        first_epoch,
        class_weights(config, given.labels, classes),
    )
    return stream.map(lambda pixels, *rest: (preprocess_input(pixels), *rest))


class _Rate(tf_keras.optimizers.schedules.LearningRateSchedule):
    """`training.schedule.Schedule` as tf_keras' optimizers take it."""

    def __init__(self, schedule: Schedule):
        self.schedule = schedule

    def __call__(self, step):
        return self.schedule(step)

    def get_config(self):
        return self.schedule.get_config()


def _optimizer(config: TrainConfig, steps: int):
    settings = optimizer_settings(config, steps)
    settings["learning_rate"] = _Rate(settings["learning_rate"])
    optimizers = tf_keras.optimizers
    kind = optimizers.AdamW if config.optimizer == "adamw" else optimizers.SGD
    return kind(jit_compile=False, **settings)
