import os
import platform
import subprocess
import sys
from dataclasses import replace

import h5py
import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.training import run_folder
from rcnet_tf.training.config import TrainConfig
from rcnet_tf.weights import pretrained_path
from rcnet_tf.weights_digest import weights_sha256

CONFIG = TrainConfig(epochs=3)


def claim(out):
    with run_folder.claimed(out, CONFIG):
        pass


def test_new_empty_and_own_folders(tmp_path):
    run_folder.check(tmp_path / "new", CONFIG)
    assert not (tmp_path / "new").exists(), "checking must not write"
    run_folder.check(tmp_path, CONFIG)
    claim(tmp_path / "a" / "b")
    run_folder.check(tmp_path / "a" / "b", CONFIG)


def test_other_settings(tmp_path):
    claim(tmp_path)
    with pytest.raises(UserError, match="epochs 3 there, 4 here"):
        run_folder.check(tmp_path, TrainConfig(epochs=4))


def test_foreign_things(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(UserError, match="holds files but no run"):
        run_folder.check(tmp_path, CONFIG)
    with pytest.raises(UserError, match=r"thesis.tex is a file"):
        run_folder.check(tmp_path / "thesis.tex", CONFIG)
    for content in ("{", "[]", "\x00"):
        (tmp_path / "config.json").write_text(content)
        with pytest.raises(UserError, match="is damaged"):
            run_folder.check(tmp_path, CONFIG)


def test_what_a_kill_left_is_no_foreign_file_and_goes(tmp_path):
    (tmp_path / ".writing-abcconfig.json").write_text("{")
    run_folder.check(tmp_path, CONFIG)
    claim(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "sources.json"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="cannot write to"):
        claim(tmp_path / "run")


def test_a_folder_below_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write to"):
        claim(tmp_path / "file" / "run")


@pytest.mark.skipif(os.name == "nt", reason="no locks there")
def test_one_process_a_folder(tmp_path):
    code = f"""
import time
from pathlib import Path
from rcnet_tf.training import run_folder
from rcnet_tf.training.config import TrainConfig
with run_folder.claimed(Path({str(tmp_path)!r}), TrainConfig(epochs=3)):
    print("claimed", flush=True)
    time.sleep(600)
"""
    half = tmp_path / ".writing-abcbest.keras"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout.readline() == b"claimed\n"
            half.touch()
            with pytest.raises(UserError, match="another process trains in"):
                claim(tmp_path)
            assert half.exists(), "it is the other's"
        finally:
            other.kill()
    claim(tmp_path)  # a kill leaves no lock
    assert not half.exists()


def test_an_error_in_a_run_is_none_of_the_folder(tmp_path):
    with pytest.raises(FileNotFoundError), run_folder.claimed(tmp_path, CONFIG):
        (tmp_path / "none").read_bytes()


def test_what_it_has_learnt_from_is_kept_as_it_was(tmp_path):
    start, out = tmp_path / "start.weights.h5", tmp_path / "run"
    config = replace(CONFIG, init_from=str(start), teacher="not a file")
    digests = []
    for value in (1.0, 2.0):
        with h5py.File(start, "w") as file:
            file["kernel"] = [value]
        digests.append(weights_sha256(start))
        with run_folder.claimed(out, config):
            # Until a checkpoint is there, a run begins anew.
            assert run_folder.sources(out) == {"init_from": digests[-1]}
            assert run_folder.trained_with(out)["python"] == platform.python_version()
    assert digests[0] != digests[1]
    (out / "checkpoint.h5").touch()
    start.write_bytes(b"something else")
    with run_folder.claimed(out, config):
        assert run_folder.sources(out) == {"init_from": digests[1]}
    (out / "sources.json").write_text("[")
    for read in (run_folder.sources, run_folder.trained_with):
        assert read(out) == read(tmp_path / "nowhere") == {}


def test_shipped_weights_are_named_too(tmp_path):
    config = replace(CONFIG, init_from="trashnet", teacher="trashnet", input_size=96)
    small, large = (weights_sha256(pretrained_path("trashnet", size)) for size in (96, 224))
    with run_folder.claimed(tmp_path, config):
        assert run_folder.sources(tmp_path) == {"init_from": small, "teacher": large}
    (tmp_path / "config.json").unlink()  # as a kill between the two leaves it
    run_folder.check(tmp_path, config)


def test_a_place_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="is a file; choose another"):
        run_folder.check(tmp_path / "file" / "run", CONFIG)
