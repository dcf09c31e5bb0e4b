"""Camera frames in C against `rcnet_tf.preprocess`; answers with a threshold."""

import copy
import os

import frames
import numpy as np
import pytest
from harness import HERE, SANITISED, STRICT, needs, needs_sanitisers, outputs, run
from inputs import DEMO
from PIL import Image

from rcnet_tf import runtime
from rcnet_tf.data import decode, load
from rcnet_tf.emulation.targets import TARGETS
from rcnet_tf.export.c99.package import source_folder
from rcnet_tf.preprocess import MAX_AREA_32, quantize_input, resize_picture

OK, BAD_ARGUMENT, TOO_LARGE = 0, 2, 3
COMPILERS = ("gcc", "clang")


@pytest.fixture(scope="module", params=COMPILERS)
def programs(request, tmp_path_factory):
    """The folder of the compiled programs."""
    needs_sanitisers(request.param)
    folder, camera = tmp_path_factory.mktemp("camera"), source_folder("camera")
    for program, source in (("camera", "rcnet_camera.c"), ("top", "rcnet_top.c")):
        run(request.param, *STRICT, *SANITISED, f"-I{camera}", f"-I{source_folder('engine')}",
            HERE / f"{program}.c", camera / source, "-o", folder / program)  # fmt: skip
    return folder


class Case:
    """A frame, and what is to become of it."""

    def __init__(self, name, picture, size, crop=(0, 0, 0, 0), pull=False):
        lines = frames.frame(name, picture)
        height, width = picture.shape[:2]
        head = frames.FORMATS.index(name), width, height, size, *crop, pull
        self.sent = np.array(head, np.int32).tobytes() + lines.tobytes()
        left, top, across, down = crop
        right, bottom = (left + across, top + down) if across else (width, height)
        self.size = size
        self.expected = resize_picture(frames.shown(name, lines)[top:bottom, left:right], size)


def rows(programs, cases):
    """int8 (S, S, 3) of every case."""
    found = run(programs / "camera", input=b"".join(case.sent for case in cases))
    at, results = 0, []
    for case in cases:
        assert np.frombuffer(found, np.int32, 1, at)[0] == OK
        count = 3 * case.size**2
        results.append(np.frombuffer(found, np.int8, count, at + 4).reshape(case.size, -1, 3))
        at += 4 + count
    assert at == len(found)
    return results


def assert_equal(programs, cases):
    for case, found in zip(cases, rows(programs, cases), strict=True):
        np.testing.assert_array_equal(found, quantize_input(case.expected))


def noise(seed, height, width):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture(scope="module")
def pictures():
    """A demo picture of each class, 384 x 512."""
    files = [next(iter(sorted(folder.glob("*.jpg")))) for folder in sorted(DEMO.glob("*/"))]
    return [np.asarray(Image.open(file).convert("RGB")) for file in files]


