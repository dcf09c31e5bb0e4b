"""Batches for `fit`: a pure function of (pictures, seed, step).

Training reads one long stream that starts at the epoch to resume from. On the TensorFlow backend it
is a tf.data pipeline that gathers and augments ahead of the training step; elsewhere (JAX on an
accelerator, where TensorFlow may not even be installed) a generator of the same batches.
"""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
from keras import ops

from rcnet_tf.data.augment import Augment


def steps_per_epoch(pictures: int, batch: int) -> int:
    """Number of batches an epoch; the remainder that does not fill a batch waits for the next."""
    return max(1, pictures // batch)


def batch_indices(pictures: int, batch: int, seed: int, first_epoch: int) -> Iterator:
    """Yield (step, indices (batch,)) without end, every epoch a new permutation."""
    steps = steps_per_epoch(pictures, batch)
    epoch = first_epoch
    while True:
        order = np.random.Generator(np.random.PCG64([seed, epoch])).permutation(pictures)
        # A set smaller than a batch is used several times, so that batches have one shape.
        order = np.resize(order, steps * batch).astype(np.int64)
        for index in range(steps):
            yield epoch * steps + index, order[index * batch : (index + 1) * batch]
        epoch += 1


def training_stream(
    pixels: np.ndarray,
    labels: np.ndarray,
    classes: int,
    augment: Augment,
    batch: int,
    seed: int,
    first_epoch: int = 0,
    class_weights: np.ndarray | None = None,
    shard: slice = slice(None),
):
    """Endless augmented batches, from the first step of `first_epoch` on.

    Args:
        pixels: uint8 (N, S, S, 3), may be memory-mapped.
        labels: int (N,).
        classes: number of classes.
        augment: called with every batch.
        batch: pictures a batch.
        seed: decides the order.
        first_epoch: epoch to begin with, 0 for a fresh run.
        class_weights: (classes,) weights of the losses, or None: all pictures count alike.
        shard: the part of every batch that this process trains on (`--distribute`).

    Returns:
        An iterable of `(images, targets)`: float32 (batch, S, S, 3) in [0, 255] and one-hot float32
        (batch, classes), softened where the augmentation mixes pictures; with class weights a third
        item, the weight of each picture, (batch,).
    """
    one_hot = np.eye(classes, dtype=np.float32)

    def indices():
        return batch_indices(len(labels), batch, seed, first_epoch)

    def gather(chosen):
        return pixels[chosen], one_hot[labels[chosen]]

    def finish(images, targets):
        # Mixed pictures need the whole batch first: every process augments it and keeps its part.
        images, targets = images[shard], targets[shard]
        if class_weights is None:
            return images, targets
        return images, targets, ops.matmul(targets, class_weights.astype(np.float32))

    if keras.config.backend() != "tensorflow":
        return (finish(*augment(step, *gather(chosen))) for step, chosen in indices())

    import tensorflow as tf

    side = pixels.shape[1]

    def load(step, chosen):
        images, targets = tf.numpy_function(gather, [chosen], (tf.uint8, tf.float32))
        images = tf.ensure_shape(images, (batch, side, side, 3))
        return step, images, tf.ensure_shape(targets, (batch, classes))

    dataset = tf.data.Dataset.from_generator(
        indices,
        output_signature=(tf.TensorSpec((), tf.int64), tf.TensorSpec((batch,), tf.int64)),
    )
    # Order is fixed by `deterministic`; the work on several batches runs side by side all the same.
    dataset = dataset.map(load, num_parallel_calls=2, deterministic=True)
    dataset = dataset.map(augment, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return dataset.map(finish).prefetch(4)
