"""The fused optimizers take Keras' own steps."""

import keras
import numpy as np
import pytest
from keras import ops

from rcnet_tf.training import fused_optimizers
from rcnet_tf.training.schedule import Schedule

tf = pytest.importorskip("tensorflow")
on_tensorflow = pytest.mark.skipif(
    keras.config.backend() != "tensorflow", reason="the fused kernels are TensorFlow's"
)
STEPS = 12
KERNELS = {"SGD": "ResourceApplyKerasMomentum", "AdamW": "ResourceApplyAdam"}
SETTINGS = {
    "SGD": {"momentum": 0.9, "weight_decay": 0.01},
    "SGD, nesterov": {"momentum": 0.9, "nesterov": True},
    "SGD, no momentum": {"momentum": 0.0},
    "SGD, averaged": {"momentum": 0.9, "use_ema": True, "ema_momentum": 0.8},
    "AdamW": {"weight_decay": 0.01},
    "AdamW, clipped and averaged": {
        "weight_decay": 0.01,
        "global_clipnorm": 0.5,
        "use_ema": True,
        "ema_momentum": 0.8,
    },
    "AdamW, amsgrad": {"amsgrad": True},
}


def variables():
    draw = np.random.default_rng(0)
    shapes = {"kernel": (3, 4), "bias": (4,)}
    return [keras.Variable(draw.normal(size=shapes[name]), name=name) for name in shapes]


def gradients(step):
    draw = np.random.default_rng(step + 1)
    return [ops.convert_to_tensor(draw.normal(size=s), "float32") for s in ((3, 4), (4,))]


def schedule():
    return Schedule("cosine", 0.1, STEPS, 3, STEPS)


@pytest.mark.parametrize("what", SETTINGS)
def test_steps_are_those_of_keras(what):
    name = what.split(",")[0]
    ours, theirs = variables(), variables()
    own = getattr(fused_optimizers, name)(schedule(), **SETTINGS[what])
    plain = getattr(keras.optimizers, name)(schedule(), **SETTINGS[what])
    for step in range(STEPS):
        own.apply(gradients(step), ours)
        plain.apply(gradients(step), theirs)
    assert [one.path for one in own.variables] == [
        other.path.replace(plain.name, own.name) for other in plain.variables
    ]
    for one, other in zip([*ours, *own.variables], [*theirs, *plain.variables], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6, err_msg=other.path)


@on_tensorflow
@pytest.mark.parametrize("name", KERNELS)
def test_a_variable_is_one_kernel(name):
    own = getattr(fused_optimizers, name)(schedule(), **SETTINGS[name])
    weights = variables()
    own.build(weights)
    graph = tf.function(lambda: own.apply(gradients(0), weights)).get_concrete_function().graph
    kinds = [operation.type for operation in graph.get_operations()]
    assert kinds.count(KERNELS[name]) == len(weights)
    assert own.__dict__.get("_powers") is None, "a tensor of the graph is left behind"
