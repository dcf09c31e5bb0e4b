import itertools

import keras
import numpy as np
import pytest

from rcnet_tf.data.augment import Augment
from rcnet_tf.data.stream import (
    BatchOrder,
    steps_per_epoch,
    training_stream,
    validation_stream,
)

N, SIDE, CLASSES, BATCH = 21, 16, 3, 4


@pytest.fixture
def pictures():
    """Picture i is all of grey 10 * i: a batch tells which pictures are in it."""
    pixels = (
        np.zeros((N, SIDE, SIDE, 3), np.uint8)
        + np.arange(N, dtype=np.uint8)[:, None, None, None] * 10
    )
    return pixels, np.arange(N) % CLASSES


def take(stream, count):
    return [
        tuple(keras.tree.map_structure(np.asarray, part) for part in batch)
        for batch in itertools.islice(iter(stream), count)
    ]


def stream(pictures, policy="none", seed=1, mixup=0.0, **options):
    return training_stream(*pictures, CLASSES, Augment(policy, seed, mixup), BATCH, seed, **options)


def indices(images):
    return np.rint(images[:, 0, 0, 0] / 10).astype(int)


def test_an_epoch_holds_every_picture_once_but_the_remainder(pictures):
    steps = steps_per_epoch(N, BATCH)
    assert steps == 5
    batches = take(stream(pictures), 2 * steps)
    epochs = [np.concatenate([indices(b[0]) for b in batches[i * steps :][:steps]]) for i in (0, 1)]
    for seen in epochs:
        assert len(set(seen)) == steps * BATCH
    assert list(epochs[0]) != list(epochs[1]), "the order of every epoch is another"
    # What is left out changes: nothing is never seen.
    order = BatchOrder(N, BATCH, 1)
    seen = {index for step in range(20 * steps) for index in order(step)}
    assert seen == set(range(N))


def test_labels_follow_pictures(pictures):
    for images, targets in take(stream(pictures), 5):
        assert images.dtype == targets.dtype == np.float32
        np.testing.assert_array_equal(targets, np.eye(CLASSES)[indices(images) % CLASSES])


def test_a_resumed_stream_goes_on_where_the_first_would(pictures):
    whole = take(stream(pictures, "paper", mixup=0.3), 15)
    late = take(stream(pictures, "paper", mixup=0.3, first_epoch=2), 5)
    for (a, b), (c, d) in zip(whole[10:], late, strict=True):
        np.testing.assert_array_equal(a, c)
        np.testing.assert_array_equal(b, d)


def test_the_seed_decides_the_order(pictures):
    first, again, other = (take(stream(pictures, seed=s), 3) for s in (1, 1, 2))
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a[0], b[0]) for a, b in zip(first, other, strict=True))


def test_shards_of_all_processes_are_the_batch(pictures):
    whole = take(stream(pictures, "paper", mixup=0.3), 3)
    parts = [
        take(stream(pictures, "paper", mixup=0.3, shard=slice(2 * rank, 2 * rank + 2)), 3)
        for rank in (0, 1)
    ]
    for batch, *shards in zip(whole, *parts, strict=True):
        for position in (0, 1):
            joined = np.concatenate([shard[position] for shard in shards])
            np.testing.assert_array_equal(batch[position], joined)


def test_class_weights_follow_mixed_labels(pictures):
    weights = np.array([0.5, 1.0, 3.0])
    for _, targets, weight in take(stream(pictures, mixup=0.5, class_weights=weights), 3):
        np.testing.assert_allclose(weight, targets @ weights, rtol=1e-6)


def test_teacher_logits_follow_pictures(pictures):
    logits = np.random.default_rng(0).normal(size=(N, CLASSES)).astype(np.float32)
    for (images, told), _ in take(stream(pictures, teacher_logits=logits), 5):
        np.testing.assert_array_equal(told, logits[indices(images)])


def test_views_come_again_and_bring_their_logits(pictures):
    steps = N // BATCH
    logits = np.arange(2 * steps * BATCH * CLASSES, dtype=np.float32)
    logits = logits.reshape(2 * steps, BATCH, CLASSES)
    seen = take(stream(pictures, "strong", mixup=0.2, views=2, teacher_logits=logits), 5 * steps)
    for step, ((images, told), labels) in enumerate(seen):
        (first, _), same = seen[step % (2 * steps)]
        np.testing.assert_array_equal(images, first)
        np.testing.assert_array_equal(labels, same)
        np.testing.assert_array_equal(told, logits[step % (2 * steps)])
    endless = take(stream(pictures, "strong", mixup=0.2), 3 * steps)
    np.testing.assert_array_equal(seen[steps][0][0], endless[steps][0])
    assert not np.array_equal(seen[2 * steps][0][0], endless[2 * steps][0])


def test_fewer_pictures_than_a_batch(pictures):
    pixels, labels = pictures
    (images, targets), *_ = take(
        training_stream(pixels[:3], labels[:3], CLASSES, Augment("none"), 8, 0), 1
    )
    assert images.shape == (8, SIDE, SIDE, 3) and targets.shape == (8, CLASSES)
    assert set(indices(images)) == {0, 1, 2}


@pytest.mark.parametrize("parts", [1, 2])
def test_validation_sees_every_picture_once(pictures, parts):
    pixels, labels = pictures
    found = []
    for part in range(parts):
        for images, targets, weights in take(
            validation_stream(pixels, labels, CLASSES, 8, part, parts), 99
        ):
            assert images.shape == (8 // parts, SIDE, SIDE, 3)
            real = weights == 1
            np.testing.assert_array_equal(targets[real].argmax(-1), labels[indices(images[real])])
            assert set(weights) <= {0, 1}
            found += list(indices(images[real]))
    assert sorted(found) == list(range(N))


@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="about tf.data")
def test_op_determinism_leaves_the_pipeline_parallel(pictures):
    # A function with state anywhere in a pipeline would turn all of it sequential.
    import tensorflow as tf

    dataset = stream(pictures, "strong", mixup=0.1)
    graph = tf.compat.v1.GraphDef.FromString(
        dataset._as_serialized_graph().numpy()  # what the runtime's rewriting gets to see
    )
    nodes = [node for function in graph.library.function for node in function.node_def]
    stateful = {n.op for n in nodes if tf.raw_ops.__dict__.get(n.op) and _stateful(n.op)}
    assert stateful == set()
    assert {"PyFuncStateless"} <= {node.op for node in nodes}


def _stateful(op):
    from tensorflow.python.framework import op_def_registry

    return op_def_registry.get(op).is_stateful
