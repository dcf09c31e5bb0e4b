"""The ESP-IDF component and its examples, in so far as they can be checked without ESP-IDF: the
manifests, what CMake makes of the lists of files, and that settings have the same names everywhere.
"""

import re
import shutil
import subprocess

import pytest
from board import BRIDGE, COMPONENT, EXAMPLES, SOURCES, STUBS

PROJECTS = (EXAMPLES / "camera", EXAMPLES / "static_image")

# What idf.py would have defined.
CMAKE = """
set(CMAKE_CURRENT_LIST_DIR "{folder}")
function(idf_component_register)
    cmake_parse_arguments(one "" "" "SRCS;INCLUDE_DIRS;REQUIRES;PRIV_REQUIRES" ${{ARGN}})
    foreach(kind SRCS INCLUDE_DIRS REQUIRES PRIV_REQUIRES)
        foreach(value ${{one_${{kind}}}})
            message(STATUS "${{kind}} ${{value}}")
        endforeach()
    endforeach()
    if(one_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "not known: ${{one_UNPARSED_ARGUMENTS}}")
    endif()
endfunction()
function(idf_build_get_property variable property)
    set(${{variable}} "{project}" PARENT_SCOPE)
endfunction()
{settings}
include("{folder}/CMakeLists.txt")
"""


def configure(folder, tmp_path, settings=""):
    """Run a component's CMakeLists.txt: kind -> values, and what went wrong."""
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not installed")
    script = tmp_path / "run.cmake"
    script.write_text(CMAKE.format(folder=folder, project=tmp_path, settings=settings))
    done = subprocess.run(["cmake", "-P", script], capture_output=True, text=True)
    found = {}
    for kind, value in re.findall(r"^-- ([A-Z_]+) (.+)$", done.stdout, re.MULTILINE):
        found.setdefault(kind, []).append(value)
    return found, " ".join(done.stderr.split())


def test_component_has_every_source(tmp_path):
    found, error = configure(COMPONENT, tmp_path)
    assert not error
    sources = {(COMPONENT / path).resolve() for path in found["SRCS"]}
    assert all(path.is_file() for path in sources)
    assert {path.resolve() for path in SOURCES} <= sources
    assert set(COMPONENT.glob("*.cc")) <= sources
    names = {path.name for path in sources}
    assert {"focus_rcnet_model_data.cc", "known_picture.cc"} <= names
    assert all((COMPONENT / path).is_dir() for path in found["INCLUDE_DIRS"])


def test_component_with_a_model_of_ones_own(tmp_path):
    (tmp_path / "mine").mkdir()
    for name in ("my_model_data.cc", "model_settings.h"):
        (tmp_path / "mine" / name).touch()
    found, error = configure(COMPONENT, tmp_path, 'set(CONFIG_RCNET_MODEL_DIR "mine")')
    assert not error
    assert f"{tmp_path}/mine/my_model_data.cc" in found["SRCS"]
    assert f"{tmp_path}/mine" in found["INCLUDE_DIRS"]


def test_component_without_a_model_says_what_to_run(tmp_path):
    _, error = configure(COMPONENT, tmp_path, 'set(CONFIG_RCNET_MODEL_DIR "nowhere")')
    assert "nowhere has 0 files *_model_data.cc; expected one" in error
    assert "run: python -m rcnet_tf.convert --int8 --out" in error


def test_component_without_the_model_of_the_repository(tmp_path):
    """ESP-IDF includes the file once before there are settings, for the requirements alone."""
    component = tmp_path / "firmware_bridge" / "esp_idf" / "rcnet"
    component.mkdir(parents=True)
    shutil.copy(COMPONENT / "CMakeLists.txt", component)
    (tmp_path / "mine").mkdir()
    for name in ("my_model_data.cc", "model_settings.h"):
        (tmp_path / "mine" / name).touch()
    found, error = configure(component, tmp_path, "set(CMAKE_BUILD_EARLY_EXPANSION 1)")
    assert not error and {"esp_timer", "heap"} <= set(found["PRIV_REQUIRES"])
    found, error = configure(component, tmp_path, 'set(CONFIG_RCNET_MODEL_DIR "mine")')
    assert not error and f"{tmp_path}/mine/my_model_data.cc" in found["SRCS"]
    _, error = configure(component, tmp_path)
    assert "tflite has 0 files *_model_data.cc; expected one" in error


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_examples_have_every_source(project, tmp_path):
    found, error = configure(project / "main", tmp_path)
    assert not error
    sources = {(project / "main" / path).resolve() for path in found["SRCS"]}
    assert all(path.is_file() for path in sources)
    seam = {"main.cc", "image_provider.cc", "detection_responder.cc"}
    assert {path.name for path in sources} == seam
    assert "rcnet" in found["PRIV_REQUIRES"]
    assert "../../rcnet" in (project / "CMakeLists.txt").read_text()


