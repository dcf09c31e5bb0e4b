"""What happens at the end of an epoch: validation, the best model, the checkpoint."""

from __future__ import annotations

import contextlib
import csv
import io
import math
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from rcnet_tf.errors import UserError
from rcnet_tf.files import atomic_write
from rcnet_tf.training import checkpoint
from rcnet_tf.training.distribute import assign


@contextlib.contextmanager
def averaged_weights(model: keras.Model):
    """Put the optimizer's moving average in the place of the weights, for the length of a block."""
    # Mixed float16 wraps the optimizer in one that scales the loss.
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not optimizer.use_ema:
        yield
        return
    variables = optimizer._trainable_variables
    # Copies: TensorFlow's tensors share the variables' memory, and JAX gives it to the evaluation.
    raw = [np.array(variable) for variable in variables]
    assign(variables, [np.array(average) for average in optimizer._model_variables_moving_average])
    try:
        yield
    finally:
        assign(variables, raw)


class EndOfEpoch(keras.callbacks.Callback):
    """Validate, keep the best model, log, save the checkpoint; in this order, once an epoch.

    Args:
        folder: of the run; None in a process that writes nothing (`--distribute`).
        variables: all state that training changes.
        validation: measures the current weights: () -> {"val_loss": .., "val_accuracy": ..}.
        save_best: called where the validation accuracy is the best so far.
        epochs: of the whole run.
        validate_every: epochs from one validation to the next.
        history: rows of the epochs done before.
        identity: of the data and the teacher, kept in the checkpoint.
    """

    def __init__(
        self,
        folder: Path | None,
        variables: list,
        validation: Callable[[], dict],
        save_best: Callable[[], None],
        epochs: int,
        validate_every: int,
        history: list[dict],
        identity: str,
    ):
        super().__init__()
        self.folder, self.state_variables, self.validation = folder, variables, validation
        self.save_best, self.epochs = save_best, epochs
        self.validate_every, self.history, self.identity = validate_every, history, identity

    @property
    def best(self) -> float:
        """Best validation accuracy so far."""
        return max((row.get("val_accuracy", -1.0) for row in self.history), default=-1.0)

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        row = {"epoch": epoch + 1, **{name: float(value) for name, value in logs.items()}}
        check_loss(epoch, row)
        row["backend"] = keras.config.backend()  # a run may go on under another
        row["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
        if (epoch + 1) % self.validate_every == 0 or epoch + 1 == self.epochs:
            with averaged_weights(self.model):
                measured = self.validation()
                if measured["val_accuracy"] > self.best and self.folder:
                    self.save_best()
            row.update(measured)
            logs.update(measured)  # for the progress line and TensorBoard
        self.history.append(row)
        if self.folder:
            write_history(self.folder / "history.csv", self.history)
            # Last: what the checkpoint calls done is on disk.
            state = {"epochs_done": epoch + 1, "history": self.history, "data": self.identity}
            checkpoint.save(self.folder / "checkpoint.h5", self.state_variables, state)


def check_loss(epoch: int, row: dict[str, float]) -> None:
    """See that an epoch, counted from 0, has ended with a finite "loss".

    Raises:
        UserError: training diverged.
    """
    if not math.isfinite(row.get("loss", 0.0)):
        raise UserError(
            f"the loss of epoch {epoch + 1} is {row['loss']}: training diverged; start again "
            "with a smaller --learning-rate, --warmup-epochs or --clip-norm, and another --out"
        )


def write_history(path: Path, history: list[dict]) -> None:
    """One CSV line an epoch; empty cells where an epoch was not validated."""
    figures = ["loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"]
    columns = ["epoch", *figures, "backend"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in history:
        writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
    atomic_write(path, text.getvalue())
