"""What libraries print while they load: kept back, but shown when something goes wrong."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import rcnet_tf

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(rcnet_tf.__file__).parents[1])}
ENVIRONMENT.pop("TF_CPP_MIN_LOG_LEVEL", None)
CHATTER = "import os; os.write(2, b'chatter\\n');"


def start(inside, before="pass", after="pass", **variables):
    """A command that runs `inside` while it loads, and the rest around it."""
    script = f"""
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # deaf to it in the background of a shell
from rcnet_tf import cli, errors, quiet
def main():
    {before}
    with quiet.loading():
        {CHATTER} {inside}
    {after}
cli.run(main)
"""
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**ENVIRONMENT, **variables},
    )


def run(*arguments, **variables):
    process = start(*arguments, **variables)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_chatter_is_forgotten():
    assert run("pass") == (0, "", "")


def test_much_of_it_blocks_nothing():
    assert run("os.write(2, b'x' * 5_000_000)") == (0, "", "")


def test_our_own_lines_around_it_stay():
    say = "print('{0}', file=sys.stderr)"
    assert run("pass", say.format("before"), say.format("after")) == (0, "", "before\nafter\n")


def test_an_exception_brings_it_back():
    code, _, err = run("raise ImportError('no such library')")
    assert code == 1
    assert err.startswith("chatter\n") and "Traceback" in err
    assert err.rstrip().endswith("ImportError: no such library")


def test_bad_input_is_still_one_line():
    code, _, err = run("raise errors.UserError('no such file')")
    assert (code, err) == (2, "rcnet_tf.-c: error: no such file\n")


@pytest.mark.parametrize("end", ["os.abort()", "os.kill(os.getpid(), 9)", "os._exit(7)"])
def test_a_library_that_ends_the_process_is_heard(end):
    code, _, err = run(end)
    assert code != 0 and err == "chatter\n"


def test_control_c_while_loading():
    process = start("print('loading', flush=True); time.sleep(60)")
    assert process.stdout.readline() == "loading\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "interrupted\n")


def test_who_wants_to_see_it_sets_the_variable():
    assert run("pass", TF_CPP_MIN_LOG_LEVEL="0") == (0, "", "chatter\n")


def test_a_process_that_is_left_behind_is_not_waited_for():
    began = time.monotonic()
    inside = "import subprocess; subprocess.Popen(['sleep', '20'], stdout=subprocess.DEVNULL)"
    process = start(inside)
    assert process.wait(timeout=15) == 0 and time.monotonic() - began < 15


def test_with_threads_nothing_is_held_back():
    threads = "import threading; threading.Thread(target=time.sleep, args=[0.5]).start()"
    assert run("pass", threads) == (0, "", "chatter\n")
