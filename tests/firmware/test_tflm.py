"""Firmware on TensorFlow Lite Micro: it compiles against the public headers, runs with the real
interpreter and the generated resolver, and says in one line what is wrong.
"""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from board import (
    BRIDGE,
    CAMERA,
    CXX,
    INCLUDES,
    STATIC_IMAGE,
    STUBS,
    TFLM,
    Model,
    boot,
    objects,
    percent,
    program,
)
from frames import frame, shown
from harness import needs, oracle
from inputs import DEMO, demo
from PIL import Image
from variants import variant

from rcnet_tf.export import esp32_s3
from rcnet_tf.preprocess import quantize_input, resize_picture

SIZE, WIDTH = 96, 0.5
PSRAM = 8_000_000


@pytest.fixture(scope="module")
def model(shipped, tmp_path_factory):
    content = variant(shipped, SIZE, WIDTH)
    return Model(content, demo(SIZE, 2)[1], tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def static_image(model, tmp_path_factory):
    return program(model, STATIC_IMAGE, tmp_path_factory.mktemp("static"))


@pytest.fixture(scope="module")
def on_s3(model, tmp_path_factory):
    flags = ("-DCONFIG_IDF_TARGET_ESP32S3=1",)
    return program(model, STATIC_IMAGE, tmp_path_factory.mktemp("s3"), flags)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("chip", [(), ("-DCONFIG_IDF_TARGET_ESP32S3=1",)])
def test_everything_compiles(model, compiler, chip):
    flags = ("-DESP_PLATFORM", *chip)
    for example in (STATIC_IMAGE, CAMERA):
        assert objects(compiler, example, model, flags)


@pytest.mark.parametrize("chip", ["static_image", "on_s3"])
def test_a_known_picture(model, chip, request):
    """On the S3 with kernels of our own in place of two of Espressif's."""
    said = boot(request.getfixturevalue(chip), psram=PSRAM)
    best = int(np.argmax(model.output))
    assert said[0].startswith("rcnet: arena of ") and said[0].endswith(" bytes in PSRAM")
    answer = next(line for line in said if line.startswith("glass/a.jpg"))
    assert answer.startswith(
        f"glass/a.jpg is {model.labels[best]}, {percent(model.output[best])} %, "
    )
    assert said[-1] == "output as on a PC, byte for byte"


def test_an_s3_has_kernels_and_an_arena_of_its_own(model, tmp_path):
    main = tmp_path / "kernels.cc"
    main.write_text(_KERNELS)
    library = program(model, (*TFLM, main), tmp_path, ("-DCONFIG_IDF_TARGET_ESP32S3=1",))
    need = esp32_s3.estimate(model.content).recommended
    assert boot(library) == ["CONV_2D 0", "DEPTHWISE_CONV_2D 1", "FULLY_CONNECTED 1", str(need)]


_KERNELS = """
#include <cstdio>
#include "rcnet_tflm.h"

extern "C" void app_main() {
  model_settings::OpResolver theirs;
  if (model_settings::AddOps(theirs) != kTfLiteOk) return;
  rcnet::SafeOps ours(theirs);
  const auto differs = [&](tflite::BuiltinOperator op) {
    return ours.FindOp(op)->invoke != theirs.FindOp(op)->invoke;
  };
  std::printf("CONV_2D %d\\n", differs(tflite::BuiltinOperator_CONV_2D));
  std::printf("DEPTHWISE_CONV_2D %d\\n", differs(tflite::BuiltinOperator_DEPTHWISE_CONV_2D));
  std::printf("FULLY_CONNECTED %d\\n", differs(tflite::BuiltinOperator_FULLY_CONNECTED));
  std::printf("%u\\n", static_cast<unsigned>(rcnet::kArenaBytes));
  std::fflush(stdout);
}
"""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_an_older_micro_is_refused(model, tmp_path, compiler):
    """Without per-channel FULLY_CONNECTED probabilities are wrong, and nothing says so."""
    needs(compiler)
    header = Path("tensorflow/lite/micro/kernels/fully_connected.h")
    text = (STUBS / "tflm" / header).read_text()
    (tmp_path / header).parent.mkdir(parents=True)
    (tmp_path / header).write_text(re.sub(r"  .*(per_channel|is_per).*\n", "", text))
    kernels = BRIDGE / "tflm" / "rcnet_kernels.cc"
    places = [f"-I{place}" for place in (tmp_path, *INCLUDES, model.folder)]
    done = subprocess.run(
        [compiler, *CXX, *places, "-c", kernels, "-o", tmp_path / "kernels.o"],
        capture_output=True,
        text=True,
    )
    assert done.returncode
    assert "has no per-channel FULLY_CONNECTED; take esp-tflite-micro 1.3.2" in done.stderr


def test_the_arena_that_is_said_to_be_used_is(model, static_image):
    line = next(line for line in boot(static_image, psram=PSRAM) if "are used" in line)
    assert int(line.split()[1]) == pytest.approx(model.need.total, rel=0.002)


def test_other_tasks_run_during_an_inference(static_image):
    """Every look at the clock takes 0.3 s: one in four operators lets others run."""
    said = boot(static_image, psram=PSRAM)
    assert said.count("breath") > 20


def test_without_psram_the_arena_is_inside(model, static_image):
    said = boot(static_image, internal=2 * model.need.recommended)
    assert said[0].startswith("rcnet: no ") and said[0].endswith(
        "bytes in PSRAM; its largest free block has 0"
    )
    assert said[1] == f"rcnet: arena of {model.need.recommended} bytes in internal RAM"
    assert said[-1] == "output as on a PC, byte for byte"


def test_internal_first(model, tmp_path):
    flags = ("-DCONFIG_RCNET_ARENA_INTERNAL_FIRST=1",)
    said = boot(program(model, STATIC_IMAGE, tmp_path, flags), psram=PSRAM, internal=PSRAM)
    assert said[0] == f"rcnet: arena of {model.need.recommended} bytes in internal RAM"


def test_no_room_says_what_is_there_and_what_to_switch_on(model, static_image):
    said = boot(static_image, internal=100_000)
    assert said[1] == (
        f"rcnet: no {model.need.recommended} bytes in internal RAM; its largest free block has "
        "100000"
    )
    assert "CONFIG_SPIRAM in menuconfig" in said[2] and len(said) == 3


@pytest.mark.parametrize("part", ["bytes / 2", "bytes - bytes / 10"])
def test_small_arena(model, tmp_path, part):
    """Where somebody reserves less than the header says; TensorFlow Lite Micro sees the second."""
    need = model.need.recommended
    size = {"bytes / 2": need // 2, "bytes - bytes / 10": need - need // 10}[part]
    assert boot(direct(model, tmp_path, f"arena, {part}"))[-1] == (
        f"arena of {size} bytes is too small; {need} are needed"
    )


def test_no_arena_is_too_small_to_be_refused(shipped, model, tmp_path):
    """TensorFlow Lite Micro crashes where its bookkeeping finds no room: of a small network this is
    most of the arena.
    """
    small = Model(variant(shipped, 64, 0.25), demo(64, 1)[0], tmp_path)
    main = tmp_path / "sizes.cc"
    main.write_text(_SIZES)
    for one in (model, small):
        assert boot(program(one, (*TFLM, main), tmp_path))[-1] == "all but the last refused"


_SIZES = """
#include <cstdio>
#include <cstring>
#include "rcnet_tflm.h"

alignas(16) unsigned char arena[rcnet::kArenaBytes];

extern "C" void app_main() {
  static rcnet::Tflm net;
  for (std::size_t bytes = 0; bytes < sizeof arena * 9 / 10; bytes += 300) {
    if (net.Begin(arena, bytes) || std::strstr(net.error(), "is too small") == nullptr) {
      std::printf("%u bytes: %s\\n", static_cast<unsigned>(bytes), net.error());
      std::fflush(stdout);
      return;
    }
  }
  if (net.Begin(arena, sizeof arena)) std::printf("all but the last refused\\n");
  std::fflush(stdout);
}
"""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("nullptr, bytes", "no arena; "),
        ("arena + 8, bytes - 8", "must be at a multiple of 16"),
    ],
)
def test_bad_arena(model, tmp_path, call, said):
    assert said in boot(direct(model, tmp_path, call))[-1]


