"""How a stale output is found."""

import base64
import io

import execute
import nbformat
import numpy as np
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image


def notebook(*cells, uses=()):
    """Executed and stamped."""
    made = new_notebook(cells=list(cells), metadata={"rcnet_tf": {"uses": list(uses)}})
    for count, cell in enumerate(execute.code_cells(made), start=1):
        cell.execution_count = count
    execute.clean(made)
    return made


def printed(text, **metadata):
    outputs = [new_output("stream", name="stdout", text=text)]
    return new_code_cell("print(...)", id="one", outputs=outputs, metadata=metadata)


def shown(pixels):
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "png")
    data = {"image/png": base64.b64encode(content.getvalue()).decode(), "text/plain": "<Image>"}
    output = new_output("display_data", data)
    return new_code_cell("show(...)", id="one", outputs=[output])


def test_nothing_is_stale_after_execution():
    assert execute.stale(notebook(printed("1"), uses=["weights", "int8"])) == []


def test_a_changed_cell_is_stale():
    made = notebook(printed("1"))
    made.cells[0].source += "  # and more"
    assert execute.stale(made) == ["cells changed"]


def test_changed_weights_are_stale_where_they_are_used():
    made = notebook(printed("1"), uses=["weights"])
    made.metadata.rcnet_tf.made_from.weights = "0" * 64
    assert execute.stale(made) == ["weights changed"]


def test_cells_out_of_order_are_stale():
    made = notebook(printed("1"))
    made.cells[0].execution_count = 7
    assert execute.stale(made) == ["cells were not executed once each, in order"]


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("87.0 % of 60", "87.9 % of 60", True),
        ("87.0 % of 60", "92.0 % of 60", False),
        ("525,802 weights", "525,802 weights", True),
        ("525,802 weights", "520,630 weights", False),
        ("224, 96", "224, 96", True),
        ("glass 5", "paper 5", False),
        ("a 1", "a 1 2", False),
        ("0.001", "0.002", True),
    ],
)
def test_numbers_may_differ_a_little_and_words_not(before, now, same):
    found = execute.differences(notebook(printed(before)), notebook(printed(now)))
    assert (found == []) == same


def test_a_cell_that_varies_is_not_compared():
    pair = (notebook(printed(text, tags=["varies"])) for text in ("12 ms", "70 ms"))
    assert execute.differences(*pair) == []


def test_pictures_are_compared_roughly():
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8).repeat(4, axis=0)
    near = np.clip(pixels.astype(int) + 2, 0, 255).astype(np.uint8)
    made = notebook(shown(pixels))
    assert execute.differences(made, notebook(shown(near))) == []
    assert execute.differences(made, notebook(shown(255 - pixels))) == [
        "cell one: shows another picture"
    ]
    gone = execute.differences(made, notebook(printed("")))
    assert gone == ["cell one: shows 0 pictures, not 1"]


def test_an_error_in_a_cell_is_an_error(tmp_path):
    path = tmp_path / "wrong.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0")]), str(path))
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute.execute(path, tmp_path)


def test_only_what_is_named_reaches_a_notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("RCNET_TF_TRASHNET", "elsewhere")
    code = "import os\nprint(os.environ.get('RCNET_TF_TRASHNET'), os.environ.get('GIVEN'))"
    path = tmp_path / "asks.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(code)]), str(path))
    now = execute.execute(path, tmp_path, GIVEN="here")
    assert execute.text_of(now.cells[0]).strip() == "None here"
