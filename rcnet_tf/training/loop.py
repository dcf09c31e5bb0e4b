"""One training run, from its configuration to its best model; resumes where it was interrupted."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from pathlib import Path

import keras

from rcnet_tf.complexity import trainable_parameters
from rcnet_tf.data.augment import Augment
from rcnet_tf.data.stream import steps_per_epoch, training_stream, validation_stream
from rcnet_tf.files import atomic_write
from rcnet_tf.networks import build, check_model
from rcnet_tf.training import checkpoint, distribute, run_folder
from rcnet_tf.training.address import Address
from rcnet_tf.training.callbacks import EndOfEpoch, averaged_weights
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.training.distribute import Team
from rcnet_tf.training.initialise import check_source, initialise
from rcnet_tf.training.materials import Materials, gather
from rcnet_tf.training.result import Result
from rcnet_tf.training.subject import Subject
from rcnet_tf.training.task import (
    class_weights,
    make_evaluator,
    make_task,
    save_network,
    trained_variables,
)


def train(
    config: TrainConfig, out: Path, tensorboard: bool = True, address: Address | None = None
) -> Result:
    """Train a network; or go on with the run in `out`, to the very weights it would have had.

    Writes into `out`: config.json, history.csv, checkpoint.h5, best.keras (best epoch on the
    validation part), final.keras and TensorBoard's logs.

    Args:
        config: the settings.
        out: folder of the run; one that holds a run of the same settings is resumed.
        tensorboard: whether to write TensorBoard logs.
        address: where the processes meet that train together (`--distribute`); None: one process.

    Raises:
        UserError: settings, data or folder cannot be used.
    """
    config.check()
    with distribute.joined(address) as team, contextlib.ExitStack() as held:
        return _train(config, Path(out), tensorboard, team, held)


def _train(
    config: TrainConfig, out: Path, tensorboard: bool, team: Team, held: contextlib.ExitStack
) -> Result:
    _make_deterministic()
    with team.together():
        if team.leads:
            run_folder.check(out, config)
        check_model(config)
        check_source(config)
        if config.qat:
            from rcnet_tf.training import qat  # and with it the tools of conversion

            qat.check(config)
        shard = team.shard(config.batch)
        given = gather(config)
    team.agree(f"{config.to_json()} {given.identity}", "other settings, pictures or teacher")

    keras.utils.set_random_seed(config.seed)
    keras.config.set_dtype_policy(config.precision)
    with team.together():
        network = build(config, given.class_names)
        initialise(network, config)
    steps = steps_per_epoch(len(given.labels), config.batch)
    subject = qat.Quantised(network, given) if config.qat else Subject(network)
    task = make_task(config, subject.student, given, steps)
    variables = trained_variables(task, subject.trained)

    state, arrays = None, []
    with team.together():
        if team.leads:
            state, arrays = checkpoint.load(out / "checkpoint.h5", variables, given.identity)
            held.enter_context(run_folder.claimed(out, config, given.pictures))
    state, arrays = team.share(state, arrays, variables)
    distribute.assign(variables[: len(arrays)], arrays)
    first_epoch, history = (state["epochs_done"], state["history"]) if state else (0, [])
    if team.leads:
        _say(config, network, given, steps, out, first_epoch)

    def save(name: str) -> None:
        subject.give_back()
        save_network(network, config, given.class_names, out / name)

    def save_best() -> None:
        save("best.keras")
        for name, content in subject.files().items():
            atomic_write(out / name, content)

    if first_epoch < config.epochs:
        callbacks = [
            *subject.callbacks(),
            EndOfEpoch(
                out if team.leads else None,
                variables,
                _validation(config, subject, given, team),
                save_best,
                config.epochs,
                config.validate_every,
                history,
                given.identity,
            ),
        ]
        if tensorboard and team.leads:
            callbacks += _tensorboard(out)
        stream = training_stream(
            given.pixels,
            given.labels,
            len(given.class_names),
            Augment(config.augment, config.seed, config.mixup, config.cutmix),
            config.batch,
            config.seed,
            first_epoch,
            class_weights(config, given.labels, len(given.class_names)),
            given.teacher_logits,
            shard,
            config.views,
        )
        task.fit(
            stream,
            steps_per_epoch=steps,
            initial_epoch=first_epoch,
            epochs=config.epochs,
            callbacks=callbacks,
            shuffle=False,
            verbose=0 if not team.leads else 1 if sys.stderr.isatty() else 2,
        )
    if team.leads:
        with averaged_weights(task):
            save("final.keras")
    best = max(row.get("val_accuracy", -1.0) for row in history)
    return Result(out / "best.keras", best, history)


def _make_deterministic() -> None:
    """The same seed gives the same weights: a resumed run ends like an uninterrupted one."""
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        # Costs nothing on a CPU. Keras leaves XLA alone then, which on a CPU would be ruinous.
        tf.config.experimental.enable_op_determinism()


def _validation(config: TrainConfig, subject: Subject, given: Materials, team: Team):
    """A function that measures what trains on the validation part."""
    evaluator = make_evaluator(subject.student, config.input_size)
    # Divisible among all devices; large, since nothing is remembered for gradients.
    batch = max(config.batch, 32 // team.devices * team.devices)
    steps = -(-len(given.val_labels) // batch)

    def validate() -> dict:
        stream = validation_stream(
            given.val_pixels,
            given.val_labels,
            len(given.class_names),
            batch,
            team.rank,
            team.size,
        )
        measured = evaluator.evaluate(stream, steps=steps, verbose=0, return_dict=True)
        return {name: float(measured[name]) for name in ("val_loss", "val_accuracy")}

    return validate


def _tensorboard(out: Path) -> list[keras.callbacks.Callback]:
    if missing := [
        name for name in ("tensorboard", "tensorflow") if not importlib.util.find_spec(name)
    ]:
        print(
            f"no TensorBoard logs: {missing[0]} is not installed (pip install {missing[0]}, or "
            "--no-tensorboard to train without this line)",
            file=sys.stderr,
        )
        return []
    return [keras.callbacks.TensorBoard(out / "tensorboard", write_graph=False)]


def _say(config, network, given, steps, out, first_epoch) -> None:
    print(
        f"{network.name}, {trainable_parameters(network):,} trainable parameters: "
        f"{len(given.labels)} pictures of "
        f"{len(given.class_names)} classes to train on, {len(given.val_labels)} to validate, "
        f"{steps} step{'s' * (steps != 1)} an epoch, the first of which takes longest",
        file=sys.stderr,
    )
    if first_epoch:
        print(f"resuming {out} after epoch {first_epoch} of {config.epochs}", file=sys.stderr)
