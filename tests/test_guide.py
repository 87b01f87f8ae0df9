"""All Python code of the documentation runs, page by page and in order."""

import pathlib
import re

import gin
import pytest

import trax_activations as ta

DOCS = pathlib.Path(__file__).parents[1] / "docs"
WRITING_A_LAYER = DOCS / "writing_a_layer.md"


def blocks(text):
    """The Python blocks of a page, each with the number of the line it begins in."""
    for match in re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield text.count("\n", 0, match.start(1)), match[1]


def run(page):
    """Runs the blocks of a page; returns the names that they define."""
    names = {"__name__": "guide"}
    for line, block in blocks(page.read_text()):
        exec(compile("\n" * line + block, str(page), "exec"), names)
    return names


def named(page):
    return str(page.relative_to(DOCS))


PAGES = sorted(DOCS.rglob("*.md"), key=named)
WITH_CODE = [page for page in PAGES if "```python" in page.read_text()]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """What pages write stays out of the repository, and what they bind in gin is unbound."""
    monkeypatch.chdir(tmp_path)
    yield
    gin.clear_config()


@pytest.mark.parametrize("page", WITH_CODE, ids=named)
def test_the_code_of_a_page_runs_in_order(page, tmp_path):
    names = run(page)
    if page == WRITING_A_LAYER:
        assert repr(names["Gate"](2.0)) == "Gate(temperature=2.0, mode='train')"
        assert (tmp_path / "gate.safetensors").exists()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_code_of_a_page_is_left_out(page):
    text = page.read_text()
    fences = re.findall(r"^ *```(.*)$", text, re.MULTILINE)
    assert fences[1::2] == [""] * (len(fences) // 2)  # Every block ends.
    assert set(fences[::2]) <= {"python", "sh", "text", "gin"}  # And says what it is.
    assert fences.count("python") == len(list(blocks(text)))


def test_what_the_guide_to_layers_points_at_exists():
    text = WRITING_A_LAYER.read_text()
    for name in ("CenteredLayer", "DenseRelu", "TensorReduction", "HalfFourier"):
        assert f"`{name}`" in text
        assert name in dir(ta)
    for path in re.findall(r"`((?:tests|trax_activations)/[\w./]+)`", text):
        assert (DOCS.parent / path).exists()
