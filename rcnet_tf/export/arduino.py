"""The folder of `convert --arduino`: firmware_bridge/arduino as a library that needs nothing else.

In the repository its sources are one line each, `#include` of a file elsewhere, so that nothing is
there twice; an Arduino library that is copied or zipped has to have them inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from rcnet_tf.errors import UserError
from rcnet_tf.export.c99.package import LICENSE, license_text, source_folder

LIBRARY = "FocusRCNet"  # the folder's name, as the Arduino IDE wants it

# What a conversion writes, as the shipped model's files lie in the repository.
_MODELS = "../../../tflite/"
_ELSEWHERE = re.compile(rb'#include "((?:\.\./)+[^"]+)"\n')


def library_files(converted: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    """Every file of the library, by its path in it.

    Args:
        converted: files of the conversion, by name.
        name: of the network, as for `c_array`.

    Raises:
        UserError: the model is none for TensorFlow Lite Micro, and has no such files.
    """
    home = source_folder("arduino")
    library = {
        str(path.relative_to(home).as_posix()): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }
    for path in list(library):
        elsewhere = _ELSEWHERE.fullmatch(library[path])
        if not elsewhere:
            continue
        there = elsewhere[1].decode()
        if there.startswith(_MODELS):
            del library[path]
        else:
            library[path] = (home / Path(path).parent / there).read_bytes()
    for file in _model_files(name):
        if file not in converted:
            raise UserError(
                f"no {file} can be made of this model, which an Arduino library needs; leave out "
                "--arduino to learn why"
            )
        # The Arduino IDE compiles .cpp alone.
        library[f"src/{file.replace('.cc', '.cpp')}"] = converted[file]
    return {**library, LICENSE: license_text()}


def _model_files(name: str) -> list[str]:
    return [
        f"{name}_model_data.h",
        f"{name}_model_data.cc",
        f"{name}_op_resolver.h",
        "model_settings.h",
        "known_picture.h",
        "known_picture.cc",
    ]
