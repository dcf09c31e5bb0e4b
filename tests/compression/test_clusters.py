"""Levelled channels, clusters and pruned weights, before any training."""

import pytest

SCRIPT = """
import json
import numpy as np
from narrow_model import patches
from short_network import short_network
from rcnet_tf.compression import clusters, held, sparse, twin
from rcnet_tf.model import logits_model
from rcnet_tf.preprocess import preprocess_input

images = preprocess_input(patches(4))
network = logits_model(short_network())
level = twin.build(network)
before = np.asarray(level(images))
clusters.level(level)
convolutions = [one for one in level.layers if sparse.is_large(one)]
largest = [np.abs(one.kernel.numpy()).max(axis=(0, 1, 2)) for one in convolutions[:-1]]
gammas = [level.get_layer(one.name + "_bn").gamma.numpy().min() for one in convolutions[:-1]]
said = {
    "names": [one.name for one in convolutions],
    "level": float(np.abs(np.asarray(level(images)) - before).max()),
    "largest": [float(abs(one - 1).max()) for one in largest],
    "gamma": float(min(gammas)),
}
model = clusters.cluster(twin.build(network), 8, keep_zeros=False)
model(images)
values = twin.weights(model)
said["values"] = {one: len(np.unique(values[one]["kernel"])) for one in said["names"]}
depthwise = values["stage1_block1_dw1"]["depthwise_kernel"]
said["depthwise"] = len(np.unique(depthwise)) == depthwise.size

# A sparse network stays sparse under clusters.
kernel = level.get_layer("stage1_block2_expand")
thin = kernel.kernel.numpy() * (np.arange(kernel.kernel.shape[-1]) % 2)
kernel.kernel.assign(thin)
kept = clusters.cluster(level, 8, keep_zeros=True)
kept(images)
found = twin.weights(kept)["stage1_block2_expand"]["kernel"]
said["zeros"] = [float(np.mean(thin == 0)), float(np.mean(found[thin == 0] == 0))]

# What a later training moves, is put back.
later = twin.build(network)
few, zeros = (later.get_layer(f"stage1_block2_{one}").kernel for one in ("reduce", "expand"))
few.assign(np.round(few.numpy()))
zeros.assign(zeros.numpy() * (np.arange(zeros.shape[-1]) % 2))
values = len(np.unique(few.numpy()))
guard = held.Held(later)
for kernel in (few, zeros):
    kernel.assign(kernel + np.random.default_rng(0).normal(0.1, 0.1, kernel.shape))
moved = few.numpy(), zeros.numpy()
guard.on_train_batch_end(0)
said["held"] = [
    len(np.unique(few.numpy())) == values > 1,
    float(np.mean(zeros.numpy() == 0)),
    bool((zeros.numpy()[..., 1::2] == moved[1][..., 1::2]).all()),
    float(abs(moved[0].mean() - few.numpy().mean())),
]
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(elsewhere):
    return elsewhere(SCRIPT)


def test_levelling_changes_weights_and_not_the_network(said):
    assert said["level"] < 1e-5
    assert max(said["largest"]) < 1e-6
    assert said["gamma"] > 0


def test_clusters_pointwise_and_dense_kernels_alone(said):
    assert said["names"] == [
        "stage1_block1_reduce",
        "stage1_block1_expand",
        "stage1_block2_reduce",
        "stage1_block2_expand",
        "stage2_block1_reduce",
        "stage2_block1_expand",
        "conv5",
        "logits",
    ]
    assert all(1 < count <= 8 for count in said["values"].values())
    assert said["depthwise"] is True


def test_zeros_stay_zeros(said):
    share, kept = said["zeros"]
    assert share >= 0.5 and kept == 1.0


def test_zeros_and_clusters_survive_later_training(said):
    clusters, zeros, others, drift = said["held"]
    assert clusters is True and zeros == 0.5 and others is True
    assert drift < 0.2, "clusters follow the mean of their members; the one of zeros stays"
