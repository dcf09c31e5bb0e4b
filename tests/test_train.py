"""The train command, run as a user would."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from colour_model import save_pictures

import rcnet_tf
from rcnet_tf import onednn, train
from rcnet_tf.errors import UserError
from rcnet_tf.keras_files import load_model

# Several commands in one process, with a line between them: TensorFlow is loaded once. A network of
# two blocks takes the place of Focus-RCNet, whose tracing takes most of the time.
SCRIPT = """
import json, signal, sys
from rcnet_tf import cli, left_out, quiet, train
# A test run in the background of a shell is deaf to Ctrl-C, and so would be its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
quiet.set_level()
left_out.leave_out()
with quiet.loading():
    from rcnet_tf.training import loop, task
import small_network
loop.build = task.build = small_network.build
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["train", *arguments]
    code = 0
    try:
        cli.run(train.main)
    except SystemExit as end:
        code = end.code
    for stream in (sys.stdout, sys.stderr):
        print(f"-- ended with {code}", file=stream, flush=True)
"""
SMALL = "--split 0 --input-size 64 --batch 8 --learning-rate 0.01 --no-tensorboard"
FILES = {
    *("best.keras", "checkpoint.h5", "config.json", "final.keras", "history.csv", "sources.json")
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with pictures in it, where runs and their cache have room."""
    folder = tmp_path_factory.mktemp("train")
    save_pictures(folder / "pictures", count=12)
    return folder


def start(folder, *arguments, **variables):
    places = [Path(rcnet_tf.__file__).parents[1], Path(__file__).parent / "training"]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, places)),
        "RCNET_TF_CACHE": str(folder / "cache"),
    }
    for name in ("TF_CPP_MIN_LOG_LEVEL", onednn.VARIABLE):
        environment.pop(name, None)
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**environment, **variables},
    )


def command(folder, *arguments, **variables):
    """Exit code, stdout and stderr of one command."""
    process = start(folder, "-m", "rcnet_tf.train", *arguments, **variables)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def runs(folder):
    """(exit code, stdout, stderr) of: a run; the same again; other settings; data that is none."""
    own = [*SMALL.split(), "--data", "pictures", "--out", "run"]
    commands = [
        [*own, "--epochs", "2"],
        [*own, "--epochs", "2"],
        [*own, "--epochs", "3"],
        [*own[:-1], "other", "--data", "nowhere"],
    ]
    process = start(folder, "-c", SCRIPT, json.dumps(commands))
    out, err = (_by_command(text) for text in process.communicate(timeout=300))
    assert len(out) == len(err) == len(commands), err
    return [(code, text, said) for (code, text), (_, said) in zip(out, err, strict=True)]


def _by_command(text):
    """(exit code, output) of every command of `SCRIPT`."""
    found = re.findall(r"(.*?)-- ended with (\d+)\n", text, re.DOTALL)
    return [(int(code), output) for output, code in found]


def test_what_is_mistyped_is_seen_before_pictures_are_decoded(tmp_path):
    save_pictures(tmp_path / "pictures", count=12)
    (tmp_path / "file").touch()
    mistakes = {
        "--input-size 62: expected an even number from 64": ["--input-size", "62"],
        "model 'MobilNetV2': expected focus_rcnet": ["--model", "MobilNetV2"],
        "model DenseNet121 with --width 0.5: it comes in one": [
            "--model=DenseNet121",
            "--width=0.5",
        ],
        "--init-from typo.keras: no such file": ["--init-from", "typo.keras"],
        "--init-from imagenet: expected a .keras file": ["--init-from", "imagenet"],
        "file is a file; choose another place": ["--out", "file/run"],
    }
    given = [*SMALL.split(), "--data", "pictures", "--out", "run"]
    process = start(tmp_path, "-c", SCRIPT, json.dumps([given + one for one in mistakes.values()]))
    _, err = process.communicate(timeout=300)
    for (code, said), expected in zip(_by_command(err), mistakes, strict=True):
        assert code == 2 and expected in said.splitlines()[-1], said
    assert not (tmp_path / "cache").exists() and not (tmp_path / "run").exists()


def test_two_epochs(runs, folder):
    code, out, err = runs[0]
    assert code == 0, err
    run = folder / "run"
    assert {path.name for path in run.iterdir()} == FILES
    rows = (run / "history.csv").read_text().splitlines()
    assert len(rows) == 3 and rows[0].startswith("epoch,")
    assert rows[0].endswith(",backend") and all(row.endswith(",tensorflow") for row in rows[1:])
    best = max(float(row.split(",")[rows[0].split(",").index("val_accuracy")]) for row in rows[1:])
    assert out.splitlines()[-2:] == [
        f"best validation accuracy {100 * best:.2f} %: run/best.keras",
        "next: python -m rcnet_tf.evaluate --model run/best.keras --data pictures --split 0",
    ]
    assert json.loads((run / "config.json").read_text())["epochs"] == 2
    assert load_model(run / "best.keras").get_layer("logits").class_names == (
        "blue",
        "green",
        "red",
    )


