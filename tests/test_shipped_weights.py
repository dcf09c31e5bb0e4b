"""The weights in the package: the paper's network, as good as the README says."""

import os
from pathlib import Path

import numpy as np
import pytest

from rcnet_tf import FocusRCNet, bench_mcu, shipped_pictures, weights
from rcnet_tf.data import cache, load
from rcnet_tf.labels import TRASHNET
from rcnet_tf.shipped import open_model

SHIPPED = weights.PRETRAINED["trashnet"]
CARD = Path(__file__).parents[1] / "docs" / "model_card.md"


@pytest.fixture(scope="module", params=sorted(SHIPPED))
def model(request):
    return open_model(None, request.param)


def test_there_are_some_for_every_size_that_is_measured():
    assert sorted(SHIPPED) == sorted(bench_mcu.SIZES)


def _accuracy(model, pictures):
    pixels, labels = cache.arrays(pictures, model.input_size)
    return np.mean(model.predict(pixels).argmax(axis=1) == labels)


def test_weights_are_the_papers_network(model):
    assert sum(int(np.prod(v.shape)) for v in model.model.trainable_variables) == 525_802
    assert model.class_names == TRASHNET
    size = model.input_size
    assert FocusRCNet(input_shape=(size, size, 3)).output_shape == (None, 6)


@pytest.mark.parametrize("size", sorted(SHIPPED))
def test_the_model_card_is_of_these_files(size):
    file, digest = SHIPPED[size]
    card = CARD.read_text(encoding="utf-8")
    assert f"`{file}`" in card and f"`{digest}`" in card


def test_they_recognise_the_demo_pictures(model, tmp_path, monkeypatch):
    monkeypatch.setenv("RCNET_TF_CACHE", str(tmp_path))
    # 60 pictures of the test part; by chance 17 % would be right.
    assert _accuracy(model, shipped_pictures.demo()) >= 0.75


def test_accuracy_on_the_test_part(model):
    archive = os.environ.get("RCNET_TF_TRASHNET")
    if not archive:
        pytest.skip("RCNET_TF_TRASHNET (path of dataset-resized.zip) is not set")
    expected = {96: 0.8918, 128: 0.8997, 160: 0.9024, 224: 0.9129}[model.input_size]  # the card's
    assert _accuracy(model, load.load(archive, "42").test) == pytest.approx(expected, abs=0.006)
