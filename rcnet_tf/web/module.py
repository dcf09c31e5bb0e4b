"""An int8 `.tflite` as a WebAssembly module: the C99 program of `convert --c99`, compiled by clang.

No emscripten and no C library: the engine needs memcpy and memset alone, which are instructions of
WebAssembly. The module imports nothing; what it exports, firmware_bridge/web/web.c says.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from rcnet_tf.errors import UserError
from rcnet_tf.export.c99 import package
from rcnet_tf.tflite_file import flatbuffer

# clang starts wasm-ld itself.
TOOLS = {"clang": "clang", "wasm-ld": "lld"}
"""Program -> Debian's package."""

# SIMD is what clang makes of the loops by itself; results stay the same, byte for byte. Browsers
# have had it since 2023 (Safari 16.4), which the page needs anyway for pictures in workers.
FLAGS = ("--target=wasm32", "-std=c99", "-O2", "-msimd128", "-mbulk-memory", "-nostdlib")
_LINK = ("--no-entry", "--strip-all", "--stack-first", "-z", "stack-size=16384")
_NAME = "net"


def missing() -> list[str]:
    """Programs of `TOOLS` that are not installed."""
    return [tool for tool in TOOLS if not shutil.which(tool)]


def webassembly(content: bytes, name: str) -> bytes:
    """Compile a network and the engine.

    Args:
        content: an int8 `.tflite` with class names in it.
        name: what errors call it.

    Returns:
        The module.

    Raises:
        UserError: the network is none that the engine can run, or a program is not installed or
            fails.
    """
    if lacking := missing():
        packages = " ".join(TOOLS[tool] for tool in lacking)
        raise UserError(
            f"{', '.join(lacking)} not installed; on Debian: apt-get install {packages}"
        )
    size, _ = flatbuffer.check_contract(flatbuffer.parse(content, name), name)
    files = package.files(content, _NAME)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for file, text in files.items():
            (folder / file).write_bytes(text)
        return _compiled(folder, f"{_NAME}_{size}")


def _compiled(folder: Path, network: str) -> bytes:
    glue, camera = package.source_folder("web"), package.source_folder("camera")
    result = folder / "rcnet.wasm"
    command = [
        "clang",
        *FLAGS,
        f"-I{folder}",
        f"-I{camera}",
        f"-isystem{glue}",  # for its string.h
        f'-DMODEL_HEADER="{network}.h"',
        f"-DMODEL_NAME={network}",
        f"-DMODEL_LABELS={network}_labels",
        f"-DMODEL(x)={network.upper()}_##x",
        *(f"-Wl,{option}" for option in _LINK),
        glue / "web.c",
        *sorted(camera.glob("*.c")),
        *sorted(folder.glob("*.c")),
        "-o",
        result,
    ]
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        telling = [line for line in lines if "error:" in line]
        raise UserError(
            f"clang failed: {(telling or lines)[0][-300:]}; it must know the target wasm32, as "
            "Debian's does"
        )
    return result.read_bytes()
