"""What a comparison concludes: SciPy's tests, and sentences that claim no more than they may."""

import dataclasses
import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

from trax_activations.experiments import figures, statistics, words, writers
from trax_activations.experiments.blocks import Heading, Picture, Sentences, Table
from trax_activations.experiments.candidates import candidate, elementwise, split
from trax_activations.experiments.outcome import Outcome
from trax_activations.experiments.report import Report


def outcomes(**values):
    """Outcomes with these accuracies, one for each seed."""
    return [
        Outcome(
            label,
            seed,
            layers=(f"{label}()",),
            train={"accuracy": [(1, 0.5), (10, value)]},
            held_out={"accuracy": [(1, 0.5), (10, value)], "loss": [(1, 2.0), (10, 1 - value)]},
        )
        for label, own in values.items()
        for seed, value in enumerate(own)
    ]


NOISY = np.array([0.90, 0.94, 0.91, 0.95, 0.92])


def test_the_test_is_scipys_paired_t_test_with_holms_correction():
    rng = np.random.default_rng(0)
    others = {name: NOISY + rng.normal(0.01, 0.01, 5) for name in "abc"}
    rows = statistics.rows(outcomes(base=NOISY, **others), "base", "accuracy", True)
    expected = {name: stats.ttest_rel(own, NOISY).pvalue for name, own in others.items()}
    ordered = sorted(expected, key=expected.get)
    corrected = np.maximum.accumulate([expected[n] * (3 - i) for i, n in enumerate(ordered)])
    for name, probability in zip(ordered, np.minimum(corrected, 1), strict=True):
        (row,) = (row for row in rows if row.label == name)
        assert row.probability == pytest.approx(probability)
        interval = stats.ttest_rel(others[name], NOISY).confidence_interval()
        assert row.difference == pytest.approx((interval.low + interval.high) / 2)
        assert row.interval == pytest.approx((interval.high - interval.low) / 2)
        assert row.mean == pytest.approx(others[name].mean())
        assert row.deviation == pytest.approx(others[name].std(ddof=1))


@pytest.mark.parametrize(("differences", "expected"), [([0.0] * 5, 1.0), ([0.1] * 5, 2 * 0.5**5)])
def test_equal_differences_are_judged_by_the_sign_test(differences, expected):
    assert statistics.paired(differences)[2] == expected


def test_the_bootstrap_covers_what_it_should():
    """Of twenty normal values, nearly 95 % of the intervals hold the true mean."""
    rng = np.random.default_rng(0)
    held = [
        low <= 0 <= up
        for _, low, up in (statistics.interquartile_mean(rng.normal(size=20)) for _ in range(200))
    ]
    assert 0.88 < np.mean(held) <= 0.98


def test_effect_sizes_of_few_differences():
    rng = np.random.default_rng(0)
    found = [statistics.effect_size(rng.normal(0.5, 1, 6)) for _ in range(4000)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.03)  # Without the correction it is 0.59.
    assert math.isnan(statistics.effect_size([0.1, 0.2]))
    assert math.isnan(statistics.effect_size([0.1] * 5))


def test_a_lower_loss_is_better():
    rows = statistics.rows(outcomes(base=NOISY, good=NOISY + 0.02), "base", "loss", False)
    assert [row.label for row in rows] == ["good", "base"]
    assert rows[0].difference == pytest.approx(0.02)


def test_seeds_are_paired_even_if_some_failed():
    found = outcomes(base=NOISY, other=NOISY + np.array([0.01, 0.02, 0.01, 0.02, 0.0]))
    found = [x for x in found if (x.label, x.seed) != ("other", 4)]
    found.append(Outcome("other", 4, reason="it broke"))
    (row,) = (r for r in statistics.rows(found, "base", "accuracy", True) if r.label == "other")
    assert (row.n_pairs, len(row.values)) == (4, 4)
    assert row.difference == pytest.approx(0.015)


def said(**values):
    rows = statistics.rows(outcomes(**values), "base", "accuracy", True)
    return words.conclusions(rows, "accuracy", "base")


def test_the_sentences():
    better = NOISY + np.array([0.011, 0.010, 0.012, 0.009, 0.010])
    noise = NOISY + np.array([0.02, -0.02, 0.01, -0.01, 0.001])
    assert said(base=NOISY, a=noise) == [
        "The highest mean accuracy is that of a: 0.9242 ± 0.0088 (5 seeds).",
        "No activation differs from base beyond noise: such differences are to be expected of "
        "seeds alone.",
    ]
    assert said(base=NOISY, a=better, b=noise, c=NOISY - 0.3 + better - NOISY)[1:] == [
        "Better than base, beyond noise: a.",
        "Worse than base, beyond noise: c.",
        "Within noise, so not told apart from base: b.",
    ]
    assert said(base=NOISY[:1], a=noise[:1])[1:] == [
        "A single seed cannot tell a difference from noise. Give --seeds=5."
    ]
    many = said(base=NOISY, **{f"a{i}": noise for i in range(9)}, b=better)
    assert many[-1].endswith(" a0, a1, a2, a3, a4, a5, a6, a7 and 1 other.")
    assert said(base=NOISY) == [
        "The highest mean accuracy is that of base: 0.9240 ± 0.0207 (5 seeds)."
    ]
    assert "base, the baseline, was not finished" in said(a=NOISY, b=noise)[1]
    assert said() == ["No run was finished."]


