"""Every step of the guide to writing a layer runs."""

import pathlib
import re

import trax_activations as ta

GUIDE = pathlib.Path(__file__).parents[1] / "docs" / "writing_a_layer.md"


def blocks(text):
    """The Python blocks of a page, each with the number of the line it begins in."""
    for match in re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield text.count("\n", 0, match.start(1)), match[1]


def test_the_steps_of_the_guide_run_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "guide"}
    for line, block in blocks(GUIDE.read_text()):
        exec(compile("\n" * line + block, str(GUIDE), "exec"), names)
    assert repr(names["Gate"](2.0)) == "Gate(temperature=2.0, mode='train')"
    assert (tmp_path / "gate.safetensors").exists()


def test_no_code_of_the_guide_is_left_out():
    text = GUIDE.read_text()
    assert text.count("```") == 2 * len(list(blocks(text))) > 30


def test_what_the_guide_points_at_exists():
    text = GUIDE.read_text()
    for name in ("CenteredLayer", "DenseRelu", "TensorReduction", "HalfFourier"):
        assert f"`{name}`" in text
        assert name in dir(ta)
    for path in re.findall(r"`((?:tests|trax_activations)/[\w./]+)`", text):
        assert (GUIDE.parents[1] / path).exists()
