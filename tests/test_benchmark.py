"""The benchmark: the networks that it compares are the same, and it reports what it promises."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from rcnet_tf import benchmark, model
from rcnet_tf.benchmarks import kernels
from rcnet_tf.benchmarks.timing import Timing, interleaved, timed
from rcnet_tf.errors import UserError

pytest.importorskip("tf_keras")
from rcnet_tf.benchmarks import keras2  # which needs it

SIZE = 64
# Figures of a network, and how many decimal places the table gives them.
DIGITS = {"images_per_second": 1, "ratio": 2, "cpu_ms_per_image": 2, "cpu_ratio": 2}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A run of one step, as the command writes it, on networks of three blocks.

    Tracing takes most of the time, of eleven four times as much; only the process without oneDNN
    has them all.
    """
    path = tmp_path_factory.mktemp("benchmark") / "speed.json"
    options = ("--input-size", str(SIZE), "--batch", "2", "--steps", "1", "--json", str(path))
    with pytest.MonkeyPatch.context() as patch:
        for module in (model, keras2):
            patch.setattr(module, "STAGES", ((1, 48), (2, 96)))
        benchmark.main(list(options))
    return json.loads(path.read_text())


def test_report_has_every_figure(report):
    assert (report["input_size"], report["batch"], report["steps"]) == (SIZE, 2, 1)
    assert report["backend"] == keras.config.backend()
    assert report["versions"]["keras"] == keras.__version__
    names = [network["name"] for network in report["networks"]]
    assert names[0] == "Keras 3, rcnet_tf" and "tf_keras" in names
    on_tensorflow = report["backend"] == "tensorflow"
    assert (names[-1] == "Keras 3, without oneDNN") == on_tensorflow
    assert "Keras 3, plain BatchNormalization" in names
    for network in report["networks"]:
        for part in ("training", "inference"):
            figures = network[part]
            assert figures.keys() == DIGITS.keys()
            assert all(value > 0 for value in figures.values())
    yardstick = report["networks"][names.index("tf_keras")]
    assert yardstick["training"]["ratio"] == yardstick["inference"]["ratio"] == 1.0


def test_networks_agree(report):
    assert report["outputs_apart"] <= 1e-5
    assert report["losses_apart"] <= 1e-4


def test_table_shows_every_network(report):
    lines = benchmark.lines(report)
    for network in report["networks"]:
        shown = [line.split()[-4:] for line in lines if line.startswith(network["name"])]
        assert shown == [_cells(network["training"]), _cells(network["inference"])]


def _cells(figures):
    return [f"{figures[name]:.{places}f}" for name, places in DIGITS.items()]


def test_a_tflite_has_no_training(report):
    converted = {**report["networks"][0], "name": "model.tflite", "training": None}
    lines = benchmark.lines({**report, "networks": [converted]})
    assert sum(line.startswith("model.tflite") for line in lines) == 1


def test_another_network_is_noticed():
    from rcnet_tf.benchmarks import contenders

    networks = contenders.contenders(SIZE)
    networks = [networks[0], networks[-1]]
    images = np.random.default_rng(0).uniform(-1, 1, (2, SIZE, SIZE, 3)).astype(np.float32)
    assert contenders.outputs_apart(networks, images) <= contenders.TOLERANCE
    bias = networks[0].model.get_layer("logits").bias
    bias.assign(bias + 1.0)
    assert contenders.outputs_apart(networks, images) > 100 * contenders.TOLERANCE


def test_plain_network_has_no_layer_of_ours_and_the_same_weights():
    from rcnet_tf.benchmarks.contenders import replaced
    from rcnet_tf.layers import BatchNorm
    from rcnet_tf.model import FocusRCNet

    model = FocusRCNet(weights=None, input_shape=(SIZE, SIZE, 3))
    plain = replaced(model, BatchNorm, keras.layers.BatchNormalization)
    assert any(isinstance(layer, BatchNorm) for layer in model.layers)
    assert not any(isinstance(layer, BatchNorm) for layer in plain.layers)
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_runs_take_turns_and_warm_up_untimed():
    calls = []
    runs = {name: timed(lambda name=name: calls.append(name)) for name in "ab"}
    timings = interleaved(runs, images=5, repeats=3)
    assert "".join(calls) == "aabb" + "ab" + "ba" + "ab"
    assert all(len(timing.wall) == len(timing.cpu) == 3 for timing in timings.values())


def test_a_process_that_has_ended_is_an_error():
    with kernels.OwnKernels(SIZE, 2) as others:
        others._process.kill()
        with pytest.raises(RuntimeError, match="without oneDNN: the process has ended"):
            others.run("train")()


def test_figures_of_a_timing():
    fast, slow = Timing(8, (1.0, 2.0, 9.0), (4.0, 4.0, 4.0)), Timing(8, (2.0, 4.0, 9.0), (1.0,) * 3)
    assert fast.images_per_second == 4.0
    assert fast.cpu_ms_per_image == 500.0
    assert fast.faster_than(slow) == 2.0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--input-size", "65"], "--input-size.*65"),
        (["--batch", "0"], "--batch 0"),
        (["--steps", "-1"], "--steps -1"),
        (["--steps", "many"], "--steps.*many"),
        (["--model", "missing.tflite"], "missing.tflite"),
    ],
)
def test_bad_options_are_named(options, complaint):
    with pytest.raises(UserError, match=complaint):
        benchmark.main(options)


def test_a_keras_file_is_no_tflite(tmp_path):
    inputs = keras.Input((SIZE, SIZE, 3))
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(inputs))
    keras.Model(inputs, outputs).save(tmp_path / "model.keras")
    with pytest.raises(UserError, match=r"expected a \.tflite"):
        benchmark.main(["--model", str(tmp_path / "model.keras")])


def test_bad_option_from_the_shell_is_one_line_and_exit_2():
    command = [sys.executable, "-m", "rcnet_tf.benchmark", "--batch", "0"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert result.stdout == "" and len(result.stderr.splitlines()) == 1
