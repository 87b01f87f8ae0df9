"""Each example runs, says what it found, and fits on a screen."""

import pathlib
import re
import runpy
import sys

import pytest

FOLDER = pathlib.Path(__file__).parents[1] / "examples"
# What a test says to an example that takes minutes, and what the example says.
ARGUMENTS = {"text_writer": ["--steps=30", "--prompt=import "]}
SAYS = {
    "serial_model": r"Eval accuracy after 1500 steps: 0\.9",
    "trax_model": r"Loss per byte: \d\.\d\d after the first step, [123]\.\d\d after 200",
    "learned_slopes": r"slopes from -0\.\d\d to 0\.\d\d, \d+% of them negative",
    "another_activation": r"(?s)serial/relu_2 +Relu .*Accuracy (0\.9\d+); replaced \1; .* 0\.9",
    "text_writer": r"(?s)eval +accuracy.*(-{60}\nimport .+){3}",
}


def test_no_example_is_without_a_test():
    assert {file.stem for file in FOLDER.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_example(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *ARGUMENTS.get(name, [])])
    runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
    assert re.search(SAYS[name], capsys.readouterr().out)
    assert len((FOLDER / f"{name}.py").read_text().splitlines()) < 75
