"""Where int8's error comes from: against NumPy, and on networks with one thing broken."""

import csv
import io
import json

import flatbuffers
import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from narrow_model import SIZE, patches

from rcnet_tf.errors import UserError
from rcnet_tf.export import debug, debug_plot, debug_table, tflite
from rcnet_tf.layers import BatchNorm, Classifier, SimAM
from rcnet_tf.preprocess import preprocess_input, quantize_input
from rcnet_tf.tflite_file import flatbuffer

LAYERS = ["stem_bn", "stem_silu", "stage1_dw_relu6", "stage1_expand_bn", "stage1_add"]
LAYERS += ["stage1_simam", "pool", "logits", "predictions"]


def build():
    """Every kind of operator of Focus-RCNet, few of each; no stages that would be equalised."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((SIZE, SIZE, 3), name="image")
    x = keras.layers.Conv2D(8, 4, 4, use_bias=False, name="stem")(inputs)
    x = shortcut = keras.layers.Activation("silu", name="stem_silu")(BatchNorm(name="stem_bn")(x))
    x = keras.layers.DepthwiseConv2D(3, padding="same", name="stage1_dw")(x)
    x = keras.layers.ReLU(6.0, name="stage1_dw_relu6")(x)
    x = BatchNorm(name="stage1_expand_bn")(keras.layers.Conv2D(8, 1, name="stage1_expand")(x))
    x = SimAM(name="stage1_simam")(keras.layers.Add(name="stage1_add")([shortcut, x]))
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = Classifier(("a", "b", "c"), name="logits")(x)
    x = keras.layers.Activation("softmax", dtype="float32", name="predictions")(x)
    network = keras.Model(inputs, x, name="small")
    random = np.random.default_rng(3)
    for norm in (network.get_layer("stem_bn"), network.get_layer("stage1_expand_bn")):
        gamma, variance = (random.uniform(0.5, 1.5, 8) for _ in range(2))
        beta, mean = (random.normal(0.0, 0.3, 8) for _ in range(2))
        norm.set_weights([gamma, beta, mean, variance])
    return network


@pytest.fixture(scope="module")
def small():
    return build()


@pytest.fixture(scope="module")
def content(small):
    return tflite.int8(small, patches(20))


@pytest.fixture(scope="module")
def pixels():
    return patches(6, seed=8)


@pytest.fixture(scope="module")
def found(small, content, pixels):
    return debug.measure(small, content, pixels)


@pytest.fixture(scope="module")
def by_name(found):
    return {layer.name: layer for layer in found.layers}


@pytest.fixture(scope="module")
def stored(content, pixels):
    """Every tensor of the int8 network in real numbers, by name: (B, ...)."""
    interpreter = Interpreter(
        model_content=content,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    parts = {}
    for picture in quantize_input(pixels):
        interpreter.set_tensor(source, picture[None])
        interpreter.invoke()
        for one in interpreter.get_tensor_details():
            if one["name"] and len(one["quantization_parameters"]["scales"]) == 1:
                scale, zero = one["quantization"]
                value = (interpreter.get_tensor(one["index"]).astype(np.float32) - zero) * scale
                parts.setdefault(one["name"], []).append(value)
    return {name: np.concatenate(values) for name, values in parts.items()}


def decibels(real, wrong):
    return 10 * np.log10(np.sum(real**2, dtype=float) / np.sum((wrong - real) ** 2, dtype=float))


def between(network, sources, end):
    layers = [network.get_layer(name).output for name in (*sources, end)]
    return keras.Model(layers[:-1], layers[-1])


def test_all_layers_in_order(found):
    assert [layer.name for layer in found.layers if not layer.inner] == LAYERS
    steps = {layer.name for layer in found.layers if layer.inner}
    assert {"stem_silu/logistic", "stage1_simam/rsqrt", "stage1_simam/mean"} <= steps
    assert found.kernels == "LiteRT, reference" and found.pictures == 6


@pytest.mark.parametrize("name", LAYERS)
def test_total_against_numpy(name, small, by_name, stored, pixels):
    real = np.asarray(
        keras.Model(small.input, small.get_layer(name).output)(
            preprocess_input(pixels), training=False
        )
    )
    assert by_name[name].total_db == pytest.approx(decibels(real, stored[name]), abs=0.02)
    assert by_name[name].low == pytest.approx(real.min(), abs=1e-5)
    assert by_name[name].high == pytest.approx(real.max(), abs=1e-5)


@pytest.mark.parametrize(
    "sources, name",
    [
        (["image"], "stem_bn"),
        (["stem_bn"], "stem_silu"),
        (["stem_silu"], "stage1_dw_relu6"),
        (["stage1_dw_relu6"], "stage1_expand_bn"),
        (["stem_silu", "stage1_expand_bn"], "stage1_add"),
        (["stage1_add"], "stage1_simam"),
        (["pool"], "logits"),
    ],
)
def test_own_is_the_float_layer_on_int8_inputs(sources, name, small, by_name, stored):
    real = between(small, sources, name)([stored[one] for one in sources], training=False)
    own = decibels(np.asarray(real), stored[name])
    assert by_name[name].own_db == pytest.approx(own, abs=0.02)


def test_steps_of_simam_against_numpy(small, by_name, stored, pixels):
    layer = keras.Model(small.input, small.get_layer("stage1_add").output)
    x = np.asarray(layer(preprocess_input(pixels), training=False))
    mean = x.mean((1, 2), keepdims=True)
    variance = np.square(x - mean).mean((1, 2), keepdims=True)
    total = decibels(mean, stored["stage1_simam/mean"])
    assert by_name["stage1_simam/mean"].total_db == pytest.approx(total, abs=0.02)
    total = decibels(variance, stored["stage1_simam/mean_2"])
    assert by_name["stage1_simam/mean_2"].total_db == pytest.approx(total, abs=0.05)
    x = stored["stage1_add"]
    own = decibels(x.mean((1, 2), keepdims=True), stored["stage1_simam/mean"])
    assert by_name["stage1_simam/mean"].own_db == pytest.approx(own, abs=0.02)


def test_effect_on_the_logits_against_numpy(small, found, by_name, stored, pixels):
    kernel, bias = small.get_layer("logits").get_weights()
    probe = keras.Model(small.input, small.get_layer("pool").output)
    pooled = np.asarray(probe(preprocess_input(pixels), training=False))
    error = stored["pool"] - stored["stage1_simam"].mean((1, 2))
    alone = decibels(pooled @ kernel + bias, (pooled + error) @ kernel + bias)
    assert by_name["pool"].logits_db == pytest.approx(alone, abs=0.02)
    assert by_name["predictions"].logits_db is by_name["predictions"].share is None
    assert sum(layer.share or 0.0 for layer in found.layers) == pytest.approx(1.0)
    assert found.logits_db == pytest.approx(by_name["logits"].total_db)


def test_a_shortcut_carries_no_error_of_the_other_path(small, by_name, stored, pixels):
    ends = [small.get_layer(name).output for name in ("stem_silu", "stage1_expand_bn", "logits")]
    both = keras.Model(small.input, ends)(preprocess_input(pixels), training=False)
    shortcut, x, logits = map(np.asarray, both)
    own = between(small, ["stage1_dw_relu6"], "stage1_expand_bn")
    error = stored["stage1_expand_bn"] - np.asarray(own([stored["stage1_dw_relu6"]]))
    rest = between(small, ["stem_silu", "stage1_expand_bn"], "logits")
    alone = decibels(logits, np.asarray(rest([shortcut, x + error], training=False)))
    assert by_name["stage1_expand_bn"].logits_db == pytest.approx(alone, abs=0.02)


def test_stages(small, found, stored, pixels):
    names = [stage.name for stage in found.stages]
    assert names == [name for name in LAYERS if name in names]  # in order
    assert {"stem_silu", "stage1_add", "stage1_simam", "logits"} <= set(names)
    assert "stage1_dw_relu6" not in names  # the shortcut passes it by
    stage = found.stages[names.index("stage1_add")]
    logits = np.asarray(
        keras.Model(small.input, small.get_layer("logits").output)(preprocess_input(pixels))
    )
    rest = np.asarray(between(small, ["stage1_add"], "logits")([stored["stage1_add"]]))
    assert stage.logits_db == pytest.approx(decibels(logits, rest), abs=0.02)
    assert stage.same_decision == np.mean(rest.argmax(1) == logits.argmax(1))
    answers = stored["logits"]
    assert found.same_decision == np.mean(answers.argmax(1) == logits.argmax(1))


def with_other_scale(content, name, factor):
    """The same graph with a tensor stored in other steps."""
    model = flatbuffer.parse(content)
    (tensor,) = (one for one in model.subgraphs[0].tensors if one.name == name.encode())
    tensor.quantization.scale = tensor.quantization.scale * np.float32(factor)
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize(
    "name, factor, cause",
    [
        ("stem_bn", 24, "range"),
        ("stage1_expand_bn", 24, "range"),
        ("stage1_add", 1 / 12, "clipped values"),
        ("pool", 48, "range"),
    ],
)
def test_a_broken_range_is_named_first(name, factor, cause, small, content, pixels):
    found = debug.measure(small, with_other_scale(content, name, factor), pixels)
    worst = found.worst_first()[0]
    assert worst.name == name and worst.cause.startswith(cause)
    assert worst.share > 0.5
    assert debug_table.lines(found)[5].startswith(f"{name} ")


def test_coarse_weights_are_blamed(small, content, pixels):
    model = flatbuffer.parse(content)
    graph = model.subgraphs[0]
    (end,) = (i for i, one in enumerate(graph.tensors) if one.name == b"stage1_expand_bn")
    (operator,) = (one for one in graph.operators if end in one.outputs)
    buffer = model.buffers[graph.tensors[operator.inputs[1]].buffer]
    weights = buffer.data.view(np.int8)
    buffer.data = (np.round(weights / 40.0) * 40).astype(np.int8).view(np.uint8)
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    found = debug.measure(small, bytes(builder.Output()), pixels)
    worst = found.worst_first()[0]
    assert (worst.name, worst.cause) == ("stage1_expand_bn", "8-bit weights")


def test_csv(found):
    rows = list(csv.DictReader(io.StringIO(debug_table.to_csv(found))))
    assert tuple(rows[0]) == debug_table.COLUMNS
    assert [row["name"] for row in rows] == [layer.name for layer in found.layers]
    row = next(row for row in rows if row["name"] == "stem_bn")
    assert row["shape"] == "16x16x8" and row["operator"] == "CONV_2D" and row["part"] == "stem"
    assert float(row["range_low"]) < float(row["range_high"])
    assert rows[-1]["share"] == ""  # unknown


def test_json(found):
    content = json.loads(debug_table.to_json(found))
    assert content["pictures"] == 6
    names = [layer["name"] for layer in content["layers"]]
    assert names[: len(LAYERS)] == [layer.name for layer in found.worst_first()]
    assert len(names) == len(found.layers)
    assert [stage["name"] for stage in content["stages"]] == [one.name for one in found.stages]


def test_worst_first(found):
    shares = [layer.share for layer in found.worst_first() if layer.share is not None]
    assert len(shares) == len(LAYERS) - 1
    assert shares == sorted(shares, reverse=True)
    assert found.worst_first()[-1].name == "predictions"
    assert all(layer.inner for layer in found.worst_steps_first())


def test_picture(found):
    content = debug_plot.noise_png(found, "small.tflite")
    assert content.startswith(b"\x89PNG") and len(content) > 20_000


def test_choose_takes_some_from_everywhere():
    pictures = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
    some = debug.choose(pictures, 16).ravel()
    assert len(some) == 16 and some[0] == 0 and some[-1] == 99
    assert np.ptp(np.diff(some.astype(int))) <= 1
    assert len(debug.choose(pictures[:5])) == 5


def test_a_foreign_network_is_measured_as_far_as_it_is_known():
    keras.utils.set_random_seed(4)
    source = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Conv2D(4, 3, 4, activation="relu", name="inner")(source)
    x = keras.layers.AveragePooling2D(2, name="halved")(x)  # no operator of ours
    inside = keras.Model(source, keras.layers.Concatenate(name="twice")([x, x]), name="backbone")
    inputs = keras.Input((SIZE, SIZE, 3), name="image")
    x = keras.layers.GlobalAveragePooling2D(name="pool")(inside(inputs))
    x = Classifier(("a", "b"), name="logits")(x)
    outputs = keras.layers.Activation("softmax", dtype="float32", name="predictions")(x)
    network = keras.Model(inputs, outputs, name="foreign")
    found = debug.measure(network, tflite.int8(network, patches(20)), patches(3))
    by_name = {layer.name: layer for layer in found.layers}
    assert {"pool", "logits", "predictions"} <= by_name.keys()
    assert by_name["pool"].total_db > 20 and found.logits_db > 15
    assert debug_table.lines(found) and debug_table.to_csv(found) and debug_table.to_json(found)


def test_another_network_is_refused(content):
    inputs = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.GlobalAveragePooling2D(name="mean_colour")(inputs)
    other = keras.Model(inputs, keras.layers.Softmax(name="answer")(x), name="other")
    with pytest.raises(ValueError, match="no layer in common"):
        debug.measure(other, content, patches(1))


def test_float_file_is_refused(small):
    with pytest.raises(UserError, match="not int8 throughout"):
        debug.measure(small, tflite.float32(small), patches(1))
