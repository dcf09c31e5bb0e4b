"""Batches for `fit`: a pure function of (pictures, seed, step).

Training reads one long stream that starts at the epoch to resume from. On the TensorFlow backend it
is a tf.data pipeline that gathers and augments ahead of the training step; elsewhere (JAX on an
accelerator, where TensorFlow may not even be installed) a generator of the same batches.
"""

from __future__ import annotations

import functools
import warnings

import keras
import numpy as np
from keras import ops

from rcnet_tf.data.augment import Augment


def steps_per_epoch(pictures: int, batch: int) -> int:
    """Number of batches an epoch; the remainder that does not fill a batch waits for the next.

    Example:
        >>> steps_per_epoch(pictures=1764, batch=16)
        110
    """
    return max(1, pictures // batch)


class BatchOrder:
    """Which pictures a batch holds: every epoch a new permutation, a pure function of the step.

    Args:
        pictures: number of pictures.
        batch: pictures a batch.
        seed: decides the order.
    """

    def __init__(self, pictures: int, batch: int, seed: int):
        self.pictures, self.batch, self.seed = pictures, batch, seed
        self.steps = steps_per_epoch(pictures, batch)
        # Batches are asked for in nearly their order: two epochs at most are under way.
        self._epoch = functools.lru_cache(maxsize=2)(self._permutation)

    def __call__(self, step: int) -> np.ndarray:
        """Indices of a step's pictures, (batch,)."""
        epoch, index = divmod(int(step), self.steps)
        return self._epoch(epoch)[index * self.batch : (index + 1) * self.batch]

    def _permutation(self, epoch: int) -> np.ndarray:
        order = np.random.Generator(np.random.PCG64([self.seed, epoch])).permutation(self.pictures)
        # A set smaller than a batch is used several times, so that batches have one shape.
        return np.resize(order, self.steps * self.batch).astype(np.int64)


def training_stream(
    pixels: np.ndarray,
    labels: np.ndarray,
    classes: int,
    augment: Augment,
    batch: int,
    seed: int,
    first_epoch: int = 0,
    class_weights: np.ndarray | None = None,
    teacher_logits: np.ndarray | None = None,
    shard: slice = slice(None),
    views: int = 0,
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
        teacher_logits: what a teacher said: (N, classes) of the pictures as they are, for an
            `augment` that changes nothing; or, with views, (views * steps, batch, classes) of every
            batch.
        shard: the part of every batch that this process trains on (`--distribute`).
        views: epochs after which the stream repeats itself; 0: never.

    Returns:
        An iterable of `(images, targets)`: float32 (batch, S, S, 3) in [0, 255] and one-hot float32
        (batch, classes), softened where the augmentation mixes pictures; with class weights a third
        item, the weight of each picture, (batch,). With a teacher's logits the images are a pair,
        `(images, logits)`.

    Example:
        >>> pixels, labels = np.zeros((20, 64, 64, 3), np.uint8), np.arange(20) % 6
        >>> stream = training_stream(pixels, labels, 6, Augment("none"), batch=8, seed=0)
        >>> images, targets = next(iter(stream))
        >>> ops.shape(images), ops.shape(targets)
        ((8, 64, 64, 3), (8, 6))
    """
    one_hot = np.eye(classes, dtype=np.float32)
    order = BatchOrder(len(labels), batch, seed)

    period = views * order.steps or np.iinfo(np.int64).max

    def gather(step):
        chosen = order(step % period)
        arrays = pixels[chosen], one_hot[labels[chosen]]
        if teacher_logits is None:
            return arrays
        return *arrays, teacher_logits[step % period if views else chosen]

    def finish(step, images, targets, *logits):
        # Mixed pictures need the whole batch first: every process augments it and keeps its part.
        images, targets = augment(step % period if views else step, images, targets)
        images, targets = images[shard], targets[shard]
        inputs = (images, logits[0][shard]) if logits else images
        if class_weights is None:
            return inputs, targets
        return inputs, targets, ops.matmul(targets, class_weights.astype(np.float32))

    side = pixels.shape[1]
    shapes = [(batch, side, side, 3), (batch, classes), (batch, classes)]
    count = 2 if teacher_logits is None else 3
    first_step = first_epoch * order.steps
    return _pipeline(gather, finish, shapes[:count], first_step, np.iinfo(np.int64).max)


def validation_stream(
    pixels: np.ndarray, labels: np.ndarray, classes: int, batch: int, part: int = 0, parts: int = 1
):
    """All pictures once, in order, as they are.

    Args:
        pixels: uint8 (N, S, S, 3), may be memory-mapped.
        labels: int (N,).
        classes: number of classes.
        batch: pictures a batch.
        part: which part of every batch is wanted, 0 to parts - 1 (`--distribute`).
        parts: into how many parts a batch is cut; a divisor of `batch`.

    Returns:
        A finite iterable of `(images, targets, weights)`: float32 (batch / parts, S, S, 3) in
        [0, 255], one-hot float32 (batch / parts, classes), and 1 for a picture, 0 for what fills up
        the last batch, (batch / parts,).
    """
    one_hot = np.eye(classes, dtype=np.float32)
    share = batch // parts

    def gather(step):
        wanted = int(step) * batch + part * share + np.arange(share)
        chosen = np.minimum(wanted, len(labels) - 1)
        return pixels[chosen], one_hot[labels[chosen]], (wanted < len(labels)).astype(np.float32)

    def finish(step, images, targets, weights):
        return ops.cast(images, "float32"), targets, weights

    side = pixels.shape[1]
    shapes = [(share, side, side, 3), (share, classes), (share,)]
    return _pipeline(gather, finish, shapes, 0, -(-len(labels) // batch))


def _pipeline(gather, finish, shapes, first_step, end_step):
    """Iterate over `finish(step, *gather(step))`.

    Args:
        gather: pure function of a step, in NumPy: the pictures as uint8, the rest float32.
        finish: the same from there, in `keras.ops`.
        shapes: of what `gather` returns.
        first_step: the first step.
        end_step: the one after the last.
    """
    if keras.config.backend() != "tensorflow":
        if keras.config.backend() == "jax":
            import jax

            # Op by op, augmenting small pictures would take longer than training on them.
            finish = jax.jit(finish)
            # Keras' layers ask for 64 bits, for indices that fit into 32.
            warnings.filterwarnings("ignore", "Explicitly requested dtype int64", UserWarning)
        return (finish(np.int32(step), *gather(step)) for step in range(first_step, end_step))

    import tensorflow as tf

    types = [tf.uint8] + [tf.float32] * (len(shapes) - 1)

    def load(step):
        # `stateful=False`: pure, so that op determinism does not take the parallelism from the
        # whole pipeline, as it does where a function might read what another one writes.
        arrays = tf.numpy_function(gather, [step], types, stateful=False)
        return step, *map(tf.ensure_shape, arrays, shapes)

    # Order is fixed by `deterministic`; the work on several batches runs side by side all the same.
    dataset = tf.data.Dataset.range(first_step, end_step)
    dataset = dataset.map(load, num_parallel_calls=2, deterministic=True)
    dataset = dataset.map(finish, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return dataset.prefetch(4)
