"""The folder of a run: whose it is, and what a kill left in it."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from rcnet_tf import cores, installed, outputs
from rcnet_tf.data.learnt import SOURCES
from rcnet_tf.errors import UserError
from rcnet_tf.files import atomic_write
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.weights import PRETRAINED, pretrained_path
from rcnet_tf.weights_digest import weights_sha256

_LEARNT_FROM = ("init_from", "teacher")
_TRAINED_WITH = "trained_with"
_PACKAGES = ("rcnet_tf", "keras", "tensorflow", "jax", "jaxlib", "numpy")
_HALF_WRITTEN = ".writing-*"  # `files.atomic_path` under way, or killed


def check(out: Path, config: TrainConfig) -> None:
    """See that `out` is new, empty or holds a run of the same settings, and can be written to.
    Nothing is written.

    Raises:
        UserError: it is something else.
    """
    settings = out / "config.json"
    try:
        if not settings.is_file():
            if out.exists() and not out.is_dir():
                raise UserError(f"{out} is a file; expected a folder: choose another --out")
            # A run that was killed as it began may have left these.
            begun = {out / SOURCES, *out.glob(_HALF_WRITTEN)}
            if out.is_dir() and set(out.iterdir()) - begun:
                raise UserError(f"{out} holds files but no run; choose another --out")
            outputs.check_place("--out", out)
            return
        there = json.loads(settings.read_text(encoding="utf-8"))
        if not isinstance(there, dict):
            raise ValueError("no settings")
    except OSError as error:
        raise UserError(
            f"cannot read {out}: {error.strerror or error}; choose another --out"
        ) from None
    except ValueError:  # JSON's and Unicode's errors among them
        raise UserError(f"{settings} is damaged; choose another --out") from None
    if differences := config.differences(there):
        raise UserError(
            f"{out} holds a run with other settings ({'; '.join(differences)}); "
            "choose another --out"
        )


@contextlib.contextmanager
def claimed(out: Path, config: TrainConfig, pictures: str = "") -> Iterator[None]:
    """Make the folder this run's alone for the length of a block; remove what a kill left in it.

    Entered once all else is known to be in order: a mistyped option leaves no folder behind.

    Args:
        out: the folder.
        config: the settings.
        pictures: what it learns from, for `data.learnt`.

    Raises:
        UserError: the folder cannot be written to, or another process trains in it.
    """
    with contextlib.ExitStack() as held:
        try:
            out.mkdir(parents=True, exist_ok=True)
            held.enter_context(locked(out))
            for file in out.glob(_HALF_WRITTEN):
                file.unlink(missing_ok=True)
            # Until its first checkpoint it starts from whatever lies there now.
            if not (out / "checkpoint.h5").is_file():
                begun = {"pictures": pictures, **_digests(config), _TRAINED_WITH: _made_with()}
                atomic_write(out / SOURCES, json.dumps(begun, indent=2) + "\n")
            atomic_write(out / "config.json", config.to_json())
        except BlockingIOError:
            raise UserError(
                f"another process trains in {out}; wait for its end, or choose another --out"
            ) from None
        except OSError as error:
            raise UserError(
                f"cannot write to {out}: {error.strerror or error}; choose another --out"
            ) from None
        yield


def sources(out: Path) -> dict[str, str]:
    """SHA-256 of the weights that a run started from and learnt from, as they were when it began.

    Returns:
        "init_from" and "teacher", where they were files or the shipped weights and the folder
        tells.
    """
    try:
        there = json.loads((out / SOURCES).read_text(encoding="utf-8"))
        return {name: str(there[name]) for name in _LEARNT_FROM if name in there}
    except (OSError, ValueError, TypeError):
        return {}  # of a version that did not write it


def trained_with(out: Path) -> dict[str, str]:
    """What a run began under: "python", "cores", "commit" of a clone, and versions of packages;
    nothing where the folder does not tell."""
    try:
        there = json.loads((out / SOURCES).read_text(encoding="utf-8")).get(_TRAINED_WITH, {})
        return {str(name): str(value) for name, value in there.items()}
    except (OSError, ValueError, AttributeError):
        return {}  # of a version that did not write it


def _made_with() -> dict[str, str]:
    found = {
        "python": platform.python_version(),
        "cores": str(cores.usable()),
        "commit": installed.commit(),
        **installed.versions(*_PACKAGES),
    }
    return {name: value for name, value in found.items() if value}


def _digests(config: TrainConfig) -> dict[str, str]:
    files = {name: Path(getattr(config, name)) for name in _LEARNT_FROM}
    if config.init_from in PRETRAINED:
        files["init_from"] = pretrained_path(config.init_from, config.input_size)
    if config.teacher in PRETRAINED:
        files["teacher"] = pretrained_path(config.teacher)
    return {name: weights_sha256(file) for name, file in files.items() if file.is_file()}


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, which the system takes back from a process that is killed.

    Raises:
        BlockingIOError: another has it.
    """
    if importlib.util.find_spec("fcntl") is None:  # Windows
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            pass  # a file system that has no locks
        yield
    finally:
        os.close(descriptor)
