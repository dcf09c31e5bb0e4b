"""Training under tfmot from the outside: what it writes, what it refuses, and what a kill costs."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from rcnet_tf import compression
from rcnet_tf import train as command
from rcnet_tf.compression import launch, sizes
from rcnet_tf.errors import UserError
from rcnet_tf.export.check import check_int8
from rcnet_tf.keras_files import load_model
from rcnet_tf.runtime import load
from rcnet_tf.tflite_file import flatbuffer
from rcnet_tf.training.config import TrainConfig

# As the worker runs it, with a kill -9 after so many batches. Arguments: settings, folder, batches.
KILLED = """
import json, os, signal, sys
from pathlib import Path
from rcnet_tf.compression import fit, run

left = int(sys.argv[3])

def count(self, batch, logs=None):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

fit._EndOfEpoch.on_train_batch_end = count
run.run(json.loads(sys.argv[1]), Path(sys.argv[2]))
"""

COMMON = TrainConfig(
    split="0", input_size=64, batch=8, epochs=3, learning_rate=0.005, augment="strong"
)
# 42 pictures to train on are 5 steps an epoch: killed in the third one.
WAYS = {
    "qat": dict(qat="tfmot", mixup=0.2, dropout=0.3, ema=0.9),
    "prune": dict(prune=0.5, optimizer="adamw", dropout=0.3, clip_norm=1.0),
    "cluster": dict(cluster=8, dropout=0.3),
}
BATCHES = 12
EVERYTHING = bool(os.environ.get("RCNET_TF_EVERYTHING"))
# A kill costs two more processes, each of which traces everything anew.
KILLED_WAYS = ("qat", "prune") if EVERYTHING else ("qat",)
slow = pytest.mark.skipif(not EVERYTHING, reason="RCNET_TF_EVERYTHING is not set")


@pytest.fixture(scope="module")
def settings(folder, trained):
    shared = replace(COMMON, data=str(folder), init_from=str(trained))
    return {name: replace(shared, **way) for name, way in WAYS.items()}


@pytest.fixture(scope="module")
def runs(settings, elsewhere, tmp_path_factory):
    """Folders of every way: of a whole run, and of one that was killed and resumed."""
    root = tmp_path_factory.mktemp("runs")

    def whole(name):
        return compression.train(settings[name], root / name)

    def killed(name):
        out = root / f"{name} killed"
        elsewhere(KILLED, json.dumps(asdict(settings[name])), out, BATCHES, status=-9)
        with h5py.File(out / "checkpoint.h5") as file:
            done = json.loads(file.attrs["state"])["epochs_done"]
        return done, compression.train(settings[name], out)

    with ThreadPoolExecutor(2) as pool:
        first = {name: pool.submit(whole, name) for name in WAYS}
        second = {name: pool.submit(killed, name) for name in KILLED_WAYS}
        others = {name: one.result() for name, one in second.items()}
        return {name: (root, first[name].result(), *others.get(name, ())) for name in WAYS}


def report(root, name):
    return json.loads((root / name / "compression.json").read_text())


@pytest.mark.parametrize("name", WAYS)
def test_writes_a_plain_network_and_its_int8_file(runs, folder, name):
    root, result, *_ = runs[name]
    before, after = report(root, name)["before"], report(root, name)["after"]
    network = load(result.best_model)
    file = root / name / report(root, name)["file"]
    content = file.read_bytes()
    check_int8(flatbuffer.parse(content), name)
    assert load(file).class_names == network.class_names == ("can", "jar", "leaf")
    assert after["int8_bytes"] == len(content)
    assert after["int8_bytes_deflated"] == sizes.deflated(content) < len(content)
    assert 0 <= before["int8_accuracy"] <= 1
    assert len(result.history) == 3 and 0 <= result.best_accuracy <= 1
    rows = (root / name / "history.csv").read_text().splitlines()
    assert len(rows) == 4 and all(row.endswith(",tensorflow") for row in rows[1:])


def test_pruned_kernels_are_half_zeros_in_both_files(runs):
    root, result, *_ = runs["prune"]
    kernels = sizes.keras_kernels(load_model(result.best_model))
    assert all(np.mean(kernel == 0) == pytest.approx(0.5, abs=0.01) for kernel in kernels)
    content = (root / "prune" / report(root, "prune")["file"]).read_bytes()
    stored = sizes.tflite_kernels(content)
    assert len(stored) == len(kernels)
    assert all(np.mean(kernel == 0) >= 0.49 for kernel in stored)
    both = report(root, "prune")
    assert both["after"]["int8_bytes_deflated"] < both["before"]["int8_bytes_deflated"]
    # Before the sparsity is reached no epoch is the best.
    assert [row["counts"] for row in result.history] == [False, True, True]


def test_clustered_kernels_have_few_values_in_both_files(runs):
    root, result, *_ = runs["cluster"]
    kernels = sizes.keras_kernels(load_model(result.best_model))
    assert max(len(np.unique(kernel)) for kernel in kernels) == 8
    content = (root / "cluster" / report(root, "cluster")["file"]).read_bytes()
    *convolutions, dense = sizes.tflite_kernels(content)
    # Channels whose largest weight is another cluster have a scale of their own.
    assert max(len(np.unique(kernel)) for kernel in convolutions) <= 32
    assert len(np.unique(dense)) <= 3 * 8, "one scale for each of three classes"


def test_quantised_file_decides_as_its_training_did(runs, folder):
    root, result, *_ = runs["qat"]
    assert report(root, "qat")["after"]["int8_accuracy"] == pytest.approx(
        result.best_accuracy, abs=1 / 9 + 1e-6
    ), "at most one of nine pictures may tip"


def test_quantised_training_does_not_end_worse_than_it_starts(runs):
    root, result, *_ = runs["qat"]
    with h5py.File(root / "qat" / "checkpoint.h5") as file:
        start = json.loads(file.attrs["state"])["start"]
    epochs = [row["val_accuracy"] for row in result.history]
    assert 0 <= start <= 1 and result.best_accuracy == max(start, *epochs)


@pytest.mark.parametrize("name", ["qat", pytest.param("prune", marks=slow)])
def test_a_killed_run_ends_like_an_uninterrupted_one(runs, name):
    root, result, done, resumed = runs[name]
    assert done == 2, "the kill came at another moment"
    assert result.history == resumed.history
    one, other = root / name, root / f"{name} killed"
    with h5py.File(one / "checkpoint.h5") as first, h5py.File(other / "checkpoint.h5") as second:
        assert first.keys() == second.keys()
        for key in first:
            np.testing.assert_array_equal(first[key][()], second[key][()], err_msg=key)
    file = report(root, name)["file"]
    assert (one / file).read_bytes() == (other / file).read_bytes()
    weights = [load_model(path / "best.keras").get_weights() for path in (one, other)]
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_tfmot_stays_out_of_this_process(runs):
    assert "tensorflow_model_optimization" not in sys.modules


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (dict(qat="tfmot", teacher="t.keras"), "--teacher t.keras with --qat tfmot"),
        (dict(prune=0.5, ema=0.9), "--ema 0.9 with --prune 0.5: expected --ema 0 there"),
        (dict(cluster=8, model="MobileNetV2"), "--model MobileNetV2 with --cluster 8"),
        (dict(cluster=3), "expected 4 to 256 values"),
        (dict(prune=0.5, init_from=""), "--init-from"),
        (dict(prune=0.5, cluster=8), "--prune and --cluster"),
        (dict(prune=0.5), "no such file: best.keras"),
        (dict(prune=0.5, init_from="a.weights.h5"), "expected a .keras file"),
    ],
)
def test_refuses_settings_that_do_not_go_together(tmp_path, monkeypatch, changes, words):
    monkeypatch.chdir(tmp_path)
    config = replace(COMMON, **{"init_from": "best.keras", **changes})
    with pytest.raises(UserError, match=words):
        compression.train(config, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("how", ["--prune 0.5", "--cluster 16"])
def test_recipes_as_documented(tmp_path, monkeypatch, how):
    """docs/int8.md: the recipe averages weights, which pruned ones cannot bear."""
    page = (Path(__file__).parents[2] / "docs" / "int8.md").read_text()
    (line,) = re.findall(rf"^\$ python -m rcnet_tf\.train (.* {how} .*)$", page, re.M)
    monkeypatch.setattr(launch, "NEEDED", {})  # this is about settings
    (tmp_path / "mine.keras").touch()
    words = line.replace("mine.keras", str(tmp_path / "mine.keras")).split()
    launch.check(command._config(command._parser().parse_args(words)))


def test_says_what_to_install(trained, tmp_path, monkeypatch):
    monkeypatch.setitem(launch.NEEDED, "no_such_module_rcnet", "no-such-package")
    with pytest.raises(UserError, match=r"not installed here; run: pip install .*no-such-package"):
        compression.train(replace(COMMON, init_from=str(trained), prune=0.5), tmp_path / "out")


def test_refuses_a_network_that_is_no_focus_rcnet(settings, elsewhere, tmp_path):
    path = tmp_path / "other.keras"
    x = inputs = keras.Input((64, 64, 3))
    x = keras.layers.GlobalAveragePooling2D()(x)
    keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x)).save(path)
    with pytest.raises(UserError, match=r"other\.keras is no Focus-RCNet"):
        compression.train(replace(settings["prune"], init_from=str(path)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_worker_ends_with_the_process_that_started_it(settings, tmp_path):
    job = {"config": asdict(settings["prune"]), "out": str(tmp_path / "out")}
    worker = subprocess.Popen(
        [sys.executable, "-m", "rcnet_tf.compression.worker"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TF_USE_LEGACY_KERAS": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    worker.stdin.write(json.dumps({**job, "answer": str(Path(tmp_path) / "answer")}) + "\n")
    worker.stdin.close()
    assert worker.wait(timeout=60) == 1
    assert not (tmp_path / "answer").exists()


@pytest.mark.usefixtures("elsewhere")
def test_a_full_disk_is_one_line(folder, trained, tmp_path):
    """A limit on the size of files is one kind of it."""
    resource = pytest.importorskip("resource")
    words = f"--input-size 64 --data {folder} --init-from {trained} --out {tmp_path / 'run'}"
    done = subprocess.run(
        [sys.executable, "-m", "rcnet_tf.train", "--prune", "0.5", *words.split()],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr[-2500:]
    assert "File too large; make room" in done.stderr.splitlines()[-1]
