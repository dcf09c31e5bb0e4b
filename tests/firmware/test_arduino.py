"""The Arduino library: in the repository without a second copy of anything, and as
`convert --arduino` writes it, complete in a folder of its own.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from board import BRIDGE, CXX, HERE, STRICT, STUBS, Model, boot, micro_library
from frames import frame
from harness import needs, run
from inputs import demo
from variants import variant

from rcnet_tf import convert
from rcnet_tf.errors import UserError
from rcnet_tf.export.arduino import library_files

LIBRARY = BRIDGE / "arduino"
SKETCHES = sorted(LIBRARY.glob("examples/*/*.ino"))
INCLUDES = (STUBS / "tflm", STUBS / "esp", STUBS / "arduino")


@pytest.fixture(scope="module")
def model(shipped, tmp_path_factory):
    return Model(variant(shipped, 96, 0.5), demo(96, 1)[0], tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def complete(model, tmp_path_factory):
    """A library as `convert --arduino` writes it."""
    home = tmp_path_factory.mktemp("libraries") / "FocusRCNet"
    converted = {path.name: path.read_bytes() for path in model.folder.iterdir()}
    for name, content in library_files(converted, "net").items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    return home


def compiled(home, sketch, folder, compiler="g++"):
    """Object files of a library's sources, a sketch, and a board."""
    plain = {"g++": "gcc", "clang++": "clang"}[compiler]
    needs(compiler)
    needs(plain)
    includes = [f"-I{place}" for place in (*INCLUDES, home / "src", sketch.parent)]
    # What the IDE puts before a sketch.
    (folder / "sketch.cpp").write_text(f'#include <Arduino.h>\n#include "{sketch}"\n')
    board = (HERE / "fake_esp.cc", HERE / "fake_arduino.cc", folder / "sketch.cpp")
    made = []
    for source in (*sorted((home / "src").glob("*.c*")), *board):
        made.append(folder / f"{source.stem}.o")
        # inline variables in our own Arduino.h: C++17, as arduino-esp32 has it
        cxx = ("-std=c++17", *CXX[1:])
        language = (plain, "-std=c99") if source.suffix == ".c" else (compiler, *cxx)
        flags = ("-DARDUINO=10819", "-DESP_PLATFORM")
        run(*language, *STRICT, *flags, *includes, "-c", source, "-o", made[-1])
    return made


def program(home, sketch, folder):
    library = micro_library()
    made = compiled(home, sketch, folder)
    run("g++", "-shared", *made, library, "-o", folder / "program.so")
    return folder / "program.so"


@pytest.mark.parametrize("sketch", SKETCHES, ids=lambda path: path.stem)
def test_the_shipped_model_compiles_in_place(sketch, tmp_path):
    assert compiled(LIBRARY, sketch, tmp_path)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_complete_library_compiles_elsewhere(complete, tmp_path, compiler):
    sketch = complete / "examples" / "Camera" / "Camera.ino"
    assert compiled(complete, sketch, tmp_path, compiler)


def test_static_image(model, complete, tmp_path):
    sketch = complete / "examples" / "StaticImage" / "StaticImage.ino"
    said = boot(program(complete, sketch, tmp_path), psram=8_000_000, pauses=2)
    assert said[0] == f"serial: rcnet: arena of {model.need.recommended} bytes in PSRAM"
    best = model.labels[int(np.argmax(model.output))]
    assert any(line.startswith(f"serial: glass/a.jpg is {best}, ") for line in said)
    assert said[-1] == "serial: output as on a PC, byte for byte"


def test_camera(model, complete, tmp_path):
    picture = (model.pixels.astype(np.int16) + 128).astype(np.uint8)
    line = frame("BGR888", picture)
    (tmp_path / "frames").write_bytes(bytes(line.size) + line.tobytes())
    sketch = complete / "examples" / "Camera" / "Camera.ino"
    settings = dict(frames=tmp_path / "frames", frame_bytes=line.size, width=96, height=96)
    library = program(complete, sketch, tmp_path)
    said = boot(library, psram=8_000_000, pauses=2, format=5, **settings)
    best = model.labels[int(np.argmax(model.output))]
    assert re.fullmatch(rf"serial: (unsure: )?{best}, \d+ %, \d+ ms", said[-1])


def test_nothing_is_there_twice():
    """Every source but the header of the library is a line that includes another."""
    for path in (LIBRARY / "src").iterdir():
        text = path.read_text()
        target = re.fullmatch(r'#include "(\.\./[^"]+)"\n', text)
        if path.name == "FocusRCNet.h":
            assert target is None
        else:
            assert (path.parent / target[1]).resolve().is_file(), path.name
            assert Path(target[1]).stem == path.stem


def test_the_complete_library_leads_nowhere_else(complete):
    for path in complete.rglob("*.[ch]*"):
        assert '#include "../' not in path.read_text(), path


def test_manifest():
    """The Arduino library specification, 1.5 format, revision 2.2."""
    lines = (LIBRARY / "library.properties").read_text().splitlines()
    found = dict(line.split("=", 1) for line in lines)
    required = "name version author maintainer sentence paragraph category url architectures"
    assert set(required.split()) <= set(found) and all(found.values())
    assert re.fullmatch(r"[A-Za-z][\w .-]{0,62}", found["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", found["version"])
    categories = "Display|Communication|Sensors|Signal Input/Output|Device Control|Timing|"
    assert found["category"] in f"{categories}Data Storage|Data Processing|Uncategorized".split("|")
    assert found["architectures"] == "esp32"
    assert (LIBRARY / "src" / found["includes"]).is_file()
    for sketch in SKETCHES:
        assert sketch.stem == sketch.parent.name
    assert len(SKETCHES) == 2


def test_needs_int8_and_a_known_picture():
    with pytest.raises(UserError, match="--arduino"):
        convert.main(["--float", "--arduino"])
    with pytest.raises(UserError, match=r"no net_model_data\.h can be made"):
        library_files({}, "net")
