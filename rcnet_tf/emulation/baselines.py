"""What the engine is measured against: TensorFlow Lite Micro in four builds.

Nothing of it is part of this project: it is compiled from checkouts that lie in one folder, under
the names that `git clone` gives them.

    tflm          tflite-micro               reference kernels
    tflm-checked  tflite-micro               the same with assertions, as its makefile builds them
                                             unless told otherwise: every index of every tensor is
                                             checked, in the innermost loops too
    esp-nn        esp-tflite-micro, esp-nn   Espressif's portable C, which ESP32 and ESP32-C3 run
    cmsis-nn      tflite-micro, CMSIS-NN     Arm's, with SIMD where the core has it
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rcnet_tf.emulation.sources import closure
from rcnet_tf.errors import UserError

_KERNELS = "tensorflow/lite/micro/kernels"
_INTERPRETER = "tensorflow/lite/micro/micro_interpreter.cc"
_GITHUB = {
    "tflite-micro": "tensorflow",
    "esp-tflite-micro": "espressif",
    "esp-nn": "espressif",
    "CMSIS-NN": "ARM-software",
}
# Headers that TensorFlow Lite Micro takes from elsewhere: folder below the checkout, a file in it.
_LIBRARIES = {
    "flatbuffers": ("include", "flatbuffers/flatbuffers.h"),
    "gemmlowp": ("", "fixedpoint/fixedpoint.h"),
    "ruy": ("", "ruy/profiler/instrumentation.h"),
}
# Where its own makefile and esp-tflite-micro keep those.
_MAKEFILE = "tensorflow/lite/micro/tools/make/Makefile"
_INSIDE = ("tensorflow/lite/micro/tools/make/downloads", "third_party")


@dataclass(frozen=True)
class Baseline:
    """One way to build TensorFlow Lite Micro.

    Attributes:
        name: in tables.
        checkout: of TensorFlow Lite Micro.
        optimised: folder of kernels that replace the reference ones.
        library: checkout of what these call.
        headers: folders in it.
        sources: patterns of files in it.
        without: the same, of files to leave out.
        defines: macros.
    """

    name: str
    checkout: str
    optimised: str = ""
    library: str = ""
    headers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    without: str = ""
    defines: tuple[str, ...] = ()

    def missing(self, home: Path) -> list[str]:
        """Checkouts that are not in a folder."""
        names = (self.checkout, self.library) if self.library else (self.checkout,)
        return [name for name in names if not (home / name).is_dir()]

    def roots(self, home: Path) -> list[Path]:
        """Folders in which its includes are looked up.

        Raises:
            UserError: a library's headers are nowhere.
        """
        found = [home / self.checkout]
        for name, (below, header) in _LIBRARIES.items():
            places = [*(home / self.checkout / inside / name for inside in _INSIDE), home / name]
            folders = [place / below for place in places]
            folder = next((folder for folder in folders if (folder / header).is_file()), None)
            if folder is None:
                raise UserError(
                    f"{self.name} needs the headers of {name}; expected {places[0]} or "
                    f"{places[-1]}; make -C {home / self.checkout} -f {_MAKEFILE} "
                    "third_party_downloads fetches those that fit"
                )
            found.append(folder)
        return found + [home / self.library / folder for folder in self.headers]

    def files(self, home: Path, kinds: Iterable[str], more_roots: list[Path]) -> list[Path]:
        """Sources and headers for a network.

        Args:
            home: the folder of checkouts.
            kinds: of operators, such as "CONV_2D".
            more_roots: folders of headers beside `roots`.

        Raises:
            UserError: something is missing, an operator's kernel for one.
        """
        checkout = home / self.checkout
        starts = [checkout / _INTERPRETER, *_kernels(checkout / _KERNELS, kinds)]
        found = closure(starts, [*self.roots(home), *more_roots], self.optimised)
        library = home / self.library
        listed = [path for pattern in self.sources for path in sorted(library.glob(pattern))]
        taken = [p for p in listed if not (self.without and re.search(self.without, p.name))]
        return [*found, *taken]


_UNCHECKED = "-DNDEBUG"

BASELINES = (
    Baseline("tflm", "tflite-micro", defines=(_UNCHECKED,)),
    Baseline("tflm-checked", "tflite-micro"),
    Baseline(
        "esp-nn",
        "esp-tflite-micro",
        "esp_nn",
        "esp-nn",
        ("include", "src/common"),
        ("src/**/*_ansi.c", "src/**/*_opt.c"),
        # What its Kconfig chooses by itself.
        defines=(_UNCHECKED, "-DESP_NN", "-DCONFIG_NN_OPTIMIZED"),
    ),
    Baseline(
        "cmsis-nn",
        "tflite-micro",
        "cmsis_nn",
        "CMSIS-NN",
        (".", "Include"),
        ("Source/**/*.c",),
        r"_(f16|f32|flt)\.c$",
        # As TensorFlow Lite Micro's own makefile has it.
        (_UNCHECKED, "-DCMSIS_NN", "-DKERNELS_OPTIMIZED_FOR_SPEED"),
    ),
)


def found(home: Path) -> tuple[list[Baseline], list[str]]:
    """Baselines whose checkouts are in a folder, and a line about each of the others.

    Raises:
        UserError: there is none, or one of them lacks the headers that it needs.
    """
    if not home.is_dir():
        raise UserError(f"no such folder: {home}; expected one with checkouts of baselines")
    present = [baseline for baseline in BASELINES if not baseline.missing(home)]
    lines = [
        f"{baseline.name} is left out: {' and '.join(_clone(home, name) for name in missing)}"
        for baseline in BASELINES
        if (missing := baseline.missing(home))
    ]
    if not present:
        raise UserError(
            f"no baseline in {home}; expected checkouts, {BASELINES[0].checkout} at the least: "
            f"{_clone(home, BASELINES[0].checkout)}"
        )
    for baseline in present:
        baseline.roots(home)
    return present, lines


def _clone(home: Path, name: str) -> str:
    return f"git clone https://github.com/{_GITHUB[name]}/{name} {home / name}"


def _kernels(folder: Path, kinds: Iterable[str]) -> list[Path]:
    texts = {path: path.read_text(errors="replace") for path in sorted(folder.glob("*.cc"))}
    result = []
    for kind in kinds:
        defines = re.compile(rf"^TFLMRegistration\*?\s+Register_{kind}\(\)\s*{{", re.M)
        sources = [path for path, text in texts.items() if defines.search(text)]
        if not sources:
            raise UserError(f"no kernel for {kind} in {folder}; expected TensorFlow Lite Micro's")
        result += sources
    return result
