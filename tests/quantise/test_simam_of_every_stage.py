"""SimAM with the shipped weights, at every stage: float layer, simulation and int8 kernels."""

import keras
import numpy as np
import pytest

from rcnet_tf import shipped_pictures
from rcnet_tf.data import cache
from rcnet_tf.export import tflite
from rcnet_tf.layers import SimAM
from rcnet_tf.model import FocusRCNet
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.quantise.lower import quantisers
from rcnet_tf.quantise.prepare import prepare

SIZE = 96
STAGES = ("stage1", "stage2", "stage3", "stage4")
# Signal over noise against what the float layer makes of the int8 layer's own input. The shipped
# weights have 36 to 38 in stages 1 to 3 and 24.8 in stage 4, whose output alone, rounded, has 40:
# its squares, up to 19, are clipped at 1.5, a range that was learnt for the logits.
LEAST_DECIBEL = 24.0


@pytest.fixture(scope="module")
def runs():
    """(simulated, int8) values by tensor, of demo pictures, dequantised."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    model = FocusRCNet(input_shape=(SIZE, SIZE, 3))
    lowered = prepare(model, cache.arrays(shipped_pictures.calibration(), SIZE)[0])
    pictures = cache.arrays(shipped_pictures.demo(), SIZE)[0][::12]
    names = [f"{stage}_{end}" for stage in STAGES for end in ("end", "simam")]
    found = quantisers(lowered)
    last = {
        stage: [name for name in found if name.startswith(f"{stage}_block")][-1] for stage in STAGES
    }
    tensors = {f"{stage}_end": last[stage] for stage in STAGES}
    tensors |= {f"{stage}_simam": f"{stage}_simam" for stage in STAGES}

    probe = keras.Model(lowered.input, [found[tensors[name]].output for name in names])
    simulated = probe(preprocess_input(pictures), training=False)
    interpreter = Interpreter(
        model_content=tflite.from_lowered(lowered, tuple("abcdef")),
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    details = {one["name"]: one for one in interpreter.get_tensor_details()}
    stored = {name: [] for name in names}
    for picture in pictures:
        encoded = (picture ^ 0x80).view(np.int8)[None]
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], encoded)
        interpreter.invoke()
        for name in names:
            one = details[tensors[name]]
            scale, zero_point = one["quantization"]
            value = interpreter.get_tensor(one["index"]).astype(np.float32)
            stored[name].append((value - zero_point) * scale)
    return {
        name: (np.asarray(values), np.concatenate(stored[name]))
        for name, values in zip(names, simulated, strict=True)
    }


def decibel(exact, value):
    return 10 * np.log10(np.sum(exact**2) / np.sum((exact - value) ** 2))


@pytest.mark.parametrize("stage", STAGES)
def test_int8_simam_is_close_to_the_float_layer_on_its_own_input(runs, stage):
    _, given = runs[f"{stage}_end"]
    _, result = runs[f"{stage}_simam"]
    exact = np.asarray(SimAM()(given))
    assert decibel(exact, result) > LEAST_DECIBEL


@pytest.mark.parametrize("stage", STAGES)
def test_the_simulation_is_as_close(runs, stage):
    given, _ = runs[f"{stage}_end"]
    result, _ = runs[f"{stage}_simam"]
    assert decibel(np.asarray(SimAM()(given)), result) > LEAST_DECIBEL


@pytest.mark.parametrize("stage", STAGES)
def test_attention_is_no_ornament(runs, stage):
    """The same measure tells a network without SimAM from one with it."""
    _, given = runs[f"{stage}_end"]
    assert decibel(np.asarray(SimAM()(given)), given * 0.62) < LEAST_DECIBEL
