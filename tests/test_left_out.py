"""Commands start without what Keras and TensorFlow load for others, and can load it themselves."""

import os
import subprocess
import sys
from pathlib import Path

import rcnet_tf

SCRIPT = """
import sys
from rcnet_tf.left_out import leave_out

leave_out()
import tensorflow as tf
import keras

print(*sorted({"sklearn", "matplotlib", "IPython", "jax"} & set(sys.modules)))
import matplotlib.pyplot
from sklearn.metrics import accuracy_score
from rcnet_tf.evaluation import metrics

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
print(accuracy_score([1, 0], [1, 1]), model.predict_on_batch(tf.ones((1, 2))))
tf.lite.TFLiteConverter.from_keras_model(model)
"""


def test_only_what_nobody_here_uses():
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(rcnet_tf.__file__).parents[1]),
        "KERAS_BACKEND": "tensorflow",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines() == ["", "0.5 [[2.]]"]
