"""The robustness command, as a user runs it."""

import csv

import numpy as np
import pytest
from colour_model import SIZE, colour_model, save_pictures
from PIL import Image

from rcnet_tf import robustness
from rcnet_tf.errors import UserError

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def model(colours):
    return colours


def test_float_and_int8_side_by_side(tmp_path, model, capsys):
    from rcnet_tf.export import tflite

    random = np.random.default_rng(0)
    plain = random.integers(0, 256, (20, 1, 1, 3)).astype(np.uint8).repeat(SIZE, 1).repeat(SIZE, 2)
    int8 = tmp_path / "colours_int8.tflite"
    int8.write_bytes(tflite.int8(colour_model(), plain))
    data, out = save_pictures(tmp_path / "pictures"), tmp_path / "out"
    options = ["--part", "train", "--only", "defocus", "depth", "--out", str(out)]
    robustness.main(["--model", str(model), str(int8), "--data", str(data), *options])
    with (out / "robustness.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * (1 + 2 * 5)
    # The colour decides, which neither blur nor few bits change.
    assert {row["pictures"] for row in rows} == {"18"}
    assert {row["correct"] for row in rows} <= {"17", "18"}
    printed = capsys.readouterr().out
    assert "18 pictures (pictures, split seed 42, train)" in printed
    assert printed.count("colours_int8.tflite") == 4
    assert (out / "robustness.md").read_text().startswith("Accuracy in percent, 18 pictures")
    for name in ("robustness.png", "pictures.jpg"):
        with Image.open(out / name) as picture:
            picture.load()


def test_bad_input_is_one_line_and_writes_nothing(tmp_path, model):
    data = save_pictures(tmp_path / "pictures")

    def refused(match, *options):
        with pytest.raises(UserError, match=match):
            robustness.main(["--data", str(data), "--out", str(tmp_path / "out"), *options])
        assert not (tmp_path / "out").exists()

    refused("--limit 0: expected at least 1", "--model", str(model), "--limit", "0")
    refused("no corruption fog", "--model", str(model), "--only", "fog")
    refused("no such file", "--model", str(model), str(tmp_path / "none.tflite"))
    refused("--part", "--model", str(model), "--part", "all")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file"):
        robustness.main(["--model", str(model), "--out", str(tmp_path / "file")])
