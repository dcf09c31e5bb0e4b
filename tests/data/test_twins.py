"""Equal bytes are found, whatever the names."""

from rcnet_tf.data import twins as twins_module
from rcnet_tf.data.folder import read_tree
from rcnet_tf.data.sources import open_source
from rcnet_tf.data.twins import twins

FILES = {
    "a/0.jpg": b"same",
    "a/1.jpg": b"else",
    "a/2.jpg": b"longer",
    "b/0.jpg": b"same",
    "b/1.jpg": b"shorter?",
    "b/2.jpg": b"what",
}


def found(path):
    groups = twins(read_tree(open_source(path)).parts["all"].pictures)
    return [[picture.key for picture in group] for group in groups]


def test_in_folder_and_zip(make_folder, make_zip):
    assert found(make_folder(FILES)) == [["a/0.jpg", "b/0.jpg"]]
    assert found(make_zip(FILES)) == [["a/0.jpg", "b/0.jpg"]]


def test_given_up_where_it_costs_too_much(make_folder, monkeypatch):
    monkeypatch.setattr(twins_module, "MAX_FILES", 3)  # four files have four bytes
    assert found(make_folder(FILES)) == []
