import os

import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.training import run_folder
from rcnet_tf.training.config import TrainConfig

CONFIG = TrainConfig(epochs=3)


def test_new_empty_and_own_folders(tmp_path):
    run_folder.check(tmp_path / "new", CONFIG)
    assert not (tmp_path / "new").exists(), "checking must not write"
    run_folder.check(tmp_path, CONFIG)
    run_folder.claim(tmp_path / "a" / "b", CONFIG)
    run_folder.check(tmp_path / "a" / "b", CONFIG)


def test_other_settings(tmp_path):
    run_folder.claim(tmp_path, CONFIG)
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
    run_folder.claim(tmp_path, CONFIG)
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="cannot write to"):
        run_folder.claim(tmp_path / "run", CONFIG)


def test_a_folder_below_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write to"):
        run_folder.claim(tmp_path / "file" / "run", CONFIG)
