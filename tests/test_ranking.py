"""Ranks over several tasks: the published example, missing runs, a diagram; other statistics."""

import csv
import math
import re

import numpy as np
import pytest
from scipy import stats

from trax_activations.experiments import JointReport, Outcome, Report, figures, ranking, words

pytest.importorskip("scikit_posthocs", reason="needs: pip install 'trax-activations[statistics]'")


def scores(table):
    """Of an array of shape (tasks, labels, seeds)."""
    return {
        f"task_{i}": {f"a{j}": dict(enumerate(row)) for j, row in enumerate(of_task)}
        for i, of_task in enumerate(np.asarray(table).tolist())
    }


def high(of):
    return dict.fromkeys(of, True)


# Table 6 of Demšar (2006): the AUC of C4.5, with m, with cf, with both, on 14 data sets.
DEMSAR = [
    [0.763, 0.768, 0.771, 0.798],
    [0.599, 0.591, 0.590, 0.569],
    [0.954, 0.971, 0.968, 0.967],
    [0.628, 0.661, 0.654, 0.657],
    [0.882, 0.888, 0.886, 0.898],
    [0.936, 0.931, 0.916, 0.931],
    [0.661, 0.668, 0.609, 0.685],
    [0.583, 0.583, 0.563, 0.625],
    [0.775, 0.838, 0.866, 0.875],
    [1.000, 1.000, 1.000, 1.000],
    [0.940, 0.962, 0.965, 0.962],
    [0.619, 0.666, 0.614, 0.669],
    [0.972, 0.981, 0.9751, 0.975],
    [0.957, 0.978, 0.946, 0.970],
]


def test_the_example_of_the_paper():
    own = scores(np.array(DEMSAR)[..., None])
    found = ranking.ranking(own, high(own))
    assert {k: round(v, 3) for k, v in found.means.items()} == pytest.approx(
        {"a3": 1.964, "a1": 2.0, "a2": 2.893, "a0": 3.143}
    )
    # The paper's chi square of 9.28 is without the correction for ties that SciPy makes.
    assert found.probability == pytest.approx(stats.friedmanchisquare(*np.array(DEMSAR).T).pvalue)
    assert found.critical_difference == pytest.approx(2.569 * math.sqrt(4 * 5 / (6 * 14)), rel=1e-3)
    apart = found.pairs < 0.05
    means = np.array([*found.means.values()])
    wide = np.abs(np.subtract.outer(means, means)) > found.critical_difference
    np.testing.assert_array_equal(apart, wide)
    assert found.like_the_best == ("a3", "a1", "a2", "a0")[: 4 - int(wide[0].sum())]


def test_ties_directions_and_missing_runs():
    own = scores([[[0.9, 0.9], [0.8, 1.0], [0.1, 0.2]], [[3.0, 3.0], [1.0, 1.0], [2.0, 2.0]]])
    found = ranking.ranking(own, {"task_0": True, "task_1": False})
    assert found.labels == ("a1", "a0", "a2")
    np.testing.assert_array_equal(found.by_task, [[1.5, 1.5, 3], [1, 3, 2]])
    del own["task_0"]["a1"][0]  # The seed left is the best of all.
    own["task_1"]["a2"] = {}
    found = ranking.ranking(own, {"task_0": True, "task_1": False})
    assert dict(zip(found.labels, found.by_task.T.tolist(), strict=True)) == {
        "a0": [1, 2],
        "a1": [3, 1],
        "a2": [2, 3],
    }
    alike = scores(np.ones((3, 3, 2)))
    assert ranking.ranking(alike, high(alike)).probability == 1
    two = scores(np.ones((3, 2, 2)))
    assert math.isnan(ranking.ranking(two, high(two)).probability)
    with pytest.raises(
        ValueError, match="need at least two tasks and two activations; received 1 and 2"
    ):
        ranking.ranking({"a": two["task_0"]}, {"a": True})