def test_what_a_run_says_on_the_way(runs):
    lines = runs[0][2].splitlines()
    (first,) = (line for line in lines if line.startswith("small, "))
    assert "pictures of 3 classes to train on, 6 to validate, " in first
    # Nothing of TensorFlow's: what it prints while it loads would hide these lines.
    foreign = ("TensorFlow", "oneDNN", "absl", "cuda", "Traceback")
    assert not [line for line in lines if any(word in line for word in foreign)]


def test_a_run_that_has_ended_only_says_so_again(runs):
    (_, first, _), (code, again, err) = runs[:2]
    assert code == 0 and again.splitlines() == first.splitlines()[-2:]
    assert "resuming run after epoch 2 of 2" in err.splitlines()


def test_other_settings_leave_a_run_alone(runs, folder):
    code, out, err = runs[2]
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "rcnet_tf.train: error: run holds a run with other settings (epochs 2 there, 3 here); "
        "choose another --out"
    ]
    assert json.loads((folder / "run" / "config.json").read_text())["epochs"] == 2


def test_data_that_is_none_leaves_no_folder_behind(runs, folder):
    code, out, err = runs[3]
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1 and "no such folder or file: nowhere" in err
    assert not (folder / "other").exists()


def test_bad_input_is_one_line_though_tensorflow_loads(folder):
    code, out, err = command(folder, "--data", "nowhere", "--out", "none")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1, err
    assert err.startswith("rcnet_tf.train: error: no such folder or file: nowhere")


@pytest.mark.skipif(sys.platform != "linux", reason="TensorFlow says it on Linux")
def test_onednn_is_on_when_tensorflow_loads(folder):
    bad = ("--data", "nowhere", "--out", "none")
    _, _, err = command(folder, *bad, TF_CPP_MIN_LOG_LEVEL="0")
    assert "oneDNN custom operations are on" in err


def test_who_has_chosen_keeps_the_choice(monkeypatch):
    monkeypatch.setenv(onednn.VARIABLE, "0")
    onednn.prefer()
    assert os.environ[onednn.VARIABLE] == "0"


def test_control_c_says_how_to_go_on(folder):
    arguments = [*SMALL.split(), "--data", "pictures", "--out", "stopped", "--epochs", "5000"]
    process = start(folder, "-c", SCRIPT, json.dumps([arguments]))
    try:
        deadline = time.monotonic() + 300
        while not (folder / "stopped" / "checkpoint.h5").is_file():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert "best validation accuracy" not in out
    assert err.splitlines()[-3:] == [
        "the same command goes on after the last whole epoch; the run is in stopped",
        "interrupted",
        "-- ended with 130",
    ]
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments, reason",
    [
        ("--epochs 0", "--epochs 0: expected at least 1"),
        ("--epochs many", "--epochs: invalid int value: 'many'"),
        ("--dropout 1", "--dropout 1.0: expected 0 to"),
        ("--learning-rate nan", "--learning-rate nan: expected at least"),
        ("--optimizer adam", "--optimizer 'adam': expected one of 'sgd', 'adamw'"),
        ("--alpha 0.9", "--alpha is about a teacher's answers; add --teacher best.keras"),
        ("--no-t-squared", "--t-squared is about a teacher's answers"),
        ("--recipe teacher --momentum 0.8", "--momentum 0.8: it is a setting of sgd, not of adamw"),
        ("--recipe mine", "--recipe: invalid choice: 'mine'"),
        ("--distribute here", "--distribute"),
        ("--frobnicate", "unrecognized arguments: --frobnicate"),
        ("picture.jpg", "unrecognized arguments: picture.jpg"),
    ],
)
def test_wrong_arguments(arguments, reason):
    with pytest.raises(UserError, match=f".*{reason}".replace("(", "\\(")):
        train.main(arguments.split())


def test_a_wrong_argument_is_one_line(folder):
    code, out, err = command(folder, "--batch", "0")
    assert (code, out, err) == (2, "", "rcnet_tf.train: error: --batch 0: expected at least 1\n")


def test_a_recipe_may_hold_what_is_not_used():
    """`qat` knows how to listen to a teacher, and can do without one."""
    config = train._config(
        train._parser().parse_args(["--recipe", "qat", "--init-from", "trashnet"])
    )
    assert config.alpha == 1.0 and not config.teacher


def test_finetuning_from_nothing_is_pointed_out(capsys):
    for given, said in [(["--init-from", "trashnet"], False), ([], True)]:
        train._config(train._parser().parse_args(["--recipe", "finetune", *given]))
        assert ("--init-from trashnet" in capsys.readouterr().err) == said
