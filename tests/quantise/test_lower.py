"""Lowering: the same float network, and a rounding for every int8 tensor."""

import keras
import numpy as np
import pytest
from narrow_model import SIZE, narrow_network, patches

from rcnet_tf.export import tflite
from rcnet_tf.model import FocusRCNet
from rcnet_tf.networks import application
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise.fake_quant import disabled
from rcnet_tf.quantise.lower import Unsupported, logits, lower, quantisers
from rcnet_tf.quantise.prepare import prepare
from rcnet_tf.tflite_file import flatbuffer


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stem": "conv"},
        {"attention": None},
        {"block": "inverted_residual"},
        {"block": "bottleneck"},
    ],
    ids=lambda options: "-".join(map(str, options.values())) or "paper",
)
def test_without_rounding_it_is_the_same_network(options):
    model = narrow_network(**options)
    lowered = lower(model, rounding=False)
    assert not any(isinstance(one, keras.layers.BatchNormalization) for one in lowered.layers)
    x = preprocess_input(patches(3))
    with disabled(lowered):
        np.testing.assert_allclose(
            np.array(lowered(x, training=False)), np.array(model(x, training=False)), atol=2e-5
        )


def test_every_int8_tensor_has_a_rounding_of_its_name(network, int8_file):
    graph = flatbuffer.parse(int8_file).subgraphs[0]
    made = {int(index) for one in graph.operators for index in one.outputs}
    names = [graph.tensors[index].name.decode() for index in sorted({*made, *graph.inputs})]
    lowered = lower(network)
    assert sorted(names) == sorted(quantisers(lowered))
    assert {"image", "focus_silu/logistic", "stage1_simam/rsqrt", "logits"} < set(names)
    assert logits(lowered) is quantisers(lowered)["logits"].output


def test_the_simulation_is_what_the_interpreter_computes(network, pictures):
    """Every stage of a lowered network against LiteRT's reference kernels, in steps of int8."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    lowered = prepare(network, pictures)
    content = tflite.from_lowered(lowered, tuple("abcdef"))
    interpreter = Interpreter(
        model_content=content,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    details = {one["name"]: one for one in interpreter.get_tensor_details()}
    found = quantisers(lowered)
    computed = {name: [] for name in found}
    for picture in pictures:
        interpreter.set_tensor(
            interpreter.get_input_details()[0]["index"], (picture[None] ^ 0x80).view(np.int8)
        )
        interpreter.invoke()
        for name, kept in computed.items():
            kept.append(interpreter.get_tensor(details[name]["index"]))
    probe = keras.Model(lowered.input, [one.output for one in found.values()])
    values = probe(preprocess_input(pictures), training=False)
    worst = {}
    for (name, one), value in zip(found.items(), values, strict=True):
        scale, zero_point = one.quantisation()
        stored = np.round(np.array(value) / scale) + zero_point
        worst[name] = float(np.mean(np.abs(stored - np.concatenate(computed[name]))))
    # Kernels round twice where the simulation rounds once: a step here and there. One step of a
    # variance is several of what RSQRT makes of it, so SimAM's inner tensors may be further away.
    # All pictures, since of a single one the six logits can be a step apart, by the processor.
    layers = {name: value for name, value in worst.items() if "/" not in name}
    assert max(layers.values()) < 1.0, sorted(layers.items(), key=lambda item: -item[1])[:5]
    assert np.median(list(worst.values())) < 0.1
    assert worst["image"] == 0


def test_networks_of_other_layers_are_refused_by_name():
    with pytest.raises(Unsupported, match="has no int8 lowering here"):
        lower(application("MobileNetV2", ("a", "b"), SIZE))
    with pytest.raises(Unsupported, match="does not end in a softmax"):
        lower(FocusRCNet(weights=None, input_shape=(SIZE, SIZE, 3), classifier_activation=None))
