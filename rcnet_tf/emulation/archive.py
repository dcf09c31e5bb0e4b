"""A library of object files from other people's sources, compiled once and kept in the cache."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rcnet_tf import cores
from rcnet_tf.data.cache import cache_folder
from rcnet_tf.emulation.board import LANGUAGES
from rcnet_tf.emulation.targets import Target
from rcnet_tf.emulation.tools import tool
from rcnet_tf.files import atomic_path
from rcnet_tf.progress import Progress

# Warnings are for the authors of the sources.
_FLAGS = ("-O2", "-w", "-ffunction-sections", "-fdata-sections", "-fno-unwind-tables")


def archive(name: str, target: Target, files: Sequence[Path], options: Sequence[str]) -> Path:
    """Compile and archive; what was compiled before from the same files is taken from the cache.

    Args:
        name: for progress.
        target: to compile for.
        files: sources, and the headers that they include.
        options: of the compiler.

    Raises:
        UserError: a source does not compile.
    """
    path = cache_folder() / "archives" / f"{_key(target, files, options)}.a"
    if path.is_file():
        return path
    sources = [file for file in files if file.suffix in LANGUAGES]
    progress = Progress(f"{name}: compiling", len(sources))

    with tempfile.TemporaryDirectory() as folder, atomic_path(path) as temporary:

        def compiled(number: int) -> Path:
            source = sources[number]
            result = Path(folder) / f"{number}_{source.stem}.o"
            compiler, *language = LANGUAGES[source.suffix]
            command = (target.tool(compiler), *language, *target.flags, *_FLAGS, *options)
            tool(*command, "-c", source, "-o", result)
            return result

        objects = []
        with ThreadPoolExecutor(cores.usable()) as pool:
            for result in pool.map(compiled, range(len(sources))):
                objects.append(result)
                progress.advance()
        temporary.unlink()  # ar does not take an empty file for an archive
        tool(target.tool("ar"), "rcs", temporary, *objects)
    return path


def _key(target: Target, files: Sequence[Path], options: Sequence[str]) -> str:
    compiler = tool(target.compiler, "--version").splitlines()[0]
    digest = hashlib.sha256(repr((compiler, target.flags, _FLAGS, tuple(options))).encode())
    for file in files:
        digest.update(f"\n{file}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:32]
