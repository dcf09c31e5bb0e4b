"""The verify command, run as a user would."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from colour_model import SIZE, colour_model, save_pictures

from rcnet_tf import verify
from rcnet_tf.errors import UserError
from rcnet_tf.export import golden, tflite
from rcnet_tf.export.record import record
from rcnet_tf.layers import Classifier

HAS_TFLM = importlib.util.find_spec("tflite_micro") is not None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small int8 model, its golden vectors, its float version, and pictures for it."""
    os.environ["RCNET_TF_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    place = tmp_path_factory.mktemp("verify")
    noise = np.random.default_rng(0).integers(40, size=(20, SIZE, SIZE, 3))
    pixels = (noise + 60 * np.arange(3)[None, None, None]).astype(np.uint8)
    model = colour_model()
    content = tflite.int8(model, pixels)
    (place / "colours_int8.tflite").write_bytes(content)
    values = record(content, [[("a.jpg", 0, pixels[0])], [("b.jpg", 1, pixels[1])]])
    (place / "colours_golden.bin").write_bytes(golden.pack(values))
    (place / "float.tflite").write_bytes(tflite.float32(model))
    save_pictures(place / "pictures", count=20)
    yield place
    del os.environ["RCNET_TF_CACHE"]


def command(*arguments, **options):
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "rcnet_tf.verify", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        **options,
    )


def test_all_is_well(folder):
    model = folder / "colours_int8.tflite"
    done = command(model)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{model}: 2 pictures, ")
    assert done.stdout.endswith("all exact\n") and done.stdout.count("\n") == 1
    assert done.stderr.startswith("replaying golden pictures: 2/2")


def test_the_first_stage_that_differs_is_named(folder, tmp_path):
    content = bytearray((folder / "colours_golden.bin").read_bytes())
    values = golden.parse(bytes(content))
    last = values.stages[-2]
    pictures = [vars(picture).copy() for picture in values.pictures]
    checksums = list(pictures[1]["checksums"])
    checksums[-2] ^= 1
    pictures[1]["checksums"] = tuple(checksums)
    broken = golden.Golden(
        values.model_sha256, values.stages, tuple(golden.Picture(**one) for one in pictures)
    )
    (tmp_path / "broken.bin").write_bytes(golden.pack(broken))
    done = command(folder / "colours_int8.tflite", "--golden", tmp_path / "broken.bin")
    assert done.returncode == 2 and done.stdout == ""
    line = done.stderr.splitlines()[-1]
    assert line.startswith("rcnet_tf.verify: error: ")
    count = len(values.stages)
    assert f"first differs in {last.name} (" in line
    assert f"stage {count - 1} of {count}, with b.jpg; all {count - 2} before are right" in line
    assert "1 of 2 pictures differ" in line


@pytest.mark.skipif(not HAS_TFLM, reason="tflite-micro has wheels for Linux on x86-64 alone")
def test_micro_engine(folder, capsys):
    verify.main([str(folder / "colours_int8.tflite"), "--engine", "tflm"])
    assert "all exact" in capsys.readouterr().out


def test_a_copy_of_the_model_needs_its_golden_file(folder, tmp_path, capsys):
    content = (folder / "colours_int8.tflite").read_bytes()
    (tmp_path / "copy.tflite").write_bytes(content + b"\0")  # behind the zip: another file
    with pytest.raises(UserError, match=r"cannot read .*copy_golden\.bin: No such file"):
        verify.main([str(tmp_path / "copy.tflite")])
    golden_file = str(folder / "colours_golden.bin")
    verify.main([str(tmp_path / "copy.tflite"), "--golden", golden_file])
    assert "made from another file of the same values" in capsys.readouterr().out


