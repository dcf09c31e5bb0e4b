"""The weights in the package: the paper's network, as good as the README says."""

import os

import numpy as np
import pytest

from rcnet_tf import FocusRCNet, shipped_pictures
from rcnet_tf.data import cache, load
from rcnet_tf.labels import TRASHNET
from rcnet_tf.shipped import open_model


@pytest.fixture(scope="module")
def model():
    return open_model(None)


def _accuracy(model, pictures):
    pixels, labels = cache.arrays(pictures, model.input_size)
    return np.mean(model.predict(pixels).argmax(axis=1) == labels)


def test_weights_are_the_papers_network(model):
    assert sum(int(np.prod(v.shape)) for v in model.model.trainable_variables) == 525_802
    assert model.class_names == TRASHNET
    assert FocusRCNet().output_shape == (None, 6)


def test_they_recognise_the_demo_pictures(model, tmp_path, monkeypatch):
    monkeypatch.setenv("RCNET_TF_CACHE", str(tmp_path))
    # 60 pictures of the test part; by chance 17 % would be right.
    assert _accuracy(model, shipped_pictures.demo()) >= 0.75


def test_accuracy_on_the_test_part(model):
    archive = os.environ.get("RCNET_TF_TRASHNET")
    if not archive:
        pytest.skip("RCNET_TF_TRASHNET (path of dataset-resized.zip) is not set")
    assert _accuracy(model, load.load(archive, "42").test) >= 0.85
