"""The page of the study says what its file says, and only of whole tasks."""

import pathlib
import sys

import pytest

from trax_activations.experiments import Candidate, study, study_results

ROOT = pathlib.Path(__file__).parents[1]
# Of each activation the mean: accuracy is to be high, loss low.
MEANS = {
    "digits_mlp": {"Relu": 0.90, "ParametricRelu": 0.95, "Sine": 0.80, "Log": None},
    "image": {"Relu": 0.30, "ParametricRelu": 0.30, "Sine": 0.10, "Log": None},
    "copying": {"Relu": 0.5, "Sine": 0.6},
}


@pytest.fixture
def zoo_page(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import zoo_page

    yield zoo_page
    for name in ("zoo_page", "zoo_claims"):
        sys.modules.pop(name, None)


@pytest.fixture
def results(tmp_path, monkeypatch):
    candidates = [Candidate(label) for label in (*MEANS["image"], "Newer")]
    monkeypatch.setattr(study_results, "elementwise", lambda: (candidates, {}))
    monkeypatch.setattr(study_results, "_ENOUGH", 0.8)
    rows = [
        {
            "task": task,
            "activation": label,
            "seed": seed,
            "metric": "accuracy" if task == "digits_mlp" else "loss",
            "value": "" if mean is None else mean + 0.001 * (seed * (1 + len(label)) % 7),
            "seconds": 2.0 if label == "Sine" else 1.0,
            "step_bytes": 1000,
            "learning_rate": 0.003,
            "learned": f"serial/a={0.2 + seed / 100}" if label == "ParametricRelu" else "",
            "reason": "not finite" if mean is None else "",
        }
        for task, means in MEANS.items()
        for label, mean in means.items()
        for seed in study.SEEDS
    ]
    study._write(tmp_path / "results.csv", rows)
    return study_results.read(tmp_path / "results.csv")


def test_places_and_verdicts(results):
    assert [*results.tasks] == ["digits_mlp", "image"]
    assert results.partial == {"copying": 2}
    assert results.missing == ("Newer",)
    assert results.places["ParametricRelu"]["digits_mlp"] == 1
    assert results.places["Sine"] == {"digits_mlp": 3, "image": 1}
    assert results.places["Log"] == {"digits_mlp": 4, "image": 4}
    assert results.verdicts["digits_mlp"] == {
        "Relu": "baseline",
        "ParametricRelu": "better",
        "Sine": "worse",
        "Log": "failed",
    }
    assert results.verdicts["image"]["Sine"] == "better"
    assert results.verdicts["image"]["ParametricRelu"] == "within noise"


def test_the_gallery_has_the_place_of_each(results):
    assert results.place("Sine") == "mean rank 2.0 of 4 (digits_mlp 3, image 1)"
    assert results.place("Swiglu") == ""


def test_the_page_tells_it_all(zoo_page, results):
    page = zoo_page.page(results)
    for told in (
        "Done for all 4 activations: digits_mlp, image (2 of 7).",
        "Begun, and not shown, as not all activations have done it: copying (2 done).",
        "Not begun: breast_cancer, diabetes, digits_conv, python_source.",
        "Not measured: Newer.",
        "| Sine | 2.0 | 3 | 1 |",
        "differ by less than 3.3, the critical difference",
        "| ParametricRelu is better than Relu (He et al., arXiv:1502.01852) | digits_mlp | +0.0",
        "| Sine is better than Relu (Sitzmann et al., arXiv:2006.09661) | image | +0.",
        "1 are better than Relu, 1 worse, and 0 cannot be told apart from it.",
        "| Sine | 2.0 | 1.00 | 2.0 | 1.00 |",
        "| ParametricRelu | image | serial/a 0.245 |",
        "| Log |  |  | failed, 0 finished |  |",
    ):
        assert told in page, told
    assert "copying 2" not in page.partition("## Ranks")[2]


def test_a_page_of_nothing(zoo_page, tmp_path):
    page = zoo_page.page(study_results.read(tmp_path / "nowhere.csv"))
    assert "No task is done for all activations yet, so nothing can be said." in page
    assert "## Ranks" not in page


def test_the_page_is_made_of_the_file(zoo_page):
    made = zoo_page.page(study_results.read(zoo_page.FILE))
    assert (ROOT / "docs" / "zoo_study.md").read_text() == made, "python benchmarks/zoo_page.py"


def test_every_task_and_claim_is_known(zoo_page):
    tasks = {file.stem for file in (ROOT / "configs" / "zoo").glob("*.gin")}
    assert set(zoo_page.TASKS) == tasks
    labels = {each.label for each in study_results.elementwise()[0]}
    for claim in zoo_page.CLAIMS:
        assert {claim.better, claim.worse} <= labels
        assert set(claim.tasks) <= tasks
