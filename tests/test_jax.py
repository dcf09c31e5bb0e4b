"""The same network on JAX: outputs and a training step as on TensorFlow, which is not imported."""

import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from rcnet_tf.model import FocusRCNet

# Runs under KERAS_BACKEND=jax. Arguments: a .keras file, an .npz to read, an .npz to write.
SCRIPT = """
import sys
from rcnet_tf import left_out
left_out.leave_out()  # as every command
import keras, numpy as np
from rcnet_tf import Distiller, decode_predictions, preprocess_input
from rcnet_tf.model import FocusRCNet
from rcnet_tf.layers import View
assert keras.config.backend() == "jax"
assert "tensorflow" not in sys.modules, "importing the package imports TensorFlow"

import jax
from rcnet_tf.data.affine import RandomAffine
layer = RandomAffine(rotation=20.0, zoom=(0.6, 1.1), shift=0.1)
pictures = np.random.default_rng(0).uniform(0, 255, (8, 24, 32, 3)).astype(np.float32)
drawn = layer.get_random_transformation(pictures, seed=keras.random.SeedGenerator(0))
theirs = keras.ops.image.affine_transform(pictures, drawn, "bilinear", fill_mode="reflect")
np.testing.assert_allclose(jax.jit(layer.transform_images)(pictures, drawn), theirs, atol=0.02)

model = keras.saving.load_model(sys.argv[1], safe_mode=True)
data = np.load(sys.argv[2])
outputs = model.predict(data["images"], verbose=0)
view = keras.ops.convert_to_numpy(View(64)(data["pixels"]))
model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy")
loss = model.train_on_batch(data["images"], data["labels"])
assert "tensorflow" not in sys.modules, "a training step imports TensorFlow"
np.savez(sys.argv[3], outputs=outputs, view=view, loss=loss, **{
    f"weight{i}": weight for i, weight in enumerate(model.get_weights())})
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
@pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="compares with TensorFlow")
def test_jax_and_tensorflow_agree(tmp_path):
    from rcnet_tf.layers import View

    draw = np.random.default_rng(0)
    images = draw.uniform(-1, 1, (4, 64, 64, 3)).astype(np.float32)
    pixels = draw.integers(0, 256, (2, 48, 80, 3), dtype=np.uint8)
    labels = np.array([0, 3, 5, 1])
    keras.utils.set_random_seed(0)
    model = FocusRCNet(weights=None, input_shape=(64, 64, 3), dropout=0.0)
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", images=images, labels=labels, pixels=pixels)
    subprocess.run(
        [sys.executable, "-c", SCRIPT, *("model.keras", "data.npz", "jax.npz")],
        cwd=tmp_path,
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        timeout=600,
    )
    jax = np.load(tmp_path / "jax.npz")
    np.testing.assert_allclose(jax["outputs"], model.predict(images, verbose=0), atol=1e-5)
    np.testing.assert_allclose(jax["view"], View(64)(pixels), atol=1e-5)

    model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy")
    np.testing.assert_allclose(jax["loss"], model.train_on_batch(images, labels), rtol=1e-5)
    for index, weight in enumerate(model.weights):
        if weight.name == "moving_variance":
            continue  # TensorFlow's fused kernel takes the unbiased variance of the batch
        trained = jax[f"weight{index}"]
        np.testing.assert_allclose(
            trained, weight.numpy(), rtol=1e-4, atol=1e-4, err_msg=weight.path
        )


BARE = """
import sys
sys.modules |= dict.fromkeys(("tensorflow", "ai_edge_litert", "tensorflow_datasets"))  # absent
import rcnet_tf.campaign, rcnet_tf.left_out, rcnet_tf.train
rcnet_tf.left_out.leave_out()  # as every command
import rcnet_tf.training.loop
import keras
assert keras.config.backend() == "jax"
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
def test_an_accelerators_machine_may_have_jax_alone():
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", BARE], env=environment, check=True, timeout=600)
