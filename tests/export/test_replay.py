"""Golden vectors recorded, replayed, and the first stage found that differs."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.export import dense, engines, golden, workers
from rcnet_tf.export.engines import engine
from rcnet_tf.export.record import chosen, record
from rcnet_tf.export.replay import replay
from rcnet_tf.export.slim import _packed
from rcnet_tf.preprocess import quantize_input
from rcnet_tf.runtime import TFLiteClassifier
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.tflite_file.graph import op_names

needs_tflm = pytest.mark.skipif(
    importlib.util.find_spec("tflite_micro") is None,
    reason="no tflite-micro: its wheels exist for Linux on x86-64 alone",
)


@pytest.fixture(scope="module")
def values(int8_file, pictures):
    return record(int8_file, [[(f"picture {i}", i, pictures[i])] for i in range(2)])


def test_outputs_are_those_of_the_reference_kernels(values, int8_file, pictures, tmp_path):
    expected = TFLiteClassifier(tmp_path, int8_file, reference=True).raw(pictures[:2])
    for index, picture in enumerate(values.pictures):
        np.testing.assert_array_equal(picture.output, expected[index])
        np.testing.assert_array_equal(picture.pixels, pictures[index].astype(int) - 128)
        assert picture.checksums[-1] == golden.checksum(picture.output)
    assert golden.belongs_to(values, int8_file)


def test_recording_is_repeatable(values, int8_file, pictures):
    again = record(int8_file, [[(f"picture {i}", i, pictures[i])] for i in range(2)])
    assert golden.pack(again) == golden.pack(values)


@pytest.mark.parametrize("name", ["reference", pytest.param("tflm", marks=needs_tflm)])
def test_engines_agree_with_the_record(name, values, int8_file):
    seen = []
    assert replay(int8_file, values, name, progress=seen.append) is None
    assert sum(seen) == 2


@needs_tflm
def test_every_tensor_is_the_same_in_tflm(int8_file, pictures):
    pixels = quantize_input(pictures[0])
    runners = [engine(name, int8_file, keep=True) for name in ("reference", "tflm")]
    graph = flatbuffer.parse(int8_file).subgraphs[0]
    for runner in runners:
        runner.run(pixels)
    for operator in graph.operators:
        one, other = (runner.tensor(int(operator.outputs[0])) for runner in runners)
        np.testing.assert_array_equal(one, other)


def test_a_wrong_checksum_names_its_stage(values, int8_file):
    second = values.pictures[1]
    wrong = (*second.checksums[:5], second.checksums[5] ^ 1, *second.checksums[6:])
    changed = replace(values, pictures=(values.pictures[0], replace(second, checksums=wrong)))
    found = replay(int8_file, changed)
    assert found.stage == values.stages[5]
    assert (found.right, found.picture, found.pictures) == (5, "picture 1", 1)


def test_the_earliest_stage_of_all_pictures_counts(values, int8_file):
    broken = []
    for picture, stage in zip(values.pictures, (7, 3), strict=True):
        checksums = list(picture.checksums)
        checksums[stage] ^= 1
        broken.append(replace(picture, checksums=tuple(checksums)))
    found = replay(int8_file, replace(values, pictures=tuple(broken)))
    assert (found.right, found.picture, found.pictures) == (3, "picture 1", 2)


def test_a_changed_weight_is_found_where_it_is(values, int8_file):
    """A weight of stage 3's second block: everything before it is right, its own output is not."""
    model = flatbuffer.parse(int8_file)
    graph = model.subgraphs[0]
    names = [graph.tensors[operator.outputs[0]].name.decode() for operator in graph.operators]
    place = next(i for i, name in enumerate(names) if name.startswith("stage3_block2_reduce"))
    assert op_names(model)[place] == "CONV_2D"
    weights = graph.tensors[graph.operators[place].inputs[1]]
    model.buffers[weights.buffer].data = ~model.buffers[weights.buffer].data
    found = replay(_packed(model, flatbuffer.labels(int8_file)), values)
    assert found.stage.name.startswith("stage3_block2")
    expected = [stage.name for stage in values.stages].index(found.stage.name)
    assert found.right == expected


def test_another_network_is_refused(values, int8_file):
    shorter = replace(
        values,
        stages=values.stages[1:],
        pictures=tuple(replace(one, checksums=one.checksums[1:]) for one in values.pictures),
    )
    with pytest.raises(UserError, match=r"network than mine: 19 stages.* instead of 20 stages"):
        replay(int8_file, shorter, name="mine")


def test_a_crash_of_the_interpreter_is_one_line(int8_file, pictures):
    """The reference softmax ends its process where the scale of the logits is nearly 0."""
    model = flatbuffer.parse(int8_file)
    graph = model.subgraphs[0]
    logits = graph.tensors[graph.operators[-1].inputs[0]]
    logits.quantization.scale = np.array([1e-9], np.float32)
    content = _packed(model, ("a",))
    with pytest.raises(UserError, match="the model ends its interpreter") as error:
        list(workers.answers(content, ("reference",), (), [quantize_input(pictures[0])]))
    assert "\n" not in str(error.value)


def test_an_engine_that_cannot_run_a_model_says_so(float32_file, pictures):
    with pytest.raises(UserError, match=r"LiteRT cannot run the model: .*; convert it again"):
        list(workers.answers(float32_file[:-9000], ("reference",), (), [pictures[0].view(np.int8)]))


def test_tflm_that_is_not_installed(monkeypatch, int8_file):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not engines.is_installed("tflm") and engines.is_installed("reference")
    with pytest.raises(UserError, match="needs the package tflite-micro"):
        engine("tflm", int8_file)


def test_golden_pictures_are_of_different_classes():
    labels = np.repeat([4, 0, 1, 2, 3], 10)
    assert [set(labels[indices]) for indices in chosen(labels)] == [{0}, {2}, {4}]
    assert [len(indices) for indices in chosen(labels, 9)] == [10] * 5
    assert chosen(np.array([5, 5]))[0].tolist() == [0, 1]


def test_a_picture_on_which_the_dense_layer_rounds_otherwise_is_passed_over(
    int8_file, pictures, monkeypatch
):
    """As if TensorFlow Lite Micro had other logits for the first picture."""
    truth, seen = dense.rounded_twice, []

    def other(model, value):
        seen.append(truth(model, value))
        return {index: logits + (len(seen) == 1) for index, logits in seen[-1].items()}

    monkeypatch.setattr(dense, "rounded_twice", other)
    group = [(f"picture {i}", i, pictures[i]) for i in range(3)]
    assert [one.name for one in record(int8_file, [group]).pictures] == ["picture 1"]
    seen.clear()
    with pytest.raises(UserError, match="agree on no picture"):
        record(int8_file, [group[:1]])
