"""The rewritten flatbuffer: the same graph, smaller, aligned, with labels."""

import io
import zipfile

import numpy as np
import tensorflow as tf
from narrow_model import SIZE

from rcnet_tf.export.naming import by_path
from rcnet_tf.export.slim import slim, with_labels
from rcnet_tf.preprocess import preprocess_input
from rcnet_tf.runtime import TFLiteClassifier
from rcnet_tf.tflite_file import flatbuffer


def converted(network, pictures):
    """What TensorFlow itself makes of the network, by way of a SavedModel."""
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([preprocess_input(p[None])] for p in pictures)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def test_rewriting_changes_names_and_size_and_nothing_else(network, pictures, tmp_path):
    raw = converted(network, pictures)
    layers = [layer.name for layer in network.layers]
    small = slim(raw, lambda made: by_path(made, layers), ("a", "b", "c", "d", "e", "f"))
    assert len(small) < 0.8 * len(raw)
    # The bulk of the figure above is structure; weights are what they were.
    graphs = [flatbuffer.parse(content).subgraphs[0] for content in (raw, small)]
    assert [list(o.inputs) for o in graphs[0].operators] == [
        list(o.inputs) for o in graphs[1].operators
    ]
    runs = [TFLiteClassifier(tmp_path, content).raw(pictures) for content in (raw, small)]
    np.testing.assert_array_equal(*runs)


def test_nothing_is_left_to_gain_by_doing_it_again(int8_file, network):
    def as_they_are(model):
        return {i: one.name.decode() for i, one in enumerate(model.subgraphs[0].tensors)}

    labels = flatbuffer.labels(int8_file)
    assert slim(int8_file, as_they_are, labels, network.name) == int8_file


def test_buffers_are_aligned(int8_file):
    for buffer in flatbuffer.parse(int8_file).buffers:
        if buffer.data is not None and len(buffer.data) >= 32:
            start = int8_file.find(buffer.data.tobytes())
            while start % 16:  # the same bytes may also occur elsewhere
                start = int8_file.find(buffer.data.tobytes(), start + 1)
            assert start >= 0
    assert len(int8_file) > SIZE


def test_labels_are_a_zip_behind_the_flatbuffer(int8_file):
    with zipfile.ZipFile(io.BytesIO(int8_file)) as archive:
        assert archive.namelist() == ["labels.txt"]
        assert archive.read("labels.txt").decode().split() == [
            "cardboard",
            "glass",
            "metal",
            "paper",
            "plastic",
            "trash",
        ]


def test_labels_of_any_script():
    names = ("a b", "Müll", "紙", "x" * 300)
    content = with_labels(b"\0" * 100, names)
    assert content == with_labels(b"\0" * 100, names)
    assert flatbuffer.labels(content) == names


def test_no_labels():
    assert flatbuffer.labels(b"\0" * 100) is None
    assert flatbuffer.labels(b"PK\x05\x06") is None
