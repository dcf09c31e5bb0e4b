"""C++ output is held back, and comes out where something fails."""

import logging
import os
import sys

import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.tflite_file.chatter import held_back


def noise():
    os.write(2, b"from C++\n")
    print("from Python")
    logging.getLogger("absl").warning("from a logger")


def test_chatter_is_collected(capfd):
    with held_back() as said:
        noise()
        os.write(2, b"more\n")
        assert "from C++\nmore" in said.text()
    print("after", file=sys.stderr)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "after\n")


def test_our_own_lines_pass(capfd):
    with held_back():
        print("progress 1/2", file=sys.stderr)
    assert "progress 1/2" in capfd.readouterr().err


def test_a_failure_brings_it_back(capfd):
    with pytest.raises(ValueError, match="boom"), held_back():
        noise()
        raise ValueError("boom")
    assert "from C++" in capfd.readouterr().err


def test_an_error_for_the_user_stays_one_line(capfd):
    with pytest.raises(UserError), held_back():
        noise()
        raise UserError("one line")
    assert capfd.readouterr().err == ""


def test_everything_is_put_back():
    before = sys.stderr, sys.stdout, os.fstat(2).st_ino
    for _ in range(3):
        with held_back():
            noise()
    assert (sys.stderr, sys.stdout, os.fstat(2).st_ino) == before
