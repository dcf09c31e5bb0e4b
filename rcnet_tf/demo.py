"""A page that runs the C99 engine in your browser: drop or photograph a piece of waste.

Compiles the C program of an int8 .tflite to WebAssembly (clang and wasm-ld; no emscripten), writes
the page to a folder that any static host can serve, and serves it on this machine.

    python -m rcnet_tf.demo
    python -m rcnet_tf.demo --model my_model/focus_rcnet_224_int8.tflite
    python -m rcnet_tf.demo --no-serve --out public
"""

from __future__ import annotations

import argparse
import contextlib
import os
from pathlib import Path

from rcnet_tf import cli, outputs
from rcnet_tf.errors import UserError

MODEL = Path("tflite/focus_rcnet_224_int8.tflite")


def main(argv: list[str] | None = None) -> None:
    arguments = _parser().parse_args(argv)
    if not os.path.isfile(arguments.model):
        raise UserError(
            f"no such file: {arguments.model}; expected an int8 .tflite, run python -m "
            "rcnet_tf.convert --int8 first"
        )

    outputs.check_place("--out", arguments.out)

    from rcnet_tf.web import folder, serve

    page = folder.files(arguments.model.read_bytes(), str(arguments.model))
    outputs.write({arguments.out / file: content for file, content in page.items()}, "--out")
    print(
        f"written to {arguments.out}: {len(page)} files, {sum(map(len, page.values())):,} bytes; "
        f"of them rcnet.wasm, network and engine: {len(page['rcnet.wasm']):,}"
    )
    if arguments.no_serve:
        print(f"next: serve {arguments.out} with any static web server")
        return
    with serve.server(arguments.out, arguments.port) as server:
        print(f"open http://localhost:{server.server_port}/ (Ctrl-C ends)", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


def _parser() -> argparse.ArgumentParser:
    parser = cli.Parser("demo", __doc__)
    parser.add_argument(
        "--model",
        type=cli.path,
        default=MODEL,
        metavar="FILE",
        help=f"int8 .tflite of rcnet_tf.convert (default: {MODEL})",
    )
    parser.add_out("build/demo", "the page")
    parser.add_argument(
        "--port", type=int, default=8000, help="to serve it on; 0: any free one (default: 8000)"
    )
    parser.add_argument("--no-serve", action="store_true", help="write the page and end")
    return parser


if __name__ == "__main__":
    cli.run(main)
