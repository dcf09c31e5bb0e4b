"""Two processes on loopback train one network: as one process does, and when one of them dies."""

import csv
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.training.address import Address
from rcnet_tf.training.distribute import Team, alone, joined

needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="no jax installed")

SCRIPT = """
from rcnet_tf import cli, left_out, train
left_out.leave_out()  # as cli.run does, but before small_network loads Keras
import small_network
from rcnet_tf.training import loop, task

loop.build = task.build = small_network.build
if __name__ == "__main__":
    cli.run(train.main)
"""
OPTIONS = (
    "--split 0 --input-size 64 --epochs 6 --batch 8 --learning-rate 0.05 --augment paper "
    "--mixup 0.2 --ema 0.8 --class-weight balanced --dropout 0.3 --no-tensorboard"
)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def start(pictures, tmp_path):
    """start(out, rank=.., port=..) -> a running process of a team of two; without a rank, alone."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    here = os.path.dirname(__file__)
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "PYTHONPATH": os.pathsep.join([here, *sys.path]),
        # Compiled once for all processes of the test.
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "compiled"),
        "JAX_PERSISTENT_COMPILATION_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    processes = []

    def run(out, rank=None, port=None, options=OPTIONS):
        arguments = [*options.split(), "--data", str(pictures), "--out", str(tmp_path / out)]
        if rank is not None:
            arguments += ["--distribute", f"127.0.0.1:{port},2,{rank}"]
        process = subprocess.Popen(
            [sys.executable, str(script), *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.wait()


def finish(*processes):
    outputs = [process.communicate(timeout=600) for process in processes]
    for process, (_, err) in zip(processes, outputs, strict=True):
        assert process.returncode == 0, err[-3000:]
    return outputs


def curve(folder, *columns):
    with open(folder / "history.csv", newline="") as file:
        return np.array([[float(row[name]) for name in columns] for row in csv.DictReader(file)])


def arrays(path):
    with h5py.File(path) as file:
        return {file[key].attrs["path"]: file[key][()] for key in file}


def wait_for_epochs(folder, count):
    for _ in range(1200):
        try:
            if len(curve(folder, "epoch")) >= count:
                return
        except (FileNotFoundError, ValueError):
            pass
        time.sleep(0.25)
    raise AssertionError("no epoch was finished")


@needs_jax
def test_two_processes_train_as_one_does_and_survive_a_kill(start, tmp_path):
    single = start("single")
    port = free_port()
    pair = [start("pair", rank, port) for rank in (1, 0)]
    finish(single)
    (_, other_err), (out, err) = finish(*pair)
    assert "best validation accuracy" in out and "small, " in err
    chatter = [line for line in other_err.splitlines() if not line.startswith("decoding pictures")]
    assert chatter == [] and "Gloo" not in out + err

    # The same curves but for the order of sums; every picture is validated once.
    columns = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
    one, two = curve(tmp_path / "single", *columns), curve(tmp_path / "pair", *columns)
    assert one[-1, 0] < one[0, 0] - 0.05, "nothing was learnt"
    np.testing.assert_allclose(two, one, rtol=1e-3, atol=1e-4)
    # Moving statistics are those of the whole batch, not of one process's half.
    one, two = (arrays(tmp_path / name / "checkpoint.h5") for name in ("single", "pair"))
    for path in one:
        np.testing.assert_allclose(two[path], one[path], rtol=2e-2, atol=2e-3, err_msg=path)

    # One is killed; the other says so in one line and ends; both again end as the pair did.
    port = free_port()
    killed, left = (start("killed", rank, port) for rank in (1, 0))
    wait_for_epochs(tmp_path / "killed", 2)
    killed.send_signal(signal.SIGKILL)
    began = time.monotonic()
    _, err = left.communicate(timeout=120)
    assert time.monotonic() - began < 60
    assert left.returncode == 1
    last = err.splitlines()[-1]
    assert "another process of this run is gone" in last and "start all of them again" in last
    assert "Traceback" not in err and "Check failure" not in err
    done = len(curve(tmp_path / "killed", "epoch"))
    assert 2 <= done < 6, "the kill came too late to prove anything"

    port = free_port()
    (_, _), (_, err) = finish(*(start("killed", rank, port) for rank in (1, 0)))
    assert "after epoch" in err
    two, again = (arrays(tmp_path / name / "checkpoint.h5") for name in ("pair", "killed"))
    for path in two:
        np.testing.assert_array_equal(again[path], two[path], err_msg=path)
    assert (tmp_path / "pair/history.csv").read_text() == (
        tmp_path / "killed/history.csv"
    ).read_text()


@needs_jax
def test_what_one_process_cannot_do_both_say(start, tmp_path):
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/thesis.tex").write_text("")
    port = free_port()
    pair = [start("foreign", rank, port) for rank in (0, 1)]
    (_, leader), (_, other) = (process.communicate(timeout=300) for process in pair)
    assert [process.returncode for process in pair] == [2, 2]
    assert leader.count("\n") == other.count("\n") == 1, leader + other
    assert "holds files but no run" in leader
    assert "process 0 of 2" in other and "holds files but no run" in other


def test_shards():
    assert Team().shard(7) == slice(0, 7)
    assert [Team(2, rank, 4).shard(8) for rank in (0, 1)] == [slice(0, 4), slice(4, 8)]
    with pytest.raises(UserError, match="--batch 6 on 4 devices of 2 processes"):
        Team(2, 0, 4).shard(6)


def test_alone_nothing_is_shared():
    team = Team()
    team.agree("settings", "others")
    state, values = {"epochs_done": 1}, [np.ones(3)]
    assert team.share(state, values, []) == (state, values)
    with pytest.raises(UserError, match="mine"), team.together():
        raise UserError("mine")
    with alone(), team.together():
        pass


def test_other_backends_say_what_to_do():
    import keras

    if keras.config.backend() == "jax":
        pytest.skip("this backend can do it")
    with (
        pytest.raises(UserError, match="set the variable KERAS_BACKEND=jax"),
        joined(Address("127.0.0.1", 1, 2, 0)),
    ):
        pass