def test_another_start_is_told():
    same = outcomes(a=NOISY, b=NOISY, c=NOISY)
    assert words.same_start(same).endswith("outside of their activations.")
    other = [dataclasses.replace(x, start=int(x.label == "b")) for x in same]
    assert words.same_start(other).endswith("; other initial weights had b.")


@pytest.mark.parametrize(("n_seeds", "n_others"), [(1, 1), (3, 11), (3, 20)])
def test_pictures_have_a_line_for_every_activation(n_seeds, n_others):
    names = {
        f"Activation{i}(with_a_long_argument={i / 7})": NOISY[:n_seeds] for i in range(n_others)
    }
    found = outcomes(base=NOISY[:n_seeds], **names)
    rows = statistics.rows(found, "base", "accuracy", True)
    figure = figures.curves(found, rows, ["accuracy", "loss"])
    assert len(figure.axes) == 4
    accuracy = figure.axes[1]
    assert sum(len(line.get_xdata()) == 2 for line in accuracy.lines) == n_others + 1
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "base (baseline)" in labels
    assert len(labels) == min(n_others + 1, 14)
    assert ("8 others" in labels) == (n_others == 20)
    assert figure.axes[3].get_yscale() == "log"

    (panel,) = figures.endings(rows, "accuracy").axes
    assert len(panel.get_yticklabels()) == n_others + 1
    figure.draw_without_rendering()  # No warning: everything has room.


def test_a_report_without_a_finished_run_says_so(tmp_path):
    report = Report([Outcome("a", 0, reason="it | broke")], "a", "accuracy")
    report.write(tmp_path)
    assert "No run was finished." in (tmp_path / "report.md").read_text()
    assert "it \\| broke" in (tmp_path / "report.md").read_text()
    assert report.unusable == {"a": "it | broke"}


def test_writers_quote_what_their_language_would_take_for_its_own():
    blocks = [
        Heading("H"),
        Sentences(("a < b",)),
        Table(("name", "n"), (("<x>|y(z)", "1"),), "lr", frozenset({0})),
        Picture("p", Figure(), 'a "picture"', "c"),
    ]
    page = writers.as_html("T & U", blocks)
    assert "<title>T &amp; U</title>" in page
    assert '<p class="lead">a &lt; b</p>' in page
    assert '<tr class="strong"><td class="text">&lt;x&gt;|y(<wbr>z)</td><td>1</td></tr>' in page
    assert 'alt="a &quot;picture&quot;"' in page
    assert writers.as_markdown("T", blocks).splitlines()[6:9] == [
        "| name          |     n |",
        "|:--------------|------:|",
        "| **<x>\\|y(z)** | **1** |",
    ]


@pytest.mark.parametrize(
    ("text", "label", "folder"),
    [
        ("relu", "Relu", "Relu"),
        ("PReLU", "ParametricRelu", "ParametricRelu"),
        ("LeakyReLU(0.2)", "LeakyRelu(negative_slope=0.2)", "LeakyRelu_negative_slope=0.2"),
        (
            "RandomizedRelu(lower=0.1, upper=0.3)",
            "RandomizedRelu(lower=0.1, upper=0.3)",
            "RandomizedRelu_lower=0.1_upper=0.3",
        ),
        (
            "RandomizedRelu(shared_axes=(0, 1))",
            "RandomizedRelu(shared_axes=(0, 1))",
            "RandomizedRelu_shared_axes=_0_1",
        ),
    ],
)
def test_names_in_any_style(text, label, folder):
    read = candidate(text)
    assert (read.label, read.folder) == (label, folder)
    assert split(f" {text} , tanh,") == [text, "tanh"]
    assert candidate(label) == read


def test_everything_is_told_or_used():
    usable, left_out = elementwise()
    from trax_activations import registry

    assert len(usable) + len(left_out) == len(registry.names())
    assert "Softmax" in left_out
    assert "Crelu" in left_out


def test_numbers_are_told_with_a_minus_sign_and_a_few_digits():
    assert words.spread(123456.0, math.nan) == "1.235e+05"
    assert words.signed(math.nan, 1.0) == ""
