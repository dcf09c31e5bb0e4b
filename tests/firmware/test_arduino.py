"""The Arduino library: in the repository without a second copy of anything, and as
`convert --arduino` writes it, complete in a folder of its own.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from board import BRIDGE, HERE, STRICT, STUBS, Model, boot, micro_library
from frames import frame
from harness import needs, run
from inputs import demo
from variants import variant

from rcnet_tf import convert, shipped_pictures
from rcnet_tf.errors import UserError
from rcnet_tf.export.arduino import library_files
from rcnet_tf.export.bundle import bundle

LIBRARY = BRIDGE / "arduino"
SKETCHES = sorted(LIBRARY.glob("examples/*/*.ino"))
INCLUDES = (STUBS / "tflm", STUBS / "esp", STUBS / "arduino")
PSRAM = 8_000_000


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


def compiled(sources, home, folder, compiler="g++", chip=()):
    """Object files of sources that see a library, as the IDE compiles them: with exceptions."""
    plain = {"g++": "gcc", "clang++": "clang"}[compiler]
    needs(compiler)
    needs(plain)
    includes = [f"-I{place}" for place in (*INCLUDES, home / "src")]
    flags = ("-DARDUINO=10819", "-DESP_PLATFORM", *chip)
    made = []
    for source in sources:
        made.append(folder / f"{source.stem}.o")
        # arduino-esp32 compiles C++17 or newer.
        language = (plain, "-std=c99") if source.suffix == ".c" else (compiler, "-std=c++17")
        run(*language, *STRICT, *flags, *includes, "-c", source, "-o", made[-1])
    return made


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    """Library, compiler -> object files of its sources, compiled once."""
    made = {}

    def get(home, compiler="g++"):
        if (home, compiler) not in made:
            sources = sorted((home / "src").glob("*.c*"))
            folder = tmp_path_factory.mktemp("objects")
            made[home, compiler] = compiled(sources, home, folder, compiler)
        return made[home, compiler]

    return get


@pytest.fixture
def program(objects, tmp_path):
    """Library, name of a sketch -> a program for `boot`."""

    def link(home, name):
        kernels = micro_library()
        folder = home / "examples" / name
        # What the IDE puts before a sketch.
        main = tmp_path / "sketch.cpp"
        main.write_text(f'#include <Arduino.h>\n#include "{folder / name}.ino"\n')
        board = compiled((main, HERE / "fake_esp.cc", HERE / "fake_arduino.cc"), home, tmp_path)
        library = tmp_path / "program.so"
        run("g++", "-shared", *objects(home), *board, kernels, "-o", library)
        return library

    return link


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("sketch", SKETCHES, ids=lambda path: path.stem)
def test_sketches_compile(complete, objects, tmp_path, sketch, compiler):
    main = tmp_path / "sketch.cpp"
    main.write_text(f'#include <Arduino.h>\n#include "{sketch}"\n')
    assert objects(complete, compiler)
    assert compiled((main,), complete, tmp_path, compiler)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_compiles_for_an_s3(complete, tmp_path, compiler):
    """There two kernels are replaced."""
    sources = sorted((complete / "src").glob("rcnet_*.cpp"))
    assert len(sources) == 2
    assert compiled(sources, complete, tmp_path, compiler, ("-DCONFIG_IDF_TARGET_ESP32S3=1",))


def test_static_image(model, complete, program):
    said = boot(program(complete, "StaticImage"), psram=PSRAM, pauses=2)
    assert said[0] == f"serial: rcnet: arena of {model.need.recommended} bytes in PSRAM"
    best = model.labels[int(np.argmax(model.output))]
    assert any(line.startswith(f"serial: glass/a.jpg is {best}, ") for line in said)
    assert said[-1] == "serial: output as on a PC, byte for byte"


def test_the_shipped_model_in_place(program):
    """Nothing generated, nothing copied: what a clone of the repository has."""
    said = boot(program(LIBRARY, "StaticImage"), psram=PSRAM, pauses=2)
    assert said[-1] == "serial: output as on a PC, byte for byte"


def test_the_repository_holds_the_library_of_its_model():
    """For those who have no Python."""
    tflite = BRIDGE.parent / "tflite"
    converted = {path.name: path.read_bytes() for path in tflite.iterdir() if path.is_file()}
    files = library_files(converted, "focus_rcnet")
    files[shipped_pictures.LICENSE] = shipped_pictures.license_text()
    assert files["LICENSE"] == (BRIDGE.parent / "LICENSE").read_bytes()
    there = (tflite / "focus_rcnet_224_arduino.zip").read_bytes()
    assert there == bundle(files, "FocusRCNet"), "run make"


def test_camera(model, complete, program, tmp_path):
    picture = (model.pixels.astype(np.int16) + 128).astype(np.uint8)
    line = frame("BGR888", picture)
    (tmp_path / "frames").write_bytes(bytes(line.size) + line.tobytes())
    settings = dict(frames=tmp_path / "frames", frame_bytes=line.size, width=96, height=96)
    said = boot(program(complete, "Camera"), psram=PSRAM, pauses=2, format=5, **settings)
    best = model.labels[int(np.argmax(model.output))]
    assert re.fullmatch(rf"serial: (unsure: )?{best}, \d+ %, \d+ ms", said[-1])


def test_no_psram(complete, program):
    """Said once, and the sketch does not go on."""
    said = boot(program(complete, "StaticImage"), pauses=3)
    assert len(said) == 3 and "Tools > PSRAM in the Arduino IDE" in said[-1]


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
