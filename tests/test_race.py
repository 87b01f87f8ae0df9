"""The race: nobody leaves by chance more often than is claimed, and nothing is trained twice."""

import csv
import math

import numpy as np
import pytest
from races import DRAWS, left, simulate
from scipy import stats

from trax_activations import experiments
from trax_activations.cli import main
from trax_activations.experiments import Outcome, Plan, Race, Run, outcome, statistics
from trax_activations.experiments.race import probabilities
from trax_activations.experiments.statistics import LEVEL


@pytest.mark.parametrize("n_seeds", (5, 10))
@pytest.mark.parametrize("draw", DRAWS)
def test_the_error_rate_is_what_is_claimed(draw, n_seeds):
    """All are alike in the mean; at the second look the values depend on those at the first."""
    n_races = 1500
    gone = simulate(draw, np.random.default_rng(0), n_races, np.zeros(8), n_seeds)
    rate = gone.any(axis=1).mean()
    assert rate <= LEVEL + 2.6 * math.sqrt(LEVEL * (1 - LEVEL) / n_races)  # 99 % of the time.


def test_the_best_stay_where_others_are_worse_and_the_far_behind_leave():
    rng = np.random.default_rng(1)
    truth = np.array([0.0, 0, 0, 0, -1, -1, -9, -9])
    values = truth[:, None] + rng.normal(size=(1000, 8, 10))
    gone = left(values)
    assert gone[:, :4].any(axis=1).mean() <= LEVEL
    assert gone[:, 6:].mean() > 0.99


def test_it_is_scipys_one_sided_paired_test():
    table = np.random.default_rng(0).normal(size=(3, 6))
    found = probabilities(table)
    expected = stats.ttest_rel(table[0], table[2], alternative="less").pvalue
    assert found[0, 2] == pytest.approx(expected)
    assert found[2, 0] == pytest.approx(1 - expected)
    np.testing.assert_array_equal(np.diag(found), 1)
    table[0, :2] = math.nan  # Runs that failed.
    expected = stats.ttest_rel(table[0, 2:], table[2, 2:], alternative="less").pvalue
    assert probabilities(table)[0, 2] == pytest.approx(expected)
    same = probabilities(np.array([[0.0] * 5, [0.1] * 5, [0.1] * 5]))
    assert same[0, 1] == 0.5**5
    assert same[1, 2] == same[2, 1] == 1


def plan(folder, labels=("Relu", "Tanh", "Bad"), n_seeds=12, steps=400):
    runs = [
        Run(label, seed, f"{folder}/{label}/{seed}", f"{label} {seed}\n")
        for seed in range(n_seeds)
        for label in labels
    ]
    return Plan(tuple(runs), (), steps, "accuracy", "", folder, eval_frequency=30)


def accuracy(label, seed, step):
    """Bad is far behind; Relu, the baseline, is behind at the first look only."""
    behind = {"Bad": 0.5, "Relu": 0.3 if step < 100 else 0.0}.get(label, 0.0)
    return 0.9 - behind + 0.001 * math.sin(7 * seed + sum(map(ord, label)))


def trained(run, until):
    curve = [(step, accuracy(run.label, run.seed, step)) for step in range(30, until, 30)]
    curve.append((until, accuracy(run.label, run.seed, until)))
    return Outcome(run.label, run.seed, steps=until, held_out={"accuracy": curve})


def test_who_is_behind_leaves_and_the_baseline_stays(tmp_path):
    race = Race(plan(tmp_path), "Relu")
    assert race.looks == [90, 180]
    asked = []
    for part in race:
        asked.append((part.steps, len(part.runs), {run.config[-18:] for run in part.runs}))
        race.look(part.steps, [trained(run, part.steps) for run in part.runs])
    assert asked == [
        (90, 30, {"\ntrain.steps = 90\n"}),
        (180, 24, {"\ntrain.steps = 180\n"[-18:]}),
    ]
    (gone,) = race.exits
    assert (gone.label, gone.steps, gone.than, gone.n_pairs) == ("Bad", 90, "Tanh", 10)
    assert gone.means == pytest.approx((0.4, 0.9), abs=1e-3)
    assert gone.probability < 1e-6
    # Relu is behind itself there: by 0.2 less.
    own, theirs = ([accuracy(x, seed, 90) for seed in range(10)] for x in ("Bad", "Relu"))
    assert gone.against_baseline == pytest.approx(2 * stats.ttest_rel(own, theirs).pvalue)
    assert race.saved == pytest.approx((12 - 10 * 90 / 400) / 36)
    assert {run.config.count("train.steps") for run in race.rest().runs} == {0}
    assert {run.label for run in race.rest().runs} == {"Relu", "Tanh"}