def test_improvement_over_tasks_is_stratified():
    table = np.random.default_rng(0).normal(size=(3, 2, 10)) + np.array([0, 0.5])[:, None]
    own = scores(table)
    mean, low, high_ = ranking.improvements(own, "a0", high(own))["a1"]
    each = [stats.mannwhitneyu(of_task[1], of_task[0]).statistic / 100 for of_task in table]
    assert mean == pytest.approx(np.mean(each))
    assert low < mean < high_
    lower = dict.fromkeys(own, False)
    assert ranking.improvements(own, "a0", lower)["a1"][0] == pytest.approx(1 - mean)


@pytest.mark.parametrize("count", (2, 30))
def test_the_diagram_names_everybody_in_ink(count):
    own = scores(np.random.default_rng(0).normal(size=(6, count, 3)))
    figure = figures.critical_differences(ranking.ranking(own, high(own)))
    figure.draw_without_rendering()
    (panel,) = figure.axes
    texts = " ".join(text.get_text() for text in panel.texts)
    assert all(f"a{i} (" in texts or f") a{i}" in texts for i in range(count))
    assert "critical difference" in panel.get_title(loc="left")


def report(metric, **values):
    outcomes = [
        Outcome(label, seed, layers=(label,), held_out={metric: [(1, 0.5), (9, value)]})
        for label, own in values.items()
        for seed, value in enumerate(own)
    ]
    return Report(outcomes, "Relu", metric, {"config": "c.gin"})


def test_a_report_of_several_tasks(tmp_path):
    rng = np.random.default_rng(0)
    reports = {
        f"task_{i}": report(
            "accuracy" if i % 2 else "loss",
            Relu=rng.normal(0, 1, 5),
            Gelu=rng.normal(9 if i % 2 else -9, 1, 5),
            Tanh=rng.normal(-9 if i % 2 else 9, 1, 5),
        )
        for i in range(3)
    }
    joint = JointReport(reports)
    assert joint.ranking.means == {"Gelu": 1.0, "Relu": 2.0, "Tanh": 3.0}
    text = joint.text()
    assert re.search(r"Gelu +1\.00 +1 +1 +1 +1\.00 \(1\.00 to 1\.00\)", text)
    assert "Over 3 tasks, the best mean rank is that of Gelu: 1.00 of 3." in text
    assert "The activations are not all alike (Friedman's test, p = 0.05)." in text
    assert "Not told from Gelu by their mean ranks" in text
    assert "task_1:\nThe highest mean accuracy is that of Gelu" in text
    table, markdown, page = joint.write(tmp_path)
    with open(table, newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 3 * 5
    assert [(row["task"], row["eval_accuracy"] != "") for row in rows[::15]] == [
        (f"task_{i}", bool(i % 2)) for i in range(3)
    ]
    pictures = re.findall(r"\]\((.*?)\)", markdown.read_text())
    assert len(pictures) == len(set(pictures)) == 7
    assert all((tmp_path / picture).exists() for picture in pictures)
    assert "\n### Result\n" in markdown.read_text()
    assert "<h2>task_2</h2>" in page.read_text()


def test_what_few_tasks_cannot_tell():
    noise = np.random.default_rng(0).normal(size=(2, 3, 5))
    own = scores(noise)
    said = words.ranked(ranking.ranking(own, high(own)))
    assert "does not tell the activations apart (p = " in said[1]
    many = scores(np.arange(18.0).reshape(9, 2)[None].repeat(2, 0))
    said = words.ranked(ranking.ranking(many, high(many)))
    assert said[1:] == [
        "The activations are not all alike (Friedman's test, p = 0.042).",
        "Which of them differ cannot be told: Nemenyi's test of 9 activations needs more than 2 "
        "tasks, whatever their ranks.",
    ]
    alone = JointReport({"a": report("loss", Relu=[1.0]), "b": report("loss", Relu=[1.0])})
    assert alone.ranking is None
    assert alone.text().startswith("a:\nThe lowest mean loss is that of Relu")