@pytest.mark.parametrize("file", [COMPONENT, EXAMPLES / "camera" / "main"], ids=lambda p: p.name)
def test_manifests(file):
    yaml = pytest.importorskip("yaml")
    manifest = yaml.safe_load((file / "idf_component.yml").read_text())
    assert set(manifest) <= {"version", "description", "license", "targets", "dependencies"}
    versions = {
        name: one["version"] if isinstance(one, dict) else one
        for name, one in manifest["dependencies"].items()
    }
    assert versions.pop("idf") == ">=5.1"
    for name, version in versions.items():
        assert re.fullmatch(r"espressif/[a-z0-9_-]+", name)
        assert re.fullmatch(r"(~|>=)\d+\.\d+\.\d+(,<\d+\.\d+\.\d+)?", version)


def test_the_component_depends_on_tensorflow_lite_micro_for_all_who_use_it():
    yaml = pytest.importorskip("yaml")
    manifest = yaml.safe_load((COMPONENT / "idf_component.yml").read_text())
    assert manifest["dependencies"]["espressif/esp-tflite-micro"] == {
        "version": "~1.4.0",
        "public": True,
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])


def test_targets_are_chips_whose_arena_is_known():
    """An ESP32-P4's kernels take scratch memory that kArenaSize does not have."""
    yaml = pytest.importorskip("yaml")
    targets = yaml.safe_load((COMPONENT / "idf_component.yml").read_text())["targets"]
    kconfig = (EXAMPLES / "camera" / "main" / "Kconfig.projbuild").read_text()
    assert set(re.findall(r"IDF_TARGET_(\w+)", kconfig)) <= {one.upper() for one in targets}
    assert "esp32p4" not in targets


def test_settings_have_one_name():
    """Every setting that a source or a file of defaults uses is in a Kconfig, and the reverse."""
    defined = set()
    for file in (COMPONENT / "Kconfig", EXAMPLES / "camera" / "main" / "Kconfig.projbuild"):
        defined |= set(re.findall(r"^ *config (RCNET_\w+)$", file.read_text(), re.MULTILINE))
    used = set()
    for file in (*COMPONENT.rglob("*.*"), *EXAMPLES.rglob("*"), COMPONENT / "CMakeLists.txt"):
        if file.is_file() and not file.name.startswith("Kconfig"):
            used |= set(re.findall(r"CONFIG_(RCNET_\w+)", file.read_text()))
    assert used <= defined
    # The other halves of choices, which need no mention.
    silent = {name for name in defined if name.startswith("RCNET_BOARD_")}
    assert defined - used == silent | {"RCNET_ARENA_PSRAM_FIRST"}
    stub = (STUBS / "esp" / "sdkconfig.h").read_text()
    assert set(re.findall(r"CONFIG_(RCNET_\w+)", stub)) <= defined


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_defaults(project):
    files = sorted(project.glob("sdkconfig.defaults*"))
    assert len(files) == 3
    for file in files:
        for line in file.read_text().splitlines():
            assert re.fullmatch(r"#.*|CONFIG_[A-Z0-9_]+=(y|n|\d+)", line), line
    text = files[0].read_text()
    for needed in ("SPIRAM=y", "SPIRAM_IGNORE_NOTFOUND=y", "ESP_MAIN_TASK_STACK_SIZE=8192"):
        assert f"CONFIG_{needed}\n" in text


def test_pins_are_those_of_the_arduino_sketch():
    kconfig = (EXAMPLES / "camera" / "main" / "Kconfig.projbuild").read_text()
    pins = (BRIDGE / "arduino" / "examples" / "Camera" / "pins.h").read_text()
    for board in ("AI_THINKER", "S3_EYE"):
        default = rf"default (-?\d+) if RCNET_BOARD_{board}\n"
        listed = {
            part.split()[0]: re.search(default, part)[1]
            for part in kconfig.split("config RCNET_PIN_")[1:]
        }
        block = pins.split(f"if BOARD_{board}")[1].split("#e")[0]
        written = dict(re.findall(r"config->pin_(\w+) = (-?\d+);", block))
        renamed = {"sccb_sda": "SIOD", "sccb_scl": "SIOC"}
        assert listed == {renamed.get(name, name.upper()): pin for name, pin in written.items()}
        assert len(listed) == 16


def test_the_program_fits_its_partition():
    """CONFIG_PARTITION_TABLE_SINGLE_APP_LARGE: 1,500 KiB; half a megabyte is for code."""
    tflite = BRIDGE.parent / "tflite"
    model = next(tflite.glob("*_int8.tflite")).stat().st_size
    assert model + 3 * 224 * 224 + 512 * 1024 < 1500 * 1024