def test_what_is_trained_further_is_not_trained_again(tmp_path):
    whole = plan(tmp_path, n_seeds=5)
    race = Race(whole, "Relu")
    for run, until in ((whole.runs[0], 400), (whole.runs[1], 180), (whole.runs[2], 90)):
        config = run.config + (f"train.steps = {until}\n" if until < 400 else "")
        (tmp_path / run.label / "0").mkdir(parents=True)
        outcome.write(run.folder, trained(run, until), config)
    configs = [run.config for run in next(iter(race)).runs]
    assert configs[:4] == [
        "Relu 0\n",
        "Tanh 0\ntrain.steps = 180\n",
        "Bad 0\ntrain.steps = 90\n",
        "Relu 1\ntrain.steps = 90\n",
    ]
    # Judged by the step of the look, not by the end.
    found = [trained(run, 400) for run in whole.runs]
    assert [(x.label, x.steps) for x in race.look(90, found)] == [("Bad", 90)]


def test_runs_that_failed_are_not_tried_again(tmp_path):
    race = Race(plan(tmp_path, n_seeds=5), "Relu")
    first, second = iter(race), {}
    for run in next(first).runs:
        failed = run.label == "Bad" or (run.label, run.seed) == ("Tanh", 1)
        second[run] = Outcome(run.label, run.seed, reason="NaN") if failed else trained(run, 90)
    assert race.look(90, second.values()) == []  # Whose runs all failed has not lost: it failed.
    assert len(race.failed) == 6
    tried = {(run.label, run.seed) for run in next(first).runs}
    assert tried == {("Relu", seed) for seed in range(5)} | {("Tanh", s) for s in (0, 2, 3, 4)}


def test_those_that_left_count_in_the_correction():
    rng = np.random.default_rng(0)
    values = {"base": rng.normal(size=6), "other": rng.normal(1.5, 1, size=6)}
    found = [
        Outcome(label, seed, held_out={"accuracy": [(1, value)]})
        for label, own in values.items()
        for seed, value in enumerate(own)
    ]

    def probability(*left):
        rows = statistics.rows(found, "base", "accuracy", True, left)
        return next(row.probability for row in rows if row.label == "other")

    alone = probability()
    assert probability(1e-9, 1e-9) == pytest.approx(alone)  # Told before: as without a race.
    assert probability(1.0, 1e-9) == pytest.approx(2 * alone)


def test_what_a_race_needs(tmp_path):
    with pytest.raises(ValueError, match=r"--race with 4 seeds: .* Give --seeds=5 or more"):
        Race(plan(tmp_path, n_seeds=4), "Relu")
    with pytest.raises(ValueError, match=r"eval_frequency = 30 of 30 steps. Bind it to 7 or less"):
        Race(plan(tmp_path, steps=30), "Relu")


def test_the_report_tells_who_left_when_and_why(tmp_path, monkeypatch, capsys):
    def execute(runs, *_):
        for run in runs:
            steps = [line for line in run.config.splitlines() if line.startswith("train.steps")]
            yield trained(run, int(steps[-1].split("=")[1]))

    monkeypatch.setattr(experiments, "execute", execute, raising=False)
    arguments = ("--config_file=digits_mlp", "--config=train.steps = 400", "--race", "--seeds=6")
    bindings = ("--config=train.eval_frequency = 30", "--activations=Tanh,Relu,Bad")
    from trax_activations.experiments import candidates

    real = candidates.candidate
    monkeypatch.setattr(
        experiments,
        "candidate",
        lambda text: candidates.Candidate("Bad") if text == "Bad" else real(text),
        raising=False,
    )
    assert main(["compare", *arguments, *bindings, f"--output_dir={tmp_path}"]) == 0
    output = capsys.readouterr().out
    assert "Look 1 of 2: 18 runs of 90 steps" in output
    assert "At step 90 2 left: Relu, Bad.\n" in output
    assert "At step 180 nobody left.\n" in output
    assert "The rest: 6 runs of 400 steps" in output
    assert "Left at step 90, worse than another beyond doubt: Relu and Bad." in output
    assert "The race saved 52% of all steps." in output
    with open(tmp_path / "results.csv", newline="") as file:
        rows = [(r["activation"], r["status"], r["steps"]) for r in csv.DictReader(file)]
    assert rows[::6] == [("Tanh", "finished", "400"), ("Relu", "left", "90"), ("Bad", "left", "90")]
    text = (tmp_path / "report.md").read_text()
    assert "looks at step 90 and 180, level 5%" in text
    assert "| Bad          |             90 |       6 |" in text
