"""The folder of `convert --c99`: the generated network and the engine that runs it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rcnet_tf.errors import UserError
from rcnet_tf.export.c99 import plan as memory
from rcnet_tf.export.c99.network import Network, network
from rcnet_tf.export.c99.operators import Graph
from rcnet_tf.export.c99.plan import Plan, plan
from rcnet_tf.export.c99.source import Source, layer_names, macros
from rcnet_tf.export.c_array import identifier, quoted
from rcnet_tf.tflite_file import flatbuffer

ENGINE = (
    "rcnet.h",
    "rcnet_model.h",
    "fixed.h",
    "kernels.h",
    "fixed.c",
    "pointwise.c",
    "depthwise.c",
    "attention.c",
    "head.c",
    "run.c",
)
"""Files of the engine."""

CAMERA = ("rcnet_camera.h", "rcnet_camera.c", "rcnet_top.h", "rcnet_top.c")
"""Files that turn camera lines into input rows, and outputs into an answer."""

LICENSE = "LICENSE"
"""Of the sources, which ask that it goes where they go."""

CAMERA_FOLDER = "camera"
"""A folder of their own: applications without a camera leave it out as a whole."""


def files(content: bytes, name: str) -> dict[str, bytes]:
    """Generate everything that a compiler needs.

    Args:
        content: an int8 `.tflite` with class names in it.
        name: of the network, such as "focus_rcnet"; the size of its picture is appended.

    Returns:
        File name -> content: `{name}_{size}.h`, `.c`, `memory.txt`, the engine and its licence.

    Raises:
        UserError: the network is none that the engine can run.

    Example:
        >>> made = files(Path("tflite/focus_rcnet_224_int8.tflite").read_bytes(), "focus_rcnet")
        >>> list(made)[:4]
        ['focus_rcnet_224.h', 'focus_rcnet_224.c', 'memory.txt', 'rcnet.h']
    """
    graph = Graph(content, name)
    recognised = network(graph)
    layout = plan(recognised)
    labels = flatbuffer.labels(content)
    if labels is None or len(labels) != graph.classes:
        raise UserError(f"{name} carries no class names; convert it with rcnet_tf.convert")
    full = f"{identifier(name)}_{recognised.size}"
    digest = hashlib.sha256(content).hexdigest()
    generated = {
        f"{full}.h": _header(recognised, layout, labels, full, digest),
        f"{full}.c": _source(recognised, layout, labels, full, digest),
        "memory.txt": "\n".join([full, "", *memory.lines(layout), ""]),
    }
    return {
        **{file: text.encode() for file, text in generated.items()},
        **{file: (source_folder("engine") / file).read_bytes() for file in ENGINE},
        LICENSE: license_text(),
    }


def camera() -> dict[str, bytes]:
    """Camera lines to input rows, and answers with a threshold: file name -> content."""
    home = source_folder("camera")
    return {f"{CAMERA_FOLDER}/{file}": (home / file).read_bytes() for file in CAMERA}


def source_folder(name: str) -> Path:
    """A folder of C sources: the checkout's firmware_bridge if this is one, else the package's."""
    for home in (Path(__file__).parents[3], Path(__file__).parents[2]):
        folder = home / "firmware_bridge" / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"firmware_bridge/{name} is missing; install rcnet_tf again")


def license_text() -> bytes:
    """The licence of the C sources: the checkout's, or the copy that is installed with them."""
    home = source_folder("engine").parent
    beside = home / LICENSE
    return (beside if beside.is_file() else home.parent / LICENSE).read_bytes()


def _header(network: Network, plan: Plan, labels: tuple[str, ...], name: str, digest: str) -> str:
    upper = name.upper()
    defines = "\n".join(
        f"#define {upper}_{key} {value}" for key, value in macros(network, plan, labels).items()
    )
    layers = "\n".join(f" *   {i:3} {text}" for i, text in enumerate(layer_names(network)))
    return _HEADER.format(
        name=name, upper=upper, digest=digest, defines=defines, layers=layers, size=network.size
    )


def _source(network: Network, plan: Plan, labels: tuple[str, ...], name: str, digest: str) -> str:
    strings = "".join(f"    {quoted(label)},\n" for label in labels)
    return _SOURCE.format(
        name=name,
        upper=name.upper(),
        digest=digest,
        constants=Source(network, plan, name).text(),
        strings=strings,
    )


_HEADER = """\
/* Made by python -m rcnet_tf.convert --c99: do not edit.
 * SHA-256 of the .tflite: {digest}
 *
 * Input: {size} rows of {size} pixels, red, green, blue, each pixel - 128; the whole frame, resized
 * by area average. Output: probability = (value + 128) / 256.
 *
 * Layers by the number that `trace` gives:
{layers}
 */
#ifndef {upper}_H_
#define {upper}_H_

#include "rcnet.h"

#ifdef __cplusplus
extern "C" {{
#endif

/* Side of the picture; classes; memory to give to rcnet_init in one chunk, by rcnet_input. */
{defines}

extern const rcnet_model {name};
extern const char *const {name}_labels[{upper}_CLASSES];

#ifdef __cplusplus
}}
#endif

#endif /* {upper}_H_ */
"""

_SOURCE = """\
/* Made by python -m rcnet_tf.convert --c99: do not edit.
 * SHA-256 of the .tflite: {digest}
 */
#include "{name}.h"

#include "rcnet_model.h"

{constants}
const char *const {name}_labels[{upper}_CLASSES] = {{
{strings}}};
"""
