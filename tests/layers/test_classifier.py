"""The classifier: a dense layer, and names that travel with it."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from rcnet_tf.layers import Classifier


def test_is_a_dense_layer():
    x = np.random.default_rng(0).normal(size=(4, 7)).astype(np.float32)
    layer = Classifier(["a", "b", "c"], bias_initializer="ones")
    outputs = layer(x)
    kernel, bias = (ops.convert_to_numpy(w) for w in layer.weights)
    assert kernel.shape == (7, 3) and bias.tolist() == [1, 1, 1]
    np.testing.assert_allclose(outputs, x @ kernel + bias, rtol=1e-5)


@pytest.mark.parametrize("names", [("glass", "paper"), ["a"], (f"class_{i}" for i in range(4))])
def test_names_set_the_number_of_outputs(names):
    layer = Classifier(names)
    assert isinstance(layer.class_names, tuple)
    assert layer.units == len(layer.class_names) > 0


@pytest.mark.parametrize("names", ["glass", ["a", 1], [], ["a", "b", "a"]])
def test_what_are_no_names_is_refused(names):
    with pytest.raises(ValueError, match="class_names"):
        Classifier(names)


def test_names_travel_in_the_file_and_into_another_process(tmp_path):
    names = ("Pappe & Papier", "verre", "金属")
    path = tmp_path / "model.keras"
    keras.Sequential([keras.Input((5,)), Classifier(names, name="logits")]).save(path)
    script = (
        "import sys\n"
        "from rcnet_tf.left_out import leave_out\n"
        "leave_out()\n"
        "import keras, rcnet_tf.layers\n"
        "model = keras.saving.load_model(sys.argv[1], safe_mode=True)\n"
        "sys.stdout.buffer.write('|'.join(model.get_layer('logits').class_names).encode())\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, path], stdout=subprocess.PIPE, check=True, timeout=120
    )
    assert tuple(result.stdout.decode().split("|")) == names
