"""`python -m rcnet_tf.summary`: the table and what it refuses."""

import keras
import pytest

from rcnet_tf import summary
from rcnet_tf.errors import UserError


def lines(capsys, *argv):
    summary.main(list(argv))
    return capsys.readouterr().out.splitlines()


def figures(text):
    """{name: number} of the lines below the table."""
    below = text[text.index("", 2) + 1 :]
    return {line[:24].strip(): int(line[24:40].replace(",", "")) for line in below}


def test_the_papers_figures(capsys):
    text = lines(capsys, "--input-size", "380")
    assert text[0] == "focus_rcnet, input 380x380x3"
    found = figures(text)
    assert found["trainable parameters"] == 525_802
    assert found["multiply-accumulates"] == 368_514_912
    assert found["paper's count"] == 418_801_494
    assert found["convolution bias"] == 13_207_584


def test_table_of_stages(capsys):
    text = lines(capsys, "--input-size", "64")
    table = text[2 : text.index("", 2)]
    names = [line.split()[0] for line in table[1:]]
    assert names == "focus stage1 stage2 stage3 stage4 conv5 pool logits".split()
    assert table[5].split() == [
        "stage4", "2x2x384", "222,048", "1,543,680", "1,608,960", "6,144",
    ]  # fmt: skip
    assert len({len(line) for line in table}) == 1  # aligned


def test_layers_add_up_to_the_stages(capsys):
    arguments = ("--input-size", "64", "--width", "0.5", "--classes", "3")
    stages, layers = lines(capsys, *arguments), lines(capsys, *arguments, "--layers")
    assert len(layers) > len(stages) + 100
    assert stages[-9:] == layers[-9:]
    for text in (stages, layers):
        rows = [line.split() for line in text[3 : text.index("", 2)]]
        macs = sum(int(row[3].replace(",", "")) for row in rows)
        assert macs == figures(text)["multiply-accumulates"]


def test_ablations(capsys):
    arguments = ["--input-size", "64", "--stem", "conv", "--block", "bottleneck"]
    text = lines(capsys, *arguments, "--attention", "none", "--layers")
    assert not any("simam" in line for line in text)
    assert text[3].split()[:3] == ["stem", "32x32x24", "648"]


def test_keras_files(capsys, tmp_path):
    path = tmp_path / "tiny.keras"
    inputs = keras.Input((4, 4, 3))
    keras.Model(inputs, keras.layers.Conv2D(2, 1, name="only")(inputs), name="tiny").save(path)
    text = lines(capsys, "--model", str(path))
    assert text[0] == "tiny, input 4x4x3"
    assert text[3].split() == ["only", "4x4x2", "8", "96", "128", "32"]


@pytest.mark.parametrize(
    "argv, message",
    [
        (["--input-size", "65"], "--input-size 65: expected an even number from 64 to 448"),
        (["--width", "-1"], "--width -1.0: expected 0.01 to 8"),
        (["--width", "9"], "--width 9.0: expected 0.01 to 8"),
        (["--model", "ShuffleNetV1", "--width", "nan"], "--width nan: expected 0.01 to 8"),
        (["--model", "ShuffleNetV1", "--width", "1e9"], "--width 1000000000.0: expected 0.01"),
        (["--model", "MobileNetV2", "--input-size", "-32"], "--input-size -32: expected 32 to"),
        (["--classes", "0"], "--classes 0: expected at least 1"),
        (["--model", "NoNet"], "model 'NoNet': expected focus_rcnet, ShuffleNetV1 or one of"),
        (["--model", "no.keras"], "no such file: no.keras"),
        (["--model", "a.keras", "--width", "1"], "--width 1.0: a.keras settles it"),
        (
            ["--model", "MobileNetV2", "--stem", "conv"],
            "--stem conv: it is a setting of focus_rcnet",
        ),
        (["--stem", "none"], "invalid choice: 'none'"),
        (["--nope"], "unrecognized arguments: --nope"),
    ],
)
def test_bad_options(argv, message):
    with pytest.raises(UserError) as error:
        summary.main(argv)
    assert message in str(error.value)


def test_a_model_of_unknown_size(tmp_path):
    path = tmp_path / "any.keras"
    inputs = keras.Input((None, None, 3))
    keras.Model(inputs, keras.layers.Conv2D(2, 1)(inputs)).save(path)
    with pytest.raises(UserError, match="unknown size"):
        summary.main(["--model", str(path)])