@pytest.mark.parametrize("first", ["bytes", "bytes - bytes / 10", "bytes / 2"])
def test_a_second_try_after_the_first_arena_is_gone(model, tmp_path, first):
    """Unmapped, so that a look into it ends the program."""
    main = tmp_path / "again.cc"
    main.write_text(_AGAIN % first)
    assert boot(program(model, (*TFLM, main), tmp_path))[-1] == "ready"


_AGAIN = """
#include <sys/mman.h>

#include <cstdio>
#include <type_traits>
#include "rcnet_tflm.h"

static_assert(!std::is_copy_constructible<rcnet::Tflm>::value &&
                  !std::is_copy_assignable<rcnet::Tflm>::value,
              "its interpreter points into the object");

alignas(16) unsigned char arena[rcnet::kArenaBytes];

extern "C" void app_main() {
  static rcnet::Tflm net;
  const std::size_t bytes = sizeof arena;
  void* first = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  net.Begin(static_cast<unsigned char*>(first), %s);
  munmap(first, bytes);
  const bool ready = net.Begin(arena, bytes) && net.Run() != nullptr;
  std::printf("%%s\\n", ready ? "ready" : net.error());
  std::fflush(stdout);
}
"""


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("resolver.AddRsqrt()", "kTfLiteOk", "AllocateTensors failed"),
        ("resolver.AddRsqrt()", "resolver.AddMul()", "an operator could not be registered"),
        ("Resolver<10>", "Resolver<9>", "an operator could not be registered"),
    ],
)
def test_one_operator_less_is_too_few(model, tmp_path, was, becomes, said):
    """So the generated number is the least that runs."""
    text = (model.folder / "net_op_resolver.h").read_text()
    assert was in text
    (tmp_path / "net_op_resolver.h").write_text(text.replace(was, becomes))
    settings = (model.folder / "model_settings.h").read_text()
    (tmp_path / "model_settings.h").write_text(settings)
    first = (f"-I{tmp_path}",)
    assert said in boot(direct(model, tmp_path, "arena, bytes", first))[-1]


