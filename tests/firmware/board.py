"""Compile the firmware for TensorFlow Lite Micro for this machine, and run it.

It is linked with the kernels and the interpreter of the `tflite-micro` package, whose library must
run inside a Python process: programs are libraries whose `app_main` a child process calls.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from harness import needs, oracle, run

from rcnet_tf.export import arena, c_array, golden, known_picture, op_resolver
from rcnet_tf.export.c99.package import source_folder
from rcnet_tf.tflite_file import flatbuffer

HERE = Path(__file__).parent
STUBS = HERE / "stubs"
BRIDGE = source_folder("tflm").parent
COMPONENT = BRIDGE / "esp_idf" / "rcnet"
EXAMPLES = BRIDGE / "esp_idf" / "examples"
STRICT = tuple("-Wall -Wextra -Werror -Wshadow -O1 -g -fPIC".split())
CXX = ("-std=c++14", "-fno-exceptions", "-fno-rtti")

# A symbol of the layout that the stubs follow.
_SYMBOL = b"_ZN6tflite5micro16MicroInterpreter15AllocateTensorsEv"

TFLM = (BRIDGE / "tflm" / "rcnet_kernels.cc", BRIDGE / "tflm" / "rcnet_tflm.cc")
SOURCES = (
    *TFLM,
    COMPONENT / "console.cc",
    COMPONENT / "esp32_memory.cc",
    COMPONENT / "frame_to_image.cc",
    COMPONENT / "start.cc",
    BRIDGE / "camera" / "rcnet_camera.c",
    BRIDGE / "camera" / "rcnet_top.c",
)
STATIC_IMAGE = (
    *SOURCES,
    HERE / "fake_esp.cc",
    EXAMPLES / "common" / "main.cc",
    EXAMPLES / "static_image" / "main" / "detection_responder.cc",
    EXAMPLES / "static_image" / "main" / "image_provider.cc",
)
CAMERA = (
    *SOURCES,
    HERE / "fake_esp.cc",
    EXAMPLES / "common" / "main.cc",
    EXAMPLES / "common" / "detection_responder.cc",
    EXAMPLES / "camera" / "main" / "image_provider.cc",
)
INCLUDES = (
    STUBS / "tflm",
    STUBS / "esp",
    BRIDGE / "tflm",
    BRIDGE / "camera",
    COMPONENT / "include",
    EXAMPLES / "common",
)


def micro_library():
    """The shared library of the `tflite-micro` package; skips where there is none that fits."""
    if importlib.util.find_spec("tflite_micro") is None:
        pytest.skip("no tflite-micro: its wheels exist for Linux on x86-64 alone")
    from tflite_micro.python.tflite_micro import _runtime

    library = Path(_runtime.__file__)
    if _SYMBOL not in library.read_bytes():
        pytest.skip("this tflite-micro has other names than the stubs in tests/firmware/stubs")
    return library


class Model:
    """A `.tflite` and all that the firmware is compiled with, in a folder.

    Attributes:
        pixels: of the known picture, int8.
        output: of it, int8, as a PC has it.
    """

    def __init__(self, content, pixels, folder):
        self.content, self.pixels, self.folder = content, pixels, folder
        self.objects = {}
        self.output = oracle(content).run(pixels)
        self.labels = flatbuffer.labels(content)
        self.need = arena.arena(content)
        shown = golden.Picture("glass/a.jpg", 1, pixels, self.output, (0,))
        texts = c_array.c_array(content, self.need, "net", self.labels)
        self.write("net_model_data.h", texts[0])
        self.write("net_model_data.cc", texts[1])
        self.write("net_op_resolver.h", op_resolver.op_resolver(content, "net"))
        self.write("model_settings.h", op_resolver.model_settings("net"))
        stage = golden.Stage("output", 0, (1, 1, self.output.size))
        texts = known_picture.known_picture(golden.Golden("00" * 32, (stage,), (shown,)))
        self.write("known_picture.h", texts[0])
        self.write("known_picture.cc", texts[1])

    def write(self, name, text):
        (self.folder / name).write_text(text)


def objects(compiler, sources, model, flags=()):
    """Object files, every warning an error; each is compiled once for a model."""
    plain = {"g++": "gcc", "clang++": "clang"}[compiler]
    needs(compiler)
    needs(plain)
    includes = [f"-I{place}" for place in (*INCLUDES, model.folder)]
    for source in sources:
        key = compiler, source, flags
        if key not in model.objects:
            model.objects[key] = model.folder / f"{len(model.objects)}.o"
            language = (plain, "-std=c99") if source.suffix == ".c" else (compiler, *CXX)
            run(*language, *STRICT, *flags, *includes, "-c", source, "-o", model.objects[key])
    return [model.objects[compiler, source, flags] for source in sources]


def program(model, sources, folder, flags=()):
    """Sources and the model as a library that `boot` can run."""
    kernels = micro_library()
    data = (model.folder / "net_model_data.cc", model.folder / "known_picture.cc")
    library = folder / "program.so"
    made = objects("g++", sources, model, ("-DESP_PLATFORM", *flags)) + objects("g++", data, model)
    run("g++", "-shared", *made, kernels, "-o", library)
    return library


def boot(library, **settings):
    """Run `app_main` on a board; lines of its console and of what TensorFlow Lite Micro says."""
    code = f"import ctypes; ctypes.CDLL({str(library)!r}).app_main()"
    environment = {f"BOARD_{name.upper()}": str(value) for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout.splitlines()


def percent(value):
    """As rcnet_top has it."""
    return int(np.floor((int(value) + 128) * 100 / 256 + 0.5))
