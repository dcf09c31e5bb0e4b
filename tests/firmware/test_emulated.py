"""The engine on emulated microcontrollers with exactly the RAM it may have."""

import json

import numpy as np
import pytest
from harness import oracle
from inputs import demo
from PIL import Image

from rcnet_tf import bench_mcu
from rcnet_tf.emulation import c99, table
from rcnet_tf.emulation.board import NO_LIBC, Board
from rcnet_tf.emulation.estimate import BOARDS
from rcnet_tf.emulation.measure import RAM, measure
from rcnet_tf.emulation.stages import by_stage
from rcnet_tf.emulation.targets import TARGETS
from rcnet_tf.errors import UserError


def needs(target):
    missing = TARGETS[target].missing()
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (Debian: {TARGETS[target].packages})")


@pytest.mark.parametrize("target", list(TARGETS))
def test_every_instruction_set(networks, target):
    """`measure` raises where an output byte differs from the interpreter's."""
    needs(target)
    network = networks(96)
    rows = measure(network.content, np.stack(demo(96, 2)), [target])
    assert rows[0].ram_bytes <= RAM[96] and rows[0].stack_bytes < 1024
    assert sum(rows[0].stages.values()) == rows[0].instructions
    assert set(rows[0].stages) == {"stage1", "stage2", "stage3", "stage4", "simam", "head"}


def test_targets_at_224(networks):
    needs("cortex-m7")
    network = networks(224)
    (row,) = measure(network.content, np.stack(demo(224, 1)), ["cortex-m7"])
    assert row.ram_bytes <= RAM[224]
    assert row.flash_bytes <= 620_000
    assert row.instructions <= 420_000_000


@pytest.mark.parametrize("target", list(TARGETS))
def test_variables_start_as_they_should(tmp_path, target):
    """Initialised ones and those that start at 0: the boards' own start-up code sees to it."""
    needs(target)
    source = tmp_path / "variables.c"
    source.write_text(_VARIABLES)
    emulated = Board(TARGETS[target], tmp_path)
    objects = [emulated.compile(source), emulated.compile_support("libc.c", NO_LIBC)]
    pixels, expected = np.zeros((2, 1, 1, 3)), np.array([[-7, 3, 0, 0], [-6, 3, 1, 0]])
    program = emulated.link(objects, pixels, expected, 8192, "-lgcc")
    assert emulated.run(program, len(pixels), 0).wrong == 0


def test_counts_repeat(networks):
    needs("rv32imc")
    network = networks(64, 0.25)
    runs = [measure(network.content, np.stack(demo(64, 1)), ["rv32imc"]) for _ in range(2)]
    assert runs[0] == runs[1]


def test_too_little_ram_does_not_link(networks):
    needs("cortex-m7")
    network = networks(64, 0.25)
    pixels = np.stack(demo(64, 1))
    memory = network.plan.memory(0)
    with pytest.raises(UserError, match=r"no room for the stack|RAM"):
        c99.run(TARGETS["cortex-m7"], network.files, network.name, pixels,
                  np.zeros((1, 6), np.int8), memory + 512)  # fmt: skip


def test_wrong_outputs_are_counted(networks):
    needs("cortex-m4")
    network = networks(64, 0.25)
    pixels = np.stack(demo(64, 3))
    interpreter = oracle(network.content)
    expected = np.stack([interpreter.run(picture) for picture in pixels])
    expected[1, 2] += 1
    run = c99.run(TARGETS["cortex-m4"], network.files, network.name, pixels, expected, 200_000)
    assert run.wrong == 1


def test_stages_count_every_step(networks):
    network = networks(64, 0.25)
    steps = sum(getattr(s, "channels", s.size) for s in network.found.steps)
    steps += network.found.head.size
    counted = by_stage(network.found, range(1, steps + 1), steps + 7)
    assert sum(counted.values()) == steps + 7
    assert list(counted) == ["stage1", "stage2", "stage3", "stage4", "simam", "head"]
    with pytest.raises(ValueError, match="steps"):
        by_stage(network.found, [1, 2], 2)


def test_command(tmp_path, networks, capsys):
    needs("cortex-m7")
    path, rows = tmp_path / "net.tflite", tmp_path / "rows.json"
    path.write_bytes(networks(64, 0.25).content)
    picture = tmp_path / "memory.png"
    bench_mcu.main(["--model", str(path), "--target", "cortex-m7", "--json", str(rows),
                    "--picture", str(picture)])  # fmt: skip
    with Image.open(picture) as drawn:
        assert drawn.format == "PNG" and len(set(drawn.convert("RGB").getdata())) > 6
    said = capsys.readouterr().out
    (row,) = json.loads(rows.read_text())
    keys = {"target", "input", "ram_bytes", "flash_bytes", "stack_bytes", "instructions"}
    assert keys <= row.keys() and row["input"] == 64
    assert f"{row['instructions']:,}" in said and BOARDS[0].name in said


def test_no_such_file():
    if not any(not target.missing() for target in TARGETS.values()):
        pytest.skip("no emulator is installed")
    with pytest.raises(UserError, match="no such file"):
        bench_mcu.main(["--model", "nowhere.tflite"])
    with pytest.raises(UserError, match=r"\.png"):
        bench_mcu.main(["--picture", "memory.jpg"])


def test_table_leaves_out_boards_without_a_count():
    row = _row("cortex-m7", 480_000_000)
    text = "\n".join(table.lines([row]))
    assert "STM32H7" in text and "RP2040" not in text and "1000" in text


def _row(target, instructions):
    from rcnet_tf.emulation.measure import Row

    return Row(target, 96, 1, 2, 3, instructions, {"stage1": instructions})


_VARIABLES = """\
#include "contender.h"
static volatile int8_t given[2] = {-7, 3}, zero[4000];
int contender_run(const int8_t *picture, int8_t *output) {
  mark();
  output[0] = (int8_t)(given[0]++ + picture[0]);
  output[1] = given[1];
  output[2] = zero[3999]++;
  output[3] = zero[0];
  mark();
  return 0;
}
uint32_t contender_memory(void) { return sizeof zero; }
"""