def test_a_header_of_another_conversion(model, tmp_path):
    header = (model.folder / "net_model_data.h").read_text()
    (tmp_path / "net_model_data.h").write_text(
        header.replace(f"kInputSize = {SIZE}", "kInputSize = 64")
    )
    for name in ("net_op_resolver.h", "model_settings.h"):
        (tmp_path / name).write_text((model.folder / name).read_text())
    said = boot(direct(model, tmp_path, "arena, bytes", (f"-I{tmp_path}",)))
    assert said[-1] == (
        "the model's input is not what its header says; copy both from one conversion"
    )


def direct(model, folder, call, flags=()):
    """A program that calls Begin as it is told."""
    main = folder / "direct.cc"
    main.write_text(_DIRECT % call)
    return program(model, (*TFLM, main), folder, flags)


_DIRECT = """
#include <cstdio>
#include "rcnet_tflm.h"

alignas(16) unsigned char arena[rcnet::kArenaBytes];

extern "C" void app_main() {
  static rcnet::Tflm net;
  const std::size_t bytes = sizeof arena;
  const bool ready = net.Begin(%s);
  std::printf("%%s\\n", ready ? "ready" : net.error());
  if (!ready && (net.input() != nullptr || net.Run() != nullptr || net.arena_used() != 0)) {
    std::printf("it runs all the same\\n");
  }
  std::fflush(stdout);
}
"""


@pytest.fixture(scope="module")
def camera(model, tmp_path_factory):
    return program(model, CAMERA, tmp_path_factory.mktemp("camera"))


# pixformat_t of esp32-camera -> how its bytes lie.
FORMATS = {0: "RGB565_BE", 1: "YUYV", 3: "GRAY8", 5: "BGR888"}


@pytest.mark.parametrize(("number", "layout"), FORMATS.items())
def test_camera_to_class(model, camera, tmp_path, number, layout):
    """Every second frame is classified, as `preprocess` and TensorFlow Lite Micro have it."""
    files = sorted(DEMO.glob("*/*0*.jpg"))[:2]
    pictures = [np.asarray(Image.open(file).convert("RGB").resize((160, 120))) for file in files]
    lines = [frame(layout, picture) for picture in pictures]
    stale = np.zeros_like(lines[0])
    (tmp_path / "frames").write_bytes(
        b"".join(part.tobytes() for line in lines for part in (stale, line))
    )
    said = boot(
        camera,
        psram=PSRAM,
        frames=tmp_path / "frames",
        frame_bytes=stale.size,
        width=160,
        height=120,
        format=number,
        pauses=2,
    )
    runner = oracle(model.content)
    for line, answer in zip(lines, [one for one in said if " ms" in one], strict=True):
        output = runner.run(quantize_input(resize_picture(shown(layout, line), SIZE)))
        best = int(np.argmax(output))
        unsure = "unsure: " if percent(output[best]) < 60 else ""
        assert answer.startswith(f"{unsure}{model.labels[best]}, {percent(output[best])} %, ")
    assert "a frame was not given back" not in said


SIDES = "its sides are not 1 to 65535 pixels"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (dict(format=4), "camera: pixel format 4 is not supported; choose PIXFORMAT_YUV422"),
        (dict(format=1, height=300), "rcnet: frame not used: it is cut off"),
        (dict(format=1, width=0), f"rcnet: frame not used: {SIDES}"),
        (dict(format=1, width=2**16 + 160), f"rcnet: frame not used: {SIDES}"),
        (dict(format=1, height=2**16 + 120), f"rcnet: frame not used: {SIDES}"),
        (dict(format=1, width=159), "rcnet: frame not used: bad argument"),
    ],
)
def test_frames_that_cannot_be_used(camera, tmp_path, settings, expected):
    (tmp_path / "frames").write_bytes(bytes(2 * 160 * 120 * 2))
    usual = dict(psram=PSRAM, frames=tmp_path / "frames", frame_bytes=2 * 160 * 120, width=160)
    said = boot(camera, **{**usual, "height": 120, **settings})
    assert said[-1] == expected


def test_no_camera_and_no_frame(camera, tmp_path):
    assert boot(camera, psram=PSRAM)[-1] == (
        "camera: ESP_ERR_NOT_FOUND (0x105); are these the board's pins?"
    )
    (tmp_path / "empty").write_bytes(b"")
    said = boot(camera, psram=PSRAM, frames=tmp_path / "empty", frame_bytes=10)
    assert said[-1] == "camera: no frame"
