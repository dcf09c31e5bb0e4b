"""The WebAssembly module by itself: what it needs, and every complaint of web.c."""

import subprocess

import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.export.c99 import package
from rcnet_tf.web import module

_TELL = """(async () => {
  const response = await fetch('rcnet.wasm');
  const binary = await WebAssembly.compile(await response.arrayBuffer());
  const {exports: c} = await WebAssembly.instantiate(binary);
  const told = (at) => {
    const bytes = new Uint8Array(c.memory.buffer, at);
    return at && new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  };
  const before = c.memory.buffer.byteLength;
  const size = c.size(), many = c.lines_bytes() / (4 * size);
  const found = {
    imports: WebAssembly.Module.imports(binary),
    early: [c.push(1), c.run()].map(told),
    begin: [[0, 1], [1, 0], [65536, 1], [4111, 4099], [-1, 1]].map((a) => told(c.begin(...a))),
    rank: [101, 100, 0].map((threshold) => told(c.rank(threshold))),
    outside: [told(c.label(99)), c.ranked_class(99), c.ranked_percent(99), c.input_row(size)],
  };
  c.begin(size, size);
  found.push = [many + 1, size - 1].map((count) => told(c.push(count)));
  found.incomplete = told(c.run());
  found.rest = [1, 1].map((count) => told(c.push(count)));
  found.run = [c.run(), c.run()].map(told);
  found.grown = c.memory.buffer.byteLength - before;
  return found;
})()"""


def test_every_complaint(browser, built, address):
    browser.open(address(built), "true")
    missing = "a part of the picture is missing"
    assert browser.evaluate(_TELL) == {
        "imports": [],
        "early": ["more lines than there is room for", missing],
        "begin": ["bad argument", "bad argument", *["picture too large"] * 3],
        "rank": ["the threshold must be 0 to 100 percent", 0, 0],
        "outside": ["", 0, 0, 0],
        "push": ["more lines than there is room for", 0],
        "incomplete": missing,
        "rest": [0, "the frame has no more lines"],
        "run": [0, missing],
        "grown": 0,
    }


def test_no_warnings(content, compiler, tmp_path):
    """Of the strictest kind, as the rest of firmware_bridge."""
    for name, text in package.files(content, "net").items():
        (tmp_path / name).write_bytes(text)
    web, camera = package.source_folder("web"), package.source_folder("camera")
    done = subprocess.run(
        ["clang", *module.FLAGS, "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fsyntax-only",
         f"-I{tmp_path}", f"-I{camera}", f"-isystem{web}", '-DMODEL_HEADER="net_224.h"',
         "-DMODEL_NAME=net_224", "-DMODEL_LABELS=net_224_labels", "-DMODEL(x)=NET_224_##x",
         web / "web.c"],
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_without_tools(content, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="apt-get install clang lld"):
        module.webassembly(content, "net")


def test_compiler_that_fails(content, monkeypatch, tmp_path):
    """Such as one that does not know WebAssembly."""
    for tool in module.TOOLS:
        (tmp_path / tool).write_text("#!/bin/sh\necho 'error: unknown target triple' >&2\nexit 1\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="unknown target triple; it must know the target wasm32"):
        module.webassembly(content, "net")
