"""Every notebook runs from its first cell to its last, and its committed outputs are its own."""

import os
import shutil

import execute
import nbformat
import pytest

TRASHNET = os.environ.get("RCNET_TF_TRASHNET")

every = pytest.mark.parametrize("path", execute.NOTEBOOKS, ids=lambda path: path.stem)


def committed(path):
    return nbformat.read(str(path), 4)


def test_there_are_five():
    assert [path.stem[0] for path in execute.NOTEBOOKS] == list("12345")


@every
def test_outputs_are_of_these_cells_and_these_weights(path):
    assert execute.stale(committed(path)) == [], "run `make notebooks` and commit the result"


@every
def test_it_is_for_readers(path):
    """Starts with its title and an installation; cells are short; outputs are clean."""
    notebook = committed(path)
    assert notebook.cells[0].source.startswith(f"# {path.stem[0]}. ")
    assert "%pip install" in notebook.cells[1].source
    for cell in execute.code_cells(notebook):
        assert len(cell.source.splitlines()) <= 25, cell.id
        assert all(one.get("name") != "stderr" for one in cell.outputs), cell.id
    assert path.stat().st_size < 2_000_000


@every
def test_it_runs_and_says_the_same(path, tmp_path, tmp_path_factory):
    """In quick mode, alone, in an empty folder."""
    if path.stem == "5_microcontroller" and not shutil.which("cc"):
        pytest.skip("cc is not installed")
    scratch = str(tmp_path_factory.mktemp("scratch"))
    now = execute.execute(path, tmp_path, TMPDIR=scratch, **{execute.QUICK: "1"})
    found = execute.differences(committed(path), now)
    assert found == [], "run `make notebooks`, look at the result and commit it"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not TRASHNET, reason="RCNET_TF_TRASHNET is not set")
def test_data_on_the_whole_of_trashnet(tmp_path):
    """As far as the cell that reads it; those after it are tested on the shipped pictures alone."""
    notebook = committed(execute.NOTEBOOKS[0])
    ids = [cell.id for cell in notebook.cells]
    notebook.cells = notebook.cells[: ids.index("pictures") + 1]
    nbformat.write(notebook, tmp_path / "start.ipynb")
    variables = {execute.QUICK: "1", "RCNET_TF_TRASHNET": TRASHNET}
    now = execute.execute(tmp_path / "start.ipynb", tmp_path, **variables)
    said = execute.text_of(next(cell for cell in now.cells if cell.id == "pictures"))
    assert said.startswith("1764 pictures to learn from, 379 to be tested on")
