"""`rcnet_tf.notebook.start` in a kernel: nothing of TensorFlow's is printed."""

import execute
import nbformat
from nbformat.v4 import new_code_cell, new_notebook

CODE = """
from rcnet_tf import notebook

notebook.start()

import tensorflow as tf

for size in range(9):
    tf.function(lambda x: x + 1)(tf.ones(size))
"""


def test_tensorflow_is_silent(tmp_path, monkeypatch):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    path = tmp_path / "start.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(CODE)]), str(path))
    assert execute.execute(path, tmp_path).cells[0].outputs == []
