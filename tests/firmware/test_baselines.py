"""TensorFlow Lite Micro beside the engine: finding, building, measuring it."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from inputs import demo

from rcnet_tf import bench_mcu
from rcnet_tf.emulation import table
from rcnet_tf.emulation.archive import archive
from rcnet_tf.emulation.baselines import BASELINES, found
from rcnet_tf.emulation.measure import Row, measure
from rcnet_tf.emulation.sources import closure
from rcnet_tf.emulation.targets import TARGETS
from rcnet_tf.emulation.tflm import check_installed
from rcnet_tf.errors import UserError

CORTEX = TARGETS["cortex-m7"]
TFLM, CHECKED, _, CMSIS_NN = BASELINES
KERNELS = "tflite-micro/tensorflow/lite/micro/kernels"


@pytest.fixture
def cortex():
    missing = CORTEX.missing()
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (Debian: {CORTEX.packages})")
    return CORTEX


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def names(folder, files):
    return {str(file.relative_to(folder)) for file in files}


@pytest.fixture
def checkout(tmp_path):
    """A folder with what looks like tflite-micro, and kernels for two operators."""
    interpreter = "tflite-micro/tensorflow/lite/micro/micro_interpreter.cc"
    write(
        tmp_path,
        {
            interpreter: "",
            f"{KERNELS}/add.h": "",
            f"{KERNELS}/add.cc": '#include "tensorflow/lite/micro/kernels/add.h"\n'
            "TFLMRegistration Register_ADD() {\n",
            f"{KERNELS}/add_common.cc": "#include <cstdint>\n",
            f"{KERNELS}/mul.cc": "TFLMRegistration Register_MUL() {\n",
            f"{KERNELS}/cmsis_nn/add.cc": '#include "Include/arm_nnfunctions.h"\n'
            '#include "tensorflow/lite/micro/kernels/add.h"\n',
            "flatbuffers/include/flatbuffers/flatbuffers.h": "",
            "gemmlowp/fixedpoint/fixedpoint.h": "",
            "tflite-micro/third_party/ruy/ruy/profiler/instrumentation.h": "",
        },
    )
    return tmp_path


def test_closure_follows_headers_to_their_sources(tmp_path):
    write(
        tmp_path,
        {
            "main.cc": '#include "lib/a.h"\n#include <vector>\n',
            "lib/a.h": '#  include "b.h"\n',
            "lib/a.cc": '#include "lib/a.h"\n',
            "lib/b.h": "",
            "lib/b_common.cc": "",
            "lib/c.cc": "",
        },
    )
    expected = {"main.cc", "lib/a.h", "lib/a.cc", "lib/b.h", "lib/b_common.cc"}
    assert names(tmp_path, closure([tmp_path / "main.cc"], [tmp_path])) == expected


def test_closure_takes_optimised_sources_instead(tmp_path):
    write(
        tmp_path,
        {
            "main.cc": '#include "a.h"\n',
            "a.h": "",
            "a.cc": "",
            "a_common.cc": "",
            "fast/a.cc": '#include "fast.h"\n',
            "fast/main.cc": '#include "a.h"\n',
            "fast/fast.h": "",
        },
    )
    expected = {"fast/main.cc", "a.h", "a_common.cc", "fast/a.cc", "fast/fast.h"}
    assert names(tmp_path, closure([tmp_path / "main.cc"], [tmp_path], "fast")) == expected


def test_files_of_a_baseline(checkout):
    files = TFLM.files(checkout, ["ADD"], [])
    kernels = {Path(name).name for name in names(checkout, files) if name.startswith(KERNELS)}
    assert kernels == {"add.h", "add.cc", "add_common.cc"}


def test_files_of_an_optimised_baseline(checkout):
    write(
        checkout,
        {
            "CMSIS-NN/Include/arm_nnfunctions.h": "",
            "CMSIS-NN/Source/Add/arm_add_s8.c": "",
            "CMSIS-NN/Source/Add/arm_add_f32.c": "",
        },
    )
    files = names(checkout, CMSIS_NN.files(checkout, ["ADD", "MUL"], []))
    assert {f"{KERNELS}/cmsis_nn/add.cc", f"{KERNELS}/mul.cc"} <= files
    assert f"{KERNELS}/add.cc" not in files
    assert {name for name in files if name.startswith("CMSIS-NN")} == {
        "CMSIS-NN/Include/arm_nnfunctions.h",
        "CMSIS-NN/Source/Add/arm_add_s8.c",
    }


def test_a_kernel_that_is_not_there(checkout):
    with pytest.raises(UserError, match="no kernel for RSQRT in"):
        TFLM.files(checkout, ["ADD", "RSQRT"], [])


def test_headers_that_are_not_there(checkout):
    (checkout / "gemmlowp/fixedpoint/fixedpoint.h").unlink()
    with pytest.raises(UserError, match=r"the headers of gemmlowp.*third_party_downloads"):
        TFLM.files(checkout, ["ADD"], [])


def test_what_lies_there_is_measured(checkout):
    present, lines = found(checkout)
    assert present == [TFLM, CHECKED]
    assert any("esp-tflite-micro" in line and "espressif/esp-nn" in line for line in lines)
    assert any(line.startswith("cmsis-nn is left out: git clone") for line in lines)
    (checkout / "CMSIS-NN").mkdir()
    assert found(checkout)[0] == [TFLM, CHECKED, CMSIS_NN]


def test_headers_are_looked_for_before_anything_runs(checkout):
    (checkout / "flatbuffers/include/flatbuffers/flatbuffers.h").unlink()
    with pytest.raises(UserError, match="tflm needs the headers of flatbuffers"):
        found(checkout)


def test_no_baseline(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        found(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"no baseline in .*git clone .*tensorflow/tflite-micro"):
        found(tmp_path)


def test_command_refuses_targets_without_a_library(tmp_path):
    name = "rv32imc"
    if TARGETS[name].missing():
        pytest.skip(f"not installed: {', '.join(TARGETS[name].missing())}")
    with pytest.raises(UserError, match="rv32imc has no C\\+\\+ library"):
        bench_mcu.main(["--target", name, "--baselines", str(tmp_path)])


def test_no_library_for_a_target():
    with pytest.raises(UserError, match=r"apt-get install libstdc\+\+-arm-none-eabi-newlib"):
        check_installed(replace(CORTEX, compiler="nowhere-gcc"))


def test_archive_is_made_once(cortex, tmp_path, monkeypatch):
    monkeypatch.setenv("RCNET_TF_CACHE", str(tmp_path / "cache"))
    write(tmp_path, {"one.c": '#include "one.h"\nint one(void) { return ONE; }\n'})
    write(tmp_path, {"one.h": "#define ONE 1\n"})
    files = [tmp_path / "one.c", tmp_path / "one.h"]
    first = archive("test", cortex, files, [f"-I{tmp_path}"])
    assert first.read_bytes().startswith(b"!<arch>")
    made = first.stat().st_mtime_ns
    assert archive("test", cortex, files, [f"-I{tmp_path}"]) == first
    assert first.stat().st_mtime_ns == made
    write(tmp_path, {"one.h": "#define ONE 2\n"})
    assert archive("test", cortex, files, [f"-I{tmp_path}"]) != first


def test_archive_of_what_does_not_compile(cortex, tmp_path, monkeypatch):
    monkeypatch.setenv("RCNET_TF_CACHE", str(tmp_path / "cache"))
    write(tmp_path, {"one.c": '#include "nowhere.h"\n'})
    with pytest.raises(UserError, match=r"nowhere\.h"):
        archive("test", cortex, [tmp_path / "one.c"], [])
    assert not list((tmp_path / "cache").rglob("*.a"))


def test_table_has_a_row_for_each_engine():
    own = Row("cortex-m7", 96, 40_000, 600_000, 700, 48_000_000, {"stage1": 48_000_000})
    other = Row("cortex-m7", 96, 230_000, 690_000, 1_800, 480_000_000, engine="tflm")
    lines = table.lines([own, other])
    assert [line.split()[2] for line in lines[1:3]] == ["c99", "tflm"]
    assert "230,000" in lines[2] and "480,000,000" in lines[2]
    estimates = "\n".join(lines[lines.index("") :])
    assert "tflm" not in estimates and "480" not in estimates.replace("48.00", "")


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda baseline: baseline.name)
def test_baseline_gives_the_same_output(cortex, networks, baseline):
    """`measure` raises where an output byte differs."""
    if "RCNET_TF_BASELINES" not in os.environ:
        pytest.skip("RCNET_TF_BASELINES names no folder of checkouts, see bench_mcu --help")
    home = Path(os.environ["RCNET_TF_BASELINES"])
    if missing := baseline.missing(home):
        pytest.skip(f"not in RCNET_TF_BASELINES: {', '.join(missing)}")
    network = networks(64, 0.25)
    pixels = np.stack(demo(64, 1))
    rows = measure(network.content, pixels, [cortex.name], baselines=[baseline], home=home)
    own, other = rows
    assert (own.engine, other.engine) == ("c99", baseline.name)
    assert other.ram_bytes > own.ram_bytes
    assert other.instructions > own.instructions
