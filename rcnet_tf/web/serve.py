"""A folder over HTTP, for this machine alone."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rcnet_tf.errors import UserError

HOST = "127.0.0.1"


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server that is ready to run.

    Args:
        folder: what it shows.
        port: 0 for any that is free.

    Raises:
        UserError: the port cannot be had.
    """
    try:
        return ThreadingHTTPServer((HOST, port), partial(_Handler, directory=str(folder)))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"--port {port}: {reason}; expected a free port, or 0 for any") from None


class _Handler(SimpleHTTPRequestHandler):
    # Some systems' own tables have other types for these, which browsers refuse to run.
    extensions_map = {  # noqa: RUF012
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")  # the next build is to be seen at once
        super().end_headers()

    def log_message(self, format: str, *args) -> None:
        pass
