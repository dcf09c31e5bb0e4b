"""What must hold for every layer: one check each, run on all of them."""

import inspect
import json

import keras
import numpy as np
import pytest
from keras import ops

from rcnet_tf.layers import BatchNorm, Classifier, Focus, Pointwise, SimAM, View

# name -> (layer with non-default settings, input shape without batch, largest input)
CASES = {
    "BatchNorm": (lambda **k: BatchNorm(momentum=0.9, epsilon=2e-3, **k), (6, 5, 4), 2.0),
    "Classifier": (lambda **k: Classifier(["a", "b", "c"], **k), (10,), 2.0),
    "Focus": (lambda **k: Focus(5, kernel_regularizer="l2", **k), (8, 6, 3), 1.0),
    "Pointwise": (lambda **k: Pointwise(5, use_bias=False, **k), (6, 5, 4), 1.0),
    "SimAM": (lambda **k: SimAM(lambda_=1e-3, **k), (5, 7, 4), 3.0),
    "View": (lambda **k: View(6, **k), (8, 10, 3), 255.0),
}


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def batch(case, size=4, seed=0):
    _, shape, largest = case
    values = np.random.default_rng(seed).uniform(-largest, largest, (size, *shape))
    return (abs(values) if largest == 255 else values).astype(np.float32)


def network(layer, shape, batch_size=None):
    """The layer alone in a model, its weights other than the initial ones."""
    inputs = keras.Input(shape, batch_size)
    model = keras.Model(inputs, layer(inputs))
    draw = np.random.default_rng(1)
    model.set_weights([draw.uniform(0.5, 1.5, w.shape) for w in model.get_weights()])
    return model


def test_config_describes_the_layer(case):
    make, _, _ = case
    layer = make(name="mine")
    config = json.loads(json.dumps(layer.get_config()))
    assert type(layer).from_config(config).get_config() == layer.get_config()
    settings = set(inspect.signature(type(layer).__init__).parameters) - {"self", "kwargs"}
    assert settings <= set(config)


def test_saved_model_computes_the_same(case, tmp_path):
    make, shape, _ = case
    model = network(make(), shape)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    images = batch(case)
    np.testing.assert_array_equal(model.predict(images, verbose=0), loaded(images))
    assert loaded.layers[-1].get_config() == model.layers[-1].get_config()


def test_inferred_shape_is_the_real_one(case):
    make, shape, _ = case
    layer = make()
    inferred = tuple(layer.compute_output_shape((None, *shape)))
    assert tuple(network(layer, shape).output.shape) == inferred
    for size in (1, 3):
        assert tuple(layer(batch(case, size)).shape) == (size, *inferred[1:])


def test_one_picture_alone_or_in_a_batch(case):
    make, shape, _ = case
    model, images = network(make(), shape), batch(case)
    alone = np.concatenate([model(images[i : i + 1]) for i in range(len(images))])
    np.testing.assert_allclose(alone, model(images), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("policy", ["float16", "mixed_float16", "mixed_bfloat16", "float64"])
def test_dtype_policies(case, policy):
    make, shape, _ = case
    wanted = keras.DTypePolicy(policy)
    reference, model = network(make(), shape), network(make(dtype=policy), shape)
    images = batch(case)
    outputs = model(images)
    assert keras.backend.standardize_dtype(outputs.dtype) == wanted.compute_dtype
    assert {w.dtype for w in model.trainable_weights} <= {wanted.variable_dtype}
    outputs, expected = ops.cast(outputs, "float32"), reference(images)
    coarse = 2**-7 if wanted.compute_dtype == "bfloat16" else 2**-10
    np.testing.assert_allclose(outputs, expected, rtol=4 * coarse, atol=4 * coarse)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("values", ["random", "constant"])
def test_gradients_are_finite(case, policy, values):
    tf = pytest.importorskip("tensorflow")
    make, shape, _ = case
    model = network(make(dtype=policy), shape)
    images = batch(case)
    images = tf.constant(images if values == "random" else np.full_like(images, images.max()))
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = tf.cast(model(images, training=True), "float32")
        loss = tf.reduce_sum(outputs * outputs)
    sources = [images, *(w.value for w in model.trainable_weights)]
    for gradient in tape.gradient(loss, sources):
        assert gradient is not None and np.isfinite(ops.convert_to_numpy(gradient)).all()


def test_converts_to_int8(case):
    tf = pytest.importorskip("tensorflow")
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    make, shape, _ = case
    model, images = network(make(), shape, batch_size=1), batch(case, 50)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([image[None]] for image in images)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    runner = interpreter.Interpreter(model_content=converter.convert())
    runner.allocate_tensors()
    assert {t["dtype"] for t in runner.get_tensor_details()} <= {np.int8, np.int32}
    source, result = runner.get_input_details()[0], runner.get_output_details()[0]
    scale, zero = source["quantization"]
    runner.set_tensor(source["index"], np.round(images[:1] / scale + zero).astype(np.int8))
    runner.invoke()
    scale, zero = result["quantization"]
    outputs = (runner.get_tensor(result["index"]).astype(np.float32) - zero) * scale
    np.testing.assert_allclose(outputs, model(images[:1]), atol=6 * scale)
