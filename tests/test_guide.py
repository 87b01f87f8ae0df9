"""Every snippet of the README and of the documentation works, page by page and in order."""

import ast
import importlib
import importlib.util
import pathlib
import re
import shlex

import gin
import pytest

import trax_activations as ta
from trax_activations import cli

ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
WRITING_A_LAYER = DOCS / "writing_a_layer.md"
FRAMEWORKS = ("equinox", "flax")  # Those of the test extra that only some snippets need.


def blocks(text, language):
    """The blocks of a page in a language, each with the number of the line it begins in."""
    for match in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield text.count("\n", 0, match.start(1)), match[1]


def imported(block):
    """The packages that a block imports."""
    for node in ast.walk(ast.parse(block)):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        yield from (name.partition(".")[0] for name in names)


def run(page, left_out=()):
    """Runs the blocks of a page, but for those of some frameworks; returns what they define."""
    names = {"__name__": "guide"}
    for line, block in blocks(page.read_text(), "python"):
        if not set(imported(block)) & set(left_out):
            exec(compile("\n" * line + block, str(page), "exec"), names)
    return names


def commands(page):
    """The commands of a page, as the shell splits them."""
    for _, block in blocks(page.read_text(), "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            if words := shlex.split(line, comments=True):
                yield words


def named(page):
    return str(page.relative_to(ROOT))


PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"), key=named)]
WITH_CODE = [page for page in PAGES if "```python" in page.read_text()]
WITH_COMMANDS = [page for page in PAGES if "```sh" in page.read_text()]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """What pages write stays out of the repository, and what they bind in gin is unbound."""
    monkeypatch.chdir(tmp_path)
    yield
    gin.clear_config()


@pytest.mark.parametrize("page", WITH_CODE, ids=named)
def test_the_code_of_a_page_runs_in_order(page, tmp_path):
    names = run(page, [name for name in FRAMEWORKS if not importlib.util.find_spec(name)])
    if page == WRITING_A_LAYER:
        assert repr(names["Gate"](2.0)) == "Gate(temperature=2.0, mode='train')"
        assert (tmp_path / "gate.safetensors").exists()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_framework_of_a_page_is_left_out(framework):
    """The test above runs their code, where they are installed."""
    pages = [text for page in WITH_CODE for _, text in blocks(page.read_text(), "python")]
    assert any(framework in imported(block) for block in pages)
    pytest.importorskip(framework, reason="its code needs: pip install -e '.[test]'")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_code_of_a_page_is_left_out(page):
    text = page.read_text()
    fences = re.findall(r"^ *```(.*)$", text, re.MULTILINE)
    assert fences[1::2] == [""] * (len(fences) // 2)  # Every block ends.
    assert set(fences[::2]) <= {"python", "sh", "text", "gin"}  # And says what it is.
    assert fences.count("python") == len(list(blocks(text, "python")))
    assert fences.count("sh") == len(list(blocks(text, "sh")))


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=named)
def test_the_commands_of_a_page_are_understood(page, capsys):
    parser, _ = cli._parsers()
    for program, *words in commands(page):
        match pathlib.Path(program).name:
            case "make":
                targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
                assert set(words) <= set(targets)
            case "trax-activations":
                _, others = parser.parse_known_args(words)
                cli.main([words[0], "--help"])
                known = set(re.findall(r"--\w+", capsys.readouterr().out))
                assert {word.partition("=")[0] for word in others} <= known
            case other:
                assert other in ("pip", "python", "python3")


def test_the_picture_of_the_readme_is_that_of_the_registry(monkeypatch):
    monkeypatch.syspath_prepend(DOCS / "generate")
    strip = importlib.import_module("strip")
    kept, drawn = (
        re.findall(r"<text .*?>(\w+)", svg) for svg in (strip.STRIP.read_text(), strip.strip())
    )
    assert kept == drawn
    assert f"]({strip.STRIP.relative_to(ROOT)})" in (ROOT / "README.md").read_text()


def test_what_the_guide_to_layers_points_at_exists():
    text = WRITING_A_LAYER.read_text()
    for name in ("CenteredLayer", "DenseRelu", "TensorReduction", "HalfFourier"):
        assert f"`{name}`" in text
        assert name in dir(ta)
    for path in re.findall(r"`((?:tests|trax_activations)/[\w./]+)`", text):
        assert (ROOT / path).exists()
