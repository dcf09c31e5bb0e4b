"""A run that is killed, again and again, ends with the very weights of one that is not."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np

from rcnet_tf.keras_files import load_model

# The command, with a kill -9 at one moment. Arguments: moment, epochs done by then, options. In the
# place of Focus-RCNet there is a network of two blocks, with the same kinds of layers and of
# variables: seven processes trace it, each in a tenth of the time.
SCRIPT = """
import os, signal, sys
from rcnet_tf import cli, left_out, train
left_out.leave_out()  # as cli.run does, but before small_network loads Keras
import small_network
from rcnet_tf.training import callbacks, checkpoint, loop, task

loop.build = task.build = small_network.build
moment, epochs = sys.argv[1], int(sys.argv[2])
sys.argv = ["train", *sys.argv[3:]]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def in_an_epoch(self, batch, logs=None):
    if len(self.history) == epochs and batch == 2:
        die()

def after_a_checkpoint(path, variables, state):
    save(path, variables, state)
    if state["epochs_done"] == epochs:
        die()

def writing_a_checkpoint(source, target):
    if str(target).endswith("checkpoint.h5"):
        die()
    replace(source, target)

save, replace = checkpoint.save, os.replace
if moment == "in an epoch":
    callbacks.EndOfEpoch.on_train_batch_end = in_an_epoch
elif moment == "after a checkpoint":
    checkpoint.save = after_a_checkpoint
elif moment == "writing a checkpoint":
    os.replace = writing_a_checkpoint
cli.run(train.main)
"""

SHARED = "--split 0 --input-size 64 --batch 8 --no-tensorboard --augment strong"
# Name: (options, [(moment of the kill, whole epochs in the checkpoint by then)]).
RUNS = {
    "sgd": (
        "--epochs 3 --optimizer sgd --ema 0.9 --mixup 0.2 --dropout 0.3 --learning-rate 0.02",
        [("after a checkpoint", 1)],
    ),
    "adamw": (
        "--epochs 3 --optimizer adamw --learning-rate 0.002 --dropout 0.5 --clip-norm 1",
        [("writing a checkpoint", 0), ("in an epoch", 2)],
    ),
}


def run(pictures, out, options, moment="never", epochs=0):
    arguments = [*f"{SHARED} {options}".split(), "--data", str(pictures), "--out", str(out)]
    here = os.path.dirname(__file__)
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, moment, str(epochs), *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([here, *sys.path])},
        capture_output=True,
        text=True,
        timeout=900,
    )


def killed_and_resumed(pictures, folder, options, kills):
    """Run to the end through all kills; every process's line that says where it goes on."""
    resumed = []
    for moment, epochs in [*kills, ("never", 0)]:
        process = run(pictures, folder, options, moment, epochs)
        expected = 0 if moment == "never" else -signal.SIGKILL
        assert process.returncode == expected, process.stderr[-2000:]
        resumed += [line for line in process.stderr.splitlines() if line.startswith("resuming")]
    return resumed


def arrays(path):
    with h5py.File(path) as file:
        return {f"{key} {file[key].attrs['path']}": file[key][()] for key in file}


def test_killed_runs_end_like_uninterrupted_ones(pictures, tmp_path):
    # Two processes side by side: tracing a network is one thread's work.
    with ThreadPoolExecutor(2) as pool:
        killed = {
            name: pool.submit(killed_and_resumed, pictures, tmp_path / f"{name} killed", *what)
            for name, what in RUNS.items()
        }
        whole = {
            name: pool.submit(run, pictures, tmp_path / name, options)
            for name, (options, _) in RUNS.items()
        }
        for name, process in whole.items():
            assert process.result().returncode == 0, process.result().stderr[-2000:]
            assert "resuming" not in process.result().stderr, name
        folder = tmp_path / "sgd killed"
        assert killed["sgd"].result() == [f"resuming {folder} after epoch 1 of 3"]
        folder = tmp_path / "adamw killed"
        assert killed["adamw"].result() == [f"resuming {folder} after epoch 2 of 3"]

    for name in RUNS:
        one, other = tmp_path / name, tmp_path / f"{name} killed"
        assert (one / "history.csv").read_text() == (other / "history.csv").read_text()
        assert len((one / "history.csv").read_text().splitlines()) == 4
        # Weights, moving statistics, dropout's counters, momenta, averages: all to the last bit.
        first, second = arrays(one / "checkpoint.h5"), arrays(other / "checkpoint.h5")
        assert first.keys() == second.keys() and any("seed" in key for key in first)
        for key, value in first.items():
            np.testing.assert_array_equal(value, second[key], err_msg=key)
        for file in ("best.keras", "final.keras"):
            models = [load_model(folder / file) for folder in (one, other)]
            for a, b in zip(*(model.get_weights() for model in models), strict=True):
                np.testing.assert_array_equal(a, b)
        assert not list(other.glob(".writing-*")), "left behind by a kill"
