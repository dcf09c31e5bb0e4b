"""The optimizer of a training: SGD or AdamW with the settings' schedule, decay and average."""

from __future__ import annotations

import keras

from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.fused_optimizers import SGD, AdamW
from rcnet_tf.training.schedule import Schedule

# The paper's "reduced by a factor of 10 every 90 cycles".
DROP_EVERY_EPOCHS = 90


def make_optimizer(config: TrainConfig, steps: int) -> keras.optimizers.Optimizer:
    """Keras' SGD or AdamW.

    Args:
        config: the settings.
        steps: steps an epoch.
    """
    kind = AdamW if config.optimizer == "adamw" else SGD
    return kind(**optimizer_settings(config, steps))


def optimizer_settings(config: TrainConfig, steps: int) -> dict:
    """Arguments of Keras' SGD or AdamW, whichever Keras it is; the learning rate is a `Schedule`.

    Args:
        config: the settings.
        steps: steps an epoch.
    """
    rate = Schedule(
        config.schedule,
        config.learning_rate,
        steps * config.epochs,
        int(config.warmup_epochs * steps),
        DROP_EVERY_EPOCHS * steps,
    )
    settings = dict(
        learning_rate=rate,
        weight_decay=config.weight_decay,
        global_clipnorm=config.clip_norm or None,
        use_ema=config.ema > 0,
        ema_momentum=ema_decay(config, steps),
    )
    if config.optimizer == "sgd":
        # The paper's decay is PyTorch's, an L2 term that momentum multiplies by 1 / (1 - momentum);
        # Keras' is not multiplied.
        settings["weight_decay"] = config.weight_decay / (1 - config.momentum) or None
        settings["momentum"] = config.momentum
    return settings


def ema_decay(config: TrainConfig, steps: int) -> float:
    """The decay of the moving average: `config.ema`, less in runs that are short for it.

    With 0.998 a run of 300 steps on few pictures would end half where it began. An average over a
    quarter of the run, at most, leaves the first weights a share of exp(-4).

    Args:
        config: the settings.
        steps: steps an epoch.
    """
    return min(config.ema, max(0.0, 1 - 4 / (steps * config.epochs)))
