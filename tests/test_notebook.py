"""The notebook runs from its first cell to its last, and is kept with outputs that are small."""

import pathlib

import nbformat
import pytest
from nbclient import NotebookClient

FILE = pathlib.Path(__file__).parents[1] / "examples" / "activations_in_trax.ipynb"
LARGEST_OUTPUT = 60_000  # Bytes: a picture, as text.


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(FILE, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_notebook_is_valid_and_small(notebook):
    nbformat.validate(notebook)
    assert FILE.stat().st_size < 150_000
    for cell in code_cells(notebook):
        assert len(str(cell.outputs)) < LARGEST_OUTPUT


def test_notebook_is_kept_as_run_in_order(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    kept = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert kept
    assert all(output.output_type in ("stream", "display_data") for output in kept)
    assert not any(output.get("name") == "stderr" for output in kept)


def test_first_code_installs_the_package_where_it_is_missing(notebook):
    first = code_cells(notebook)[0].source
    assert '%pip install --quiet "trax-activations[examples]"' in first
    assert 'find_spec("trax_activations") is None' in first
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.filterwarnings("ignore::DeprecationWarning:jupyter_client|zmq|nbclient|traitlets")
def test_notebook_runs(notebook, tmp_path):
    kept = [len(cell.outputs) for cell in code_cells(notebook)]
    client = NotebookClient(
        notebook,
        timeout=300,
        coalesce_streams=True,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    done = client.execute()
    assert [len(cell.outputs) for cell in code_cells(done)] == kept
    text = "".join(output.get("text", "") for cell in code_cells(done) for output in cell.outputs)
    assert "Traceback" not in text
    assert "serial/parametric_relu/a" in text
