"""What a figure was made with."""

import shutil
import subprocess

import numpy as np
import pytest

from rcnet_tf import installed


def test_versions():
    assert installed.versions("numpy", "none-such") == {
        "numpy": np.__version__,
        "none-such": None,
    }


@pytest.mark.skipif(not shutil.which("git"), reason="no git here")
def test_commit_of_a_clone(tmp_path, monkeypatch):
    """Of the clone of this package alone, not of a project that it is installed in."""

    def git(*words):
        identity = ("-c", "user.name=a", "-c", "user.email=a@b")
        command = ("git", "-C", str(tmp_path), *identity, *words)
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    package = tmp_path / "rcnet_tf" / "installed.py"
    package.parent.mkdir()
    package.write_text("one")
    monkeypatch.setattr(installed, "__file__", str(package))
    assert installed.commit() is None
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    git("tag", "v1")
    here = git("rev-parse", "HEAD")
    assert here.startswith(installed.commit())
    package.write_text("other")
    assert installed.commit().endswith("-dirty")
    monkeypatch.setattr(installed, "__file__", str(tmp_path / "site-packages" / "a" / "x.py"))
    assert installed.commit() is None
