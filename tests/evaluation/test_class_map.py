"""Classes meet by name, or not at all."""

import unicodedata

import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.evaluation.class_map import class_map


def test_other_order_and_classes_the_data_lacks():
    assert class_map(("glass", "metal"), ("trash", "metal", "paper", "glass")).tolist() == [3, 1]


def test_case_and_unicode_form_do_not_matter():
    mac = unicodedata.normalize("NFD", "Müll")
    assert class_map(("Glass", mac), ("müll", "glass")).tolist() == [1, 0]


def test_names_that_differ_only_in_case_are_kept_apart():
    assert class_map(("A", "a"), ("a", "b", "A")).tolist() == [2, 0]
    assert class_map(("a",), ("A", "a")).tolist() == [1]
    with pytest.raises(UserError, match=r"does not know 1 of the data's 2 classes \(a\)"):
        class_map(("A", "a"), ("A", "b"))


def test_unknown_classes_are_named_with_the_known_ones():
    with pytest.raises(UserError, match=r"1 of the data's 2 classes \(wood\); it knows 2 \(glass"):
        class_map(("glass", "wood"), ("metal", "glass"))


def test_a_model_with_one_name_twice_is_refused():
    with pytest.raises(UserError, match="two outputs of one name"):
        class_map(("a", "b"), ("a", "b", "a"))
