"""BatchNorm runs on the fused kernel and computes what Keras' own layer does."""

import keras
import numpy as np
import pytest
from keras import ops

from rcnet_tf.layers import BatchNorm

tf = pytest.importorskip("tensorflow")
on_tensorflow = pytest.mark.skipif(
    keras.config.backend() != "tensorflow", reason="the fused kernel is TensorFlow's"
)
SHAPE = (4, 5, 6, 8)  # 120 values a channel


def images(seed=0, shape=SHAPE):
    return np.random.default_rng(seed).normal(1.0, 2.0, shape).astype(np.float32)


def randomised(layer, seed=1):
    """Build the layer and move its weights away from ones and zeros."""
    layer.build(SHAPE)
    draw = np.random.default_rng(seed)
    layer.set_weights([draw.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return layer


def array(tensor):
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))


def operations(layer, x, training):
    """Names of the TensorFlow operations that a call is made of."""
    graph = tf.function(lambda t: layer(t, training=training)).get_concrete_function(tf.constant(x))
    return {operation.type for operation in graph.graph.get_operations()}


@on_tensorflow
@pytest.mark.parametrize("training", [True, False])
def test_runs_the_fused_kernel_and_keras_own_does_not(training):
    fused = "FusedBatchNormV3"
    assert fused in operations(randomised(BatchNorm()), images(), training)
    assert fused not in operations(
        randomised(keras.layers.BatchNormalization()), images(), training
    )


@on_tensorflow
def test_the_epsilon_of_densenet_and_resnet_is_on_the_fused_kernel():
    layer = randomised(BatchNorm(epsilon=1.001e-5))
    assert "FusedBatchNormV3" in operations(layer, images(), training=True)


@pytest.mark.parametrize("shape", [SHAPE, (1, 5, 6, 8), (4, 1, 1, 8)])
def test_training_equals_the_oracle(shape):
    layer, x = randomised(BatchNorm(epsilon=2e-3)), images(shape=shape)
    gamma, beta, _, _ = layer.get_weights()
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    expected = (x - mean) / np.sqrt(variance + 2e-3) * gamma + beta
    np.testing.assert_allclose(layer(x, training=True), expected, rtol=1e-4, atol=1e-5)


@on_tensorflow
@pytest.mark.parametrize("shape", [SHAPE, (4, 1, 1, 8)])
def test_moving_statistics_follow_the_unbiased_batch(shape):
    layer, x = randomised(BatchNorm(momentum=0.9)), images(shape=shape)
    _, _, mean, variance = layer.get_weights()
    layer(x, training=True)
    new_mean = 0.9 * mean + 0.1 * x.mean((0, 1, 2))
    new_variance = 0.9 * variance + 0.1 * x.var((0, 1, 2), ddof=1)
    np.testing.assert_allclose(layer.moving_mean, new_mean, rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, new_variance, rtol=1e-5)


def test_a_single_value_a_channel_leaves_the_statistics_finite():
    layer = randomised(BatchNorm())
    _, beta, _, _ = layer.get_weights()
    outputs = layer(images(shape=(1, 1, 1, 8)), training=True)
    np.testing.assert_allclose(array(outputs)[0, 0, 0], beta, atol=1e-5)
    assert np.isfinite(layer.get_weights()).all()


@on_tensorflow
@pytest.mark.parametrize("settings", [{}, {"scale": False}, {"center": False}])
@pytest.mark.parametrize("mode", ["training", "inference", "frozen"])
def test_outputs_and_gradients_are_those_of_keras(settings, mode):
    x, weight = tf.constant(images()), images(seed=2)
    results = []
    for kind in (BatchNorm, keras.layers.BatchNormalization):
        layer = randomised(kind(**settings))
        sources = [x, *(w.value for w in layer.trainable_weights)]
        layer.trainable = mode != "frozen"
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, training=mode != "inference")
            loss = tf.reduce_sum(outputs * weight)
        results.append([outputs, *tape.gradient(loss, sources)])
    for ours, keras_own in zip(*results, strict=True):
        np.testing.assert_allclose(ours, keras_own, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "policy", ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"]
)
@pytest.mark.parametrize("training", [True, False])
def test_runs_under_every_policy(policy, training):
    ours, keras_own = (
        randomised(kind(dtype=policy)) for kind in (BatchNorm, keras.layers.BatchNormalization)
    )
    outputs, expected = (layer(images(), training=training) for layer in (ours, keras_own))
    assert outputs.dtype == expected.dtype
    coarse = 2**-6 if "bfloat16" in policy else 2**-9
    np.testing.assert_allclose(array(outputs), array(expected), rtol=coarse, atol=coarse)
    for name in ("moving_mean", "moving_variance"):
        new, reference = getattr(ours, name), getattr(keras_own, name)
        assert new.dtype == reference.dtype
        # n / (n - 1) apart in the batch's hundredth of the variance.
        np.testing.assert_allclose(array(new.value), array(reference.value), rtol=max(coarse, 1e-3))


def test_statistics_of_a_16_bit_layer_are_kept_in_float32():
    layer = randomised(BatchNorm(dtype="mixed_float16", momentum=0.9999))
    _, _, before, _ = layer.get_weights()
    layer(images(), training=True)
    moved = np.abs(layer.get_weights()[2] - before)
    assert (moved < 2**-11).all() and (moved > 0).all()  # float16 would have rounded this away


@pytest.mark.parametrize("frozen", [True, False])
def test_inference_and_frozen_layers_use_the_moving_statistics(frozen):
    layer, x = randomised(BatchNorm()), images()
    layer.trainable = not frozen
    before = layer.get_weights()
    gamma, beta, mean, variance = before
    expected = (x - mean) / np.sqrt(variance + layer.epsilon) * gamma + beta
    np.testing.assert_allclose(layer(x, training=frozen), expected, rtol=1e-4, atol=1e-5)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("settings", [{"epsilon": 1e-6}, {"axis": 1}])
def test_outside_the_reach_of_the_kernel_keras_own_code_trains(settings):
    x = images(shape=(4, 8, 8, 8))
    ours, keras_own = BatchNorm(**settings), keras.layers.BatchNormalization(**settings)
    np.testing.assert_array_equal(ours(x, training=True), keras_own(x, training=True))
    np.testing.assert_array_equal(ours.moving_variance, keras_own.moving_variance)


def test_weights_move_to_and_from_keras_own_layer():
    ours, keras_own = randomised(BatchNorm()), randomised(keras.layers.BatchNormalization(), seed=3)
    assert [w.name for w in ours.weights] == [w.name for w in keras_own.weights]
    keras_own.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(images()), keras_own(images()), rtol=1e-4, atol=1e-5)


def test_safe_mode_loads_a_trained_layer_that_trains_on(tmp_path):
    model = keras.Sequential([keras.Input(SHAPE[1:]), BatchNorm(momentum=0.8)])
    model(images(), training=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert isinstance(loaded.layers[-1], BatchNorm)
    for network in (model, loaded):
        network(images(seed=4), training=True)
    for ours, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
