"""The table of models whose activations are replaced: of some, it is made again."""

import pathlib

import pytest
import trax

FOLDER = pathlib.Path(__file__).parents[1] / "docs"


@pytest.fixture
def generated(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER / "generate"))
    import replaced_models

    return replaced_models


def test_the_table_has_all_models_and_is_what_is_made_now(generated):
    page = (FOLDER / "replacing.md").read_text()
    rows = {line.split(" | ")[0].strip("| "): line for line in page.splitlines() if "|" in line}
    assert {*generated.MODELS} < {*rows}
    for line in generated.table(["MLP", "AtariCnn", "GRULM"]).splitlines()[2:]:
        assert line in page
    good = ("replaced |", "layers |")
    assert [name for name in generated.MODELS if not rows[name].endswith(good)] == []


def test_no_model_of_trax_is_left_out(generated):
    names = {name for name, made in vars(trax.models).items() if callable(made)}
    heads = {"BERTClassifierHead", "BERTRegressionHead"}  # A few dense layers.
    assert names - {*generated.MODELS} == {"model_configure", *heads}
