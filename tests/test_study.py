"""The study: equal terms for all, test data used once, and what is interrupted goes on."""

import csv
import pathlib
import runpy

import numpy as np
import pytest

from trax_activations import datasets
from trax_activations.datasets import _study
from trax_activations.experiments import Outcome, session, study

ROOT = pathlib.Path(__file__).parents[1]
TASKS = sorted(file.stem for file in (ROOT / "configs" / "zoo").glob("*.gin"))


@pytest.fixture(scope="module")
def zoo():
    return runpy.run_path(str(ROOT / "benchmarks" / "zoo.py"))


@pytest.fixture(scope="module")
def wanted(zoo):
    """All trials of one activation, by task."""
    return {task: zoo["trials"](task, "Gelu")[0] for task in TASKS}


def test_every_task_offers_the_same_to_each(zoo, wanted):
    assert sorted(zoo["TASKS"]) == TASKS
    for task, trial in wanted.items():
        assert len(trial.rates) == 3
        assert trial.metric in ("loss", "accuracy")
        assert (trial.task, trial.label) == (task, "Gelu")
        assert "= @trax_activations.Gelu" in trial.config
    every = zoo["trials"]("diabetes", "")
    assert every[0].label == "Relu"
    assert len({each.label for each in every}) == len(every) > 70


@pytest.mark.parametrize("name", _study._SETS)
def test_the_parts_of_the_data_have_nothing_in_common(name):
    parts = dict(zip(("train", "validation", "test"), _study._SETS[name](), strict=True))
    rows = {part: np.unique(of[0].reshape(len(of[0]), -1), axis=0) for part, of in parts.items()}
    if name in ("breast_cancer", "diabetes", "image"):  # Others have examples that are alike.
        sizes = sum(map(len, rows.values()))
        assert len(np.unique(np.concatenate([*rows.values()]), axis=0)) == sizes
    sizes = {part: len(of[0]) for part, of in parts.items()}
    assert sizes["train"] > sizes["validation"] == sizes["test"]
    first, second = (
        datasets.study(name, held_out, batch_size=4, seed=3) for held_out in ("validation", "test")
    )
    for one, other in zip(next(first.train_stream(1)), next(second.train_stream(1)), strict=True):
        np.testing.assert_array_equal(one, other)
    held, _, weights = next(second.eval_stream(1))
    np.testing.assert_array_equal(held, parts["test"][0])
    assert weights.dtype == np.float32


def test_what_the_data_refuse():
    with pytest.raises(ValueError, match=r"no data called 'digit'. Did you mean 'digits'\? There"):
        datasets.study("digit")
    with pytest.raises(ValueError, match=r"held_out='validation' or 'test', but received 'all'"):
        datasets.study(held_out="all")


@pytest.fixture
def told(monkeypatch):
    """Outcomes without training: the middle rate is best on validation data, all fail for Log."""
    runs = []

    def outcomes_of(asked, programs):
        runs.extend(asked)
        for run in asked:
            config = dict(line.split(" = ") for line in run.config.splitlines() if " = " in line)
            rate, held_out = float(config["multifactor.constant"]), "'test'" in str(config)
            reason = "not finite" if run.label == "Log" else ""
            value = -abs(rate - 0.003) + run.seed / 1e6 - (0.5 if held_out else 0)
            series = {name: [(300, abs(value))] for name in ("loss", "accuracy")}
            yield Outcome(run.label, run.seed, reason, train=series, held_out=series)

    monkeypatch.setattr(session, "outcomes_of", lambda *given: [*outcomes_of(*given)])
    return runs


def test_a_rate_is_chosen_by_validation_and_all_is_resumed(zoo, told, tmp_path):
    file = tmp_path / "results.csv"
    trials = zoo["trials"]("diabetes", "Relu,Log,Tanh")
    assert [trial.label for trial in study.run(trials[:2], file, 1)] == ["Relu", "Log"]
    by_part = [["'test'" in run.config, run.seed] for run in told if run.label == "Relu"]
    assert by_part[:9] == [[False, seed] for _ in range(3) for seed in study.TRIED_SEEDS]
    assert by_part[9:] == [[True, seed] for seed in study.SEEDS]
    assert not {*study.SEEDS} & {*study.TRIED_SEEDS}
    assert len(told) == 19 + 9

    assert [trial.label for trial in study.run(trials, file, 1)] == ["Tanh"]
    assert len(told) == 2 * 19 + 9
    with open(file, newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["activation"] for row in rows] == ["Relu"] * 10 + ["Log"] * 10 + ["Tanh"] * 10
    assert {row["learning_rate"] for row in rows if row["activation"] == "Tanh"} == {"0.003"}
    assert float(rows[1]["value"]) == pytest.approx(0.499999)
    assert rows[10]["value"] == rows[10]["validation"] == ""
    assert rows[10]["reason"] == "not finite"


def test_an_activation_is_really_measured(wanted, monkeypatch, tmp_path):
    monkeypatch.setattr(study, "SEEDS", (0, 1))
    monkeypatch.setattr(study, "TRIED_SEEDS", (100,))
    trial = wanted["breast_cancer"]
    short = trial.config + "\ntrain.steps = 3\ntrain.eval_frequency = 3\n"
    trial = study.Trial(trial.task, trial.label, trial.metric, trial.rates[:2], short)
    (_,) = study.run([trial], tmp_path / "results.csv", 1)
    rows = study.read(tmp_path / "results.csv")
    assert [row["seed"] for row in rows] == ["0", "1"]
    assert all(0 < float(row["value"]) < 1 for row in rows)
    assert rows[0]["train"] != rows[1]["train"]
