"""The fuzzer of everything that firmware calls: build it, and let it run.

    make fuzz SECONDS=3600

What it found interesting, and what broke, is kept in build/fuzz.
"""

import argparse
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from forms import FORMS, edited
from variants import variant

from rcnet_tf.export.c99 import package

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "tflite" / "focus_rcnet_224_int8.tflite"
FLAGS = (
    "-std=c99", "-O1", "-g", "-Wall", "-Wextra", "-Werror",
    "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all",
)  # fmt: skip
PARTS, SEEDS = 5, 200  # parts: of fuzz/main.c
LONGEST = 512  # bytes of an input
SLOWEST = 20  # seconds for one


def models():
    """File name -> content: three small networks with every form of layer, and a list of them."""
    small = {(size, width): variant(SHIPPED.read_bytes(), size, width)
             for size, width in ((34, 0.1), (32, 0.15))}  # fmt: skip
    contents = {
        "odd": small[34, 0.1],  # maps of 17, 9, 5, 3 and 2 pixels a side
        **{f"form{i}": edited(small[32, 0.15], *edits) for i, edits in enumerate(FORMS.values())},
    }
    files, names = {}, []
    for name, content in contents.items():
        made = package.files(content, name)
        names += [file.removesuffix(".h") for file in made if re.fullmatch(rf"{name}_\d+\.h", file)]
        files |= made
    includes = "".join(f'#include "{name}.h"\n' for name in names)
    listed = ", ".join(f"&{name}" for name in names)
    files["models.h"] = (
        f"#define FUZZ_MODELS {len(names)}\n"
        "extern const struct rcnet_model *const fuzz_models[FUZZ_MODELS];\n"
    ).encode()
    files["models.c"] = (
        f'{includes}#include "models.h"\n'
        f"const rcnet_model *const fuzz_models[FUZZ_MODELS] = {{{listed}}};\n"
    ).encode()
    return files


def build(folder):
    """Compile it all in a folder; the program."""
    for file, content in models().items():
        (folder / file).write_bytes(content)
    camera = package.source_folder("camera")
    sources = [*folder.glob("*.c"), *camera.glob("*.c"), *(HERE / "fuzz").glob("*.c")]
    program = folder / "fuzz"
    command = ["clang", *FLAGS, f"-I{folder}", f"-I{camera}", f"-I{HERE / 'fuzz'}", *sources, "-o",
               program]  # fmt: skip
    subprocess.run([str(part) for part in command], check=True)
    return program


def command(program, corpus, *options):
    """What runs it, from inputs of every part; findings go into the same folder."""
    noise = random.Random(1)
    for i in range(SEEDS):
        (corpus / f"seed{i}").write_bytes(bytes([i % PARTS]) + noise.randbytes(LONGEST // 2))
    # Linux takes the peak of whoever starts it, pytest with TensorFlow in it, for the fuzzer's own
    # use of memory: what counts is what one call asks for.
    return [str(program), f"-max_len={LONGEST}", "-len_control=0", f"-timeout={SLOWEST}",
            "-rss_limit_mb=0", "-malloc_limit_mb=64", "-print_final_stats=1",
            f"-artifact_prefix={corpus}/", *options, str(corpus)]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        limit = f"-max_total_time={arguments.seconds}"
        sys.exit(subprocess.run(command(program, arguments.folder, limit), check=False).returncode)


if __name__ == "__main__":
    main()
