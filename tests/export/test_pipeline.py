"""What a conversion writes beside the model: golden vectors, or the reason why there are none."""

import numpy as np

from rcnet_tf.export import golden, pipeline, report
from rcnet_tf.export.pictures import Pictures
from rcnet_tf.export.slim import _packed
from rcnet_tf.preprocess import quantize_input
from rcnet_tf.tflite_file import flatbuffer


def given(pictures):
    return Pictures(
        calibration=pictures,
        calibration_from="",
        test=pictures,
        labels=np.repeat([0, 1, 2, 3], 5).astype(np.int32),
        test_names=tuple(f"{index}.jpg" for index in range(20)),
        test_from="",
        trashnet=False,
    )


def test_golden_pictures_are_of_the_test_part_and_of_different_classes(int8_file, pictures):
    one = report.Variant("narrow_64_int8.tflite", int8_file, np.zeros((20, 6), np.float32))
    files, warnings = pipeline._golden(one, given(pictures))
    assert set(files) == {"narrow_64_golden.bin", "known_picture.h", "known_picture.cc"}
    assert warnings == []
    values = golden.parse(files["narrow_64_golden.bin"])
    assert golden.belongs_to(values, int8_file)
    assert [(picture.name, picture.label) for picture in values.pictures] == [
        ("0.jpg", 0),
        ("10.jpg", 2),
        ("15.jpg", 3),
    ]
    np.testing.assert_array_equal(values.pictures[1].pixels, quantize_input(pictures[10]))


def test_what_reference_kernels_cannot_run_gets_a_warning(int8_file, pictures):
    model = flatbuffer.parse(int8_file)
    graph = model.subgraphs[0]
    _, weights, bias = (graph.tensors[index] for index in graph.operators[-2].inputs)
    for tensor in (weights, bias, graph.tensors[graph.operators[-1].inputs[0]]):
        tensor.quantization.scale = tensor.quantization.scale * np.float32(1e-8)
    content = _packed(model, ("a",))
    one = report.Variant("narrow_64_int8.tflite", content, np.zeros((20, 6), np.float32))
    files, warnings = pipeline._golden(one, given(pictures))
    assert files == {}
    assert warnings == [
        "no golden vectors: the model gives nearly the same logits for every picture; train it "
        "first"
    ]
