"""What every command does alike: start at once, fail in one line, end quietly in a pipe."""

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import rcnet_tf
from rcnet_tf import cli
from rcnet_tf.errors import UserError
from rcnet_tf.progress import Progress

PACKAGE = Path(rcnet_tf.__file__).parent
COMMANDS = sorted(
    path.stem for path in PACKAGE.glob("*.py") if "cli.run(main)" in path.read_text("utf-8")
)
HEAVY = (
    "tensorflow",
    "keras",
    "jax",
    "numpy",
    "PIL",
    "matplotlib",
    "sklearn",
    "tensorflow_datasets",
)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}


def python(*arguments, **options):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=ENVIRONMENT,
        **options,
    )


def program(body):
    """Run a command whose main does `body`."""
    return python(
        "-c", f"import sys\nfrom rcnet_tf import cli, errors\ndef main():\n {body}\ncli.run(main)"
    )


def test_all_commands_are_found():
    assert {"summary", "train", "evaluate", "predict"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_loads_nothing_heavy(command):
    script = (
        "import runpy, sys\n"
        f"sys.argv = ['{command}', '--help']\n"
        "try:\n"
        f"    runpy.run_module('rcnet_tf.{command}', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        f"loaded = [name for name in {HEAVY} if name in sys.modules]\n"
        "sys.exit(f'loads {loaded}' if loaded else 0)\n"
    )
    result = python("-c", script)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"usage: python -m rcnet_tf.{command} ")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_option_is_one_line(command):
    result = python("-m", f"rcnet_tf.{command}", "--no-such-option")
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith(f"rcnet_tf.{command}: error: ")
    assert len(result.stderr.splitlines()) == 1


def test_the_package_itself_lists_the_commands():
    result = python("-m", "rcnet_tf")
    assert result.returncode == 0, result.stderr
    assert all(f"python -m rcnet_tf.{command} " in result.stdout for command in COMMANDS)


def test_package_loads_nothing_heavy():
    result = python("-c", f"import rcnet_tf, sys; print([n for n in {HEAVY} if n in sys.modules])")
    assert result.stdout.strip() == "[]"


def test_public_names():
    assert set(rcnet_tf.__all__) <= set(dir(rcnet_tf))
    for name in rcnet_tf.__all__:
        assert getattr(rcnet_tf, name) is getattr(rcnet_tf, name)
    assert rcnet_tf.FocusRCNet.__module__ == "rcnet_tf.model"
    assert rcnet_tf.__version__[0].isdigit()
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = rcnet_tf.Nothing


def test_bad_input_is_one_line_and_exit_2():
    result = program("raise errors.UserError('no such file: x;\\n  run   y')")
    assert result.returncode == 2
    assert result.stderr == "rcnet_tf.-c: error: no such file: x; run y\n"


def test_a_full_disk_is_one_line_and_exit_2():
    result = program("import errno; raise OSError(errno.ENOSPC, 'write failed\\n buf = 0x7fe8')")
    assert result.returncode == 2
    assert result.stderr == (
        f"rcnet_tf.-c: error: {os.strerror(errno.ENOSPC)}; make room, then the same command starts "
        "again or goes on\n"
    )
    assert program("raise OSError(5, 'Input/output error')").returncode == 1  # keeps its traceback


def test_an_empty_path_is_refused():
    parser = cli.Parser("predict", "About.")
    parser.add_model()
    with pytest.raises(UserError, match="--model: it is empty; expected a name"):
        parser.parse_args(["--model", ""])


def test_a_bug_keeps_its_traceback():
    result = program("raise ValueError('bug')")
    assert result.returncode == 1 and "Traceback" in result.stderr


@pytest.mark.parametrize("body, code", [("pass", 0), ("raise KeyboardInterrupt", 130)])
def test_exit_codes(body, code):
    result = program(body)
    assert result.returncode == code and "Traceback" not in result.stderr


@pytest.mark.parametrize("body", ["print('x\\n' * 10**6)", "print('one line')"])
def test_a_closed_pipe_ends_quietly(body):
    read, write = os.pipe()
    os.close(read)
    script = f"from rcnet_tf import cli\ncli.run(lambda: {body})"
    result = subprocess.run(
        [sys.executable, "-c", script],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        timeout=120,
    )
    os.close(write)
    assert result.stderr == "" and result.returncode == 0


def test_parser_raises_instead_of_printing(capsys):
    parser = cli.Parser("train", "About.")
    parser.add_argument("--epochs", type=int)
    with pytest.raises(UserError, match="--epochs: invalid int value: 'x'; --help lists"):
        parser.parse_args(["--epochs", "x"])
    assert capsys.readouterr() == ("", "")


def test_a_command_can_be_pasted():
    words = shlex.split(
        cli.command("predict", "--model", Path("my model") / "it's.tflite", "IMAGE")
    )
    assert words[1:] == ["-m", "rcnet_tf.predict", "--model", "my model/it's.tflite", "IMAGE"]


def test_progress_is_silent_but_for_the_end(capsys):
    progress = Progress("decoding", 3)
    progress.advance()
    assert capsys.readouterr().err == ""
    progress.advance(2)
    assert capsys.readouterr().err == "decoding: 3/3, 0 s\n"