def test_comparison_on_pictures(folder, tmp_path, capsys):
    arguments = [str(folder / "colours_int8.tflite"), "--data", str(folder / "pictures")]
    verify.main([*arguments, "--json", str(tmp_path / "result.json")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("9 pictures (pictures, split seed 42, test part)")
    assert lines[2].startswith("LiteRT, reference")
    result = json.loads((tmp_path / "result.json").read_text())
    assert set(result["beside_reference"]) == {"optimised", *(["tflm"] if HAS_TFLM else [])}
    for one in result["beside_reference"].values():
        assert one["pictures"] == 9 and one["bytes"] == 27
    if HAS_TFLM:
        micro = result["beside_reference"]["tflm"]
        assert micro["unexplained"] == 0
        assert micro["equal_stages"] == micro["stages"] > 9
    assert result["accuracy"]["reference"] >= 0.8  # one in 20 of red is green

    verify.main([*arguments, "--limit", "4"])
    assert capsys.readouterr().out.startswith("4 pictures (")


def shaped(tmp_path):
    """An int8 network of two inputs' width in height: no classifier of square pictures."""
    inputs = keras.Input((SIZE, 2 * SIZE, 3))
    x = keras.layers.GlobalAveragePooling2D()(inputs)
    outputs = keras.layers.Softmax()(Classifier(("a", "b"), name="logits")(x))
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(inputs, outputs))
    (tmp_path / "wide.tflite").write_bytes(converter.convert())
    return tmp_path / "wide.tflite"


def test_unusable_files(folder, tmp_path):
    good = (folder / "colours_int8.tflite").read_bytes()
    (tmp_path / "short.tflite").write_bytes(good[: len(good) // 3])
    (tmp_path / "photo.tflite").write_bytes(b"\xff\xd8\xff\xe0 no model at all")
    (tmp_path / "empty.tflite").write_bytes(b"")
    (tmp_path / "short.bin").write_bytes((folder / "colours_golden.bin").read_bytes()[:1000])
    model = folder / "colours_int8.tflite"
    for arguments, reason in [
        ([tmp_path / "none.tflite"], "No such file or directory; expected an int8 .tflite"),
        ([tmp_path], "Is a directory; expected an int8 .tflite"),
        ([tmp_path / "empty.tflite"], "is no .tflite file"),
        ([tmp_path / "photo.tflite"], "is no .tflite file"),
        ([tmp_path / "short.tflite"], "cannot be read: it is truncated or corrupt"),
        ([folder / "float.tflite"], "takes float32 pictures; expected an int8 model"),
        ([shaped(tmp_path)], "maps (1, 64, 128, 3) to (1, 2); expected a classifier"),
        ([model, "--golden", tmp_path / "none.bin"], "none.bin: No such file or directory"),
        ([model, "--golden", tmp_path / "short.bin"], "it has 1000 bytes, not"),
        ([model, "--golden", model], "holds no golden vectors"),
        ([model, "--limit", "3"], "--json and --limit belong to --data"),
        ([model, "--data", tmp_path / "nowhere"], "no such folder or file"),
        ([model, "--data", folder / "pictures", "--limit", "0"], "expected at least 1"),
        ([model, "--engine", "magic"], "invalid choice: 'magic'"),
    ]:
        with pytest.raises(UserError) as error:
            verify.main([str(one) for one in arguments])
        assert reason in str(error.value), arguments
        assert "\n" not in str(error.value)


# An importer that refuses both, in this process and in those that it starts.
BLOCKER = """
import sys


class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("tensorflow", "keras"):
            raise AssertionError(f"{name} was imported")


sys.meta_path.insert(0, Refuse())
"""


def test_nothing_needs_tensorflow(folder, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(BLOCKER)
    script = """
import sys
from pathlib import Path
from rcnet_tf import verify
from rcnet_tf.export import arena, golden, inspect, metadata
from rcnet_tf.tflite_file import flatbuffer

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    model = folder / "colours_int8.tflite"
    content = model.read_bytes()
    assert metadata.of(flatbuffer.parse(content)).name == "colours"
    assert inspect.describe(content).labels == ("red", "green", "blue")
    assert arena.arena(content).total > 0
    golden.parse((folder / "colours_golden.bin").read_bytes())
    verify.main([str(model), "--data", str(folder / "pictures")])
    verify.main([str(model)])
    assert not {"tensorflow", "keras"} & set(sys.modules)
    try:
        import keras
    except AssertionError as error:
        print(error)
"""
    (tmp_path / "script.py").write_text(script)
    roots = [str(tmp_path), str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py", folder],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(roots)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "keras was imported"  # the blocker was at work


def test_help_is_quick():
    start = time.monotonic()
    done = command("--help")
    assert done.returncode == 0 and "--golden" in done.stdout
    assert time.monotonic() - start < 1.0