@pytest.mark.parametrize("size", [224, 160, 128, 96])
def test_real_pictures(programs, pictures, size):
    """Every format: bit for bit what Python makes of the same frame."""
    kinds = [(name, i) for i, name in enumerate(frames.FORMATS)]
    assert_equal(programs, [
        Case(name, pictures[i % len(pictures)], size, pull=bool((i + size // 32) % 2))
        for name, i in kinds
    ])  # fmt: skip


def test_every_test_picture(tmp_path):
    """All 379 of TrashNet's seed-42 test part, at 224."""
    if "RCNET_TF_TRASHNET" not in os.environ:
        pytest.skip("RCNET_TF_TRASHNET is not set")
    needs("gcc")
    camera, engine = source_folder("camera"), source_folder("engine")
    run("gcc", *STRICT, "-O2", f"-I{camera}", f"-I{engine}", HERE / "camera.c",
        camera / "rcnet_camera.c", "-o", tmp_path / "camera")  # fmt: skip
    found = load.load(os.environ["RCNET_TF_TRASHNET"], "42").test.pictures
    assert len(found) == 379
    for start in range(0, len(found), 40):  # a batch at a time in memory
        batch = [decode.decode(picture.read()) for picture in found[start : start + 40]]
        assert_equal(tmp_path, [Case("RGB888", picture, 224) for picture in batch])


def test_one_step_hardly_matters():
    """The int8 network decides alike where input values are off by one: all of them the same way,
    or one in a hundred either way. Frames in C are off by none."""
    network = runtime.load(HERE.parents[1] / "tflite" / "focus_rcnet_224_int8.tflite")
    files = sorted(DEMO.glob("*/*.jpg"))[::2]
    pixels = np.stack([
        resize_picture(np.asarray(Image.open(file).convert("RGB")), network.input_size)
        for file in files
    ]).astype(int)  # fmt: skip
    generator = np.random.default_rng(0)
    few = generator.choice([-1, 1], pixels.shape) * (generator.random(pixels.shape) < 0.01)
    decisions = network.raw(pixels.astype(np.uint8)).argmax(-1)
    for step in (-1, 1, few):
        moved = network.raw((pixels + step).clip(0, 255).astype(np.uint8))
        assert np.count_nonzero(moved.argmax(-1) != decisions) <= len(files) // 10


def test_frames_into_the_engine(build, executables, networks, pictures):
    """From the bytes of a camera to probabilities, with and without a picture in memory."""
    network = networks(64, 0.25)
    with_camera = copy.copy(network)
    camera = {file.name: file.read_bytes() for file in source_folder("camera").iterdir()}
    with_camera.files = network.files | camera
    lines = frames.frame("RGB565_BE", pictures[2][::4, ::4])  # 96 x 128
    program = build("live.c", with_camera)
    found = np.frombuffer(run(program, input=lines.tobytes()), np.int8)
    pixels = quantize_input(resize_picture(frames.shown("RGB565_BE", lines), network.size))
    engine = executables("shown.c", 64, 0.25, flags=SANITISED)
    np.testing.assert_array_equal(found, outputs(engine, network, [pixels])[0])


@pytest.mark.parametrize("name", frames.FORMATS)
@pytest.mark.parametrize("pull", [False, True], ids=["push", "pull"])
def test_sizes_and_crops(programs, name, pull):
    """Downscaling, upscaling and both at once, odd sizes, single lines, crops at every edge."""
    shapes = [(240, 320, 64), (96, 96, 96), (64, 64, 96), (1, 2, 5), (7, 10, 16), (33, 64, 32),
              (31, 66, 32), (200, 6, 64), (5, 300, 64), (97, 98, 1), (95, 194, 96)]  # fmt: skip
    cases = [Case(name, noise(i, h, w), size, pull=pull) for i, (h, w, size) in enumerate(shapes)]
    crops = [(0, 0, 1, 1), (39, 29, 1, 1), (3, 5, 20, 10), (0, 4, 40, 26), (1, 0, 39, 30),
             (7, 1, 17, 29), (4, 3, 16, 16)]  # fmt: skip
    cases += [Case(name, noise(9, 30, 40), 16, crop, pull) for crop in crops]
    if name not in ("YUYV", "UYVY"):
        cases += [Case(name, noise(7, 31, 33), 32, pull=pull), Case(name, noise(8, 5, 1), 4)]
    assert_equal(programs, cases)


def test_every_code(programs):
    """All 65,536 words of RGB565 either way round, and YUV's whole cube in steps of 3."""
    words = np.arange(65536, dtype="<u2").view(np.uint8).reshape(256, 512)
    axes = np.meshgrid(*[np.arange(0, 256, 3)] * 2, [16, 17, 128, 255], indexing="ij")
    cb, cr, y = (axis.ravel().astype(np.uint8) for axis in axes)
    yuyv = np.stack([y, cb, y, cr], axis=-1).reshape(4 * 86, -1)
    for name, lines in (("RGB565_LE", words), ("RGB565_BE", words), ("YUYV", yuyv)):
        picture = frames.shown(name, lines)
        height, width = picture.shape[:2]
        head = [frames.FORMATS.index(name), width, height, 344, 0, 0, 0, 0, 0]
        sent = np.array(head, np.int32).tobytes() + lines.tobytes()
        found = np.frombuffer(run(programs / "camera", input=sent)[4:], np.int8)
        np.testing.assert_array_equal(
            found.reshape(344, 344, 3), quantize_input(resize_picture(picture, 344))
        )


def test_yuv_is_jpegs(pictures):
    """Integers equal the real factors of BT.601, and these frames show the pictures."""
    lines = frames.frame("UYVY", pictures[0])
    found = frames.shown("UYVY", lines).astype(int)
    y, cb, cr = frames.components("UYVY", lines.reshape(*found.shape[:2], 2))
    real = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], axis=-1)
    assert np.abs(found - real.clip(0, 255)).max() < 0.51
    assert np.abs(found - pictures[0]).mean() < 2


def test_largest_sums(programs):
    """White and noise just within 32 bits of sum."""
    height, width = 4099, 4101  # 16,809,999 with a size that shares no factor
    assert MAX_AREA_32 - 50 < height * width <= MAX_AREA_32
    picture = np.full((height, width, 3), 255, np.uint8)
    picture[:, width // 2 :] = noise(1, height, width - width // 2)
    assert_equal(programs, [Case("GRAY8", picture, 2)])


@pytest.mark.parametrize(
    "head, status",
    [
        ((7, 8, 8, 4, 0, 0, 0, 0), BAD_ARGUMENT),
        ((-1, 8, 8, 4, 0, 0, 0, 0), BAD_ARGUMENT),
        ((0, 0, 8, 4, 0, 0, 0, 0), BAD_ARGUMENT),
        ((0, 8, 0, 4, 0, 0, 0, 0), BAD_ARGUMENT),
        ((0, 8, 8, 0, 0, 0, 0, 0), BAD_ARGUMENT),
        ((5, 7, 8, 4, 0, 0, 0, 0), BAD_ARGUMENT),
        ((6, 7, 8, 4, 0, 0, 2, 2), BAD_ARGUMENT),
        ((0, 8, 8, 4, 1, 0, 0, 0), BAD_ARGUMENT),
        ((0, 8, 8, 4, 0, 0, 8, 0), BAD_ARGUMENT),
        ((0, 8, 8, 4, 5, 0, 4, 8), BAD_ARGUMENT),
        ((0, 8, 8, 4, 0, 7, 8, 2), BAD_ARGUMENT),
        ((0, 8, 8, 4, 65535, 0, 65535, 8), BAD_ARGUMENT),
        ((4, 65535, 257, 2, 0, 0, 0, 0), TOO_LARGE),
    ],
)
def test_refusals(programs, head, status):
    """The program checks too that such a camera then refuses to begin."""
    format_, width, height = head[:3]
    each = (3, 3, 2, 2, 1, 2, 2)[format_] if format_ in range(7) else 0
    sent = np.array([*head, 0], np.int32).tobytes() + bytes(each * width * height)
    found = run(programs / "camera", input=sent)
    assert np.frombuffer(found, np.int32).tolist() == [status]


def test_no_heap_no_library_and_little_ram(tmp_path):
    needs("gcc")
    needs("nm")
    for source in sorted(source_folder("camera").glob("*.c")):
        result = tmp_path / "x.o"
        run("gcc", "-std=c99", "-O2", "-fno-stack-protector", "-c", source, "-o", result)
        for line in run("nm", result).decode().splitlines():
            kind, name = line.split()[-2:]  # nothing from outside, nothing that changes
            assert kind in ("T", "t", "r", "R") or name in ("memcpy", "memset"), line
    check = '#include "rcnet_camera.h"\nchar fits[sizeof(rcnet_camera) <= 64 ? 1 : -1];\n'
    run("gcc", f"-I{source_folder('camera')}", "-x", "c", "-c", "-", "-o", tmp_path / "y.o",
        input=check.encode())  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_small_on_every_target(tmp_path, name):
    """Under 2,500 bytes of flash, and at most 256 of stack through all functions together."""
    target = TARGETS[name]
    needs(target.compiler)
    sources = sorted(source_folder("camera").glob("*.c"))
    run(target.compiler, *STRICT, "-O2", *target.flags, *target.headers, "-fstack-usage", "-c",
        *sources, cwd=tmp_path)  # fmt: skip
    files = sorted(tmp_path.glob("*.o"))
    sizes = run(target.tool("size"), *files).decode().splitlines()[1:]
    assert sum(int(line.split()[0]) + int(line.split()[1]) for line in sizes) < 2500
    frames_of_stack = [
        int(line.split("\t")[1])
        for file in tmp_path.glob("*.su")
        for line in file.read_text().splitlines()
    ]
    assert frames_of_stack and sum(frames_of_stack) <= 256


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_headers_are_cpp_too(tmp_path, compiler):
    needs(compiler)
    text = b'#include "rcnet_camera.h"\n#include "rcnet_top.h"\nint x = rcnet_camera_begin(0);\n'
    run(compiler, "-std=c++11", "-Wall", "-Wextra", "-Werror", f"-I{source_folder('camera')}",
        "-x", "c++", "-c", "-", "-o", tmp_path / "x.o", input=text)  # fmt: skip


def test_answers(programs):
    """Best first, the smaller label of equals; percent rounded half up; unsure below it."""
    generator = np.random.default_rng(3)
    asked = []
    for i in range(300):
        classes = int(generator.integers(1, 9))
        values = generator.integers(-128, 128, classes).astype(np.int8)
        if i % 3 == 0:
            values = np.sort(values // 64 * 64)
        asked.append(
            (values, int(generator.integers(0, 101)), int(generator.integers(1, classes + 1)))
        )
    for value in range(-128, 128):
        percent = int(np.floor((value + 128) * 100 / 256 + 0.5))
        asked += [(np.array([value], np.int8), limit, 1) for limit in (percent, percent + 1)
                  if limit <= 100]  # fmt: skip
    sent = b"".join(np.array([len(v), t, k], np.int32).tobytes() + v.tobytes() for v, t, k in asked)
    found = np.frombuffer(run(programs / "top", input=sent), np.int32).tolist()
    right = []
    for values, threshold, count in asked:
        order = np.argsort(-values.astype(int), kind="stable")[:count]
        percent = np.floor((values[order].astype(int) + 128) * 100 / 256 + 0.5).astype(int)
        right.append(int(percent[0] < threshold))
        for label, share in zip(order, percent, strict=True):
            right += [int(label), int(share)]
    assert found == right


@pytest.mark.parametrize(
    "classes, threshold, count", [(0, 0, 1), (3, 0, 4), (3, 0, 0), (3, 101, 1)]
)
def test_answers_refused(programs, classes, threshold, count):
    sent = np.array([classes, threshold, count], np.int32).tobytes() + bytes(classes)
    assert np.frombuffer(run(programs / "top", input=sent), np.int32).tolist() == [2]
