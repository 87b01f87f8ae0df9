"""Paired tests of the outcomes of a comparison.

Activations are compared with the baseline seed by seed, by the two-sided paired t-test: of a seed,
both have the same data in the same order and the same initial weights, so the differences vary
less than the values. Wilcoxon's signed-rank test cannot come out below 0.0625 with five seeds,
which is what people can afford. Where all differences are the same number other than 0, which the
t-test cannot judge, the sign test takes its place. As there are several comparisons with one
baseline, the probabilities are corrected by Holm's method.

Beside them stand what papers report: the interquartile mean, which outliers do not move, with its
bootstrap interval; the effect size; and the probability of improvement.

References:
    Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice,
    NeurIPS (2021), arXiv:2108.13264: interquartile mean, probability of improvement.
    Hedges, Distribution Theory for Glass's Estimator of Effect Size and Related Estimators,
    Journal of Educational Statistics 6 (1981): the correction for few differences.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from trax_activations.experiments.outcome import Outcome

__all__ = [
    "LEVEL",
    "Row",
    "bootstrap",
    "effect_size",
    "holm",
    "improvement",
    "interquartile_mean",
    "mean_and_deviation",
    "paired",
    "probability_of_improvement",
    "rows",
]

LEVEL = 0.05
_RESAMPLES = 2000


@dataclasses.dataclass(frozen=True)
class Row:
    """An activation in the final table.

    Attributes:
        label: The activation.
        values: The metric at the end of each finished run, by seed.
        mean: Their mean.
        deviation: Their standard deviation; NaN of fewer than two.
        difference: Mean of the paired differences to the baseline; positive is better. NaN of the
            baseline itself, and where no seed was finished by both.
        interval: Half the width of the 95 % confidence interval of the difference.
        probability: Of differences like these if there is none in truth, corrected; NaN if not
            tested.
        n_pairs: Number of seeds finished by both.
        typical: The interquartile mean, and its 95 % bootstrap interval: low and high.
        effect: Hedges' effect size of the paired differences; positive is better.
        improvement: The probability that a run of this activation is better than one of the
            baseline; NaN of the baseline itself.
        is_baseline: Whether this is the baseline.
    """

    label: str
    values: dict[int, float]
    mean: float
    deviation: float
    difference: float = math.nan
    interval: float = math.nan
    probability: float = math.nan
    n_pairs: int = 0
    typical: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    effect: float = math.nan
    improvement: float = math.nan
    is_baseline: bool = False

    @property
    def verdict(self) -> str:
        """What can be said: 'better', 'worse', 'within noise', 'not tested' or 'baseline'."""
        if self.is_baseline:
            return "baseline"
        if math.isnan(self.probability):
            return "not tested"
        if self.probability >= LEVEL:
            return "within noise"
        return "better" if self.difference > 0 else "worse"


def rows(
    outcomes: Sequence[Outcome],
    baseline: str,
    metric: str,
    higher_is_better: bool,
    left: Sequence[float] = (),
) -> list[Row]:
    """A row for each activation with a finished run, the best on evaluation data first.

    The correction also counts activations that ``left`` a race, with these probabilities.
    """
    values: dict[str, dict[int, float]] = {}
    for outcome in outcomes:
        if not outcome.reason:
            value = outcome.last("held_out", metric)
            values.setdefault(outcome.label, {})[outcome.seed] = value
    sign = 1.0 if higher_is_better else -1.0
    found = []
    for label, own in values.items():
        mean, deviation = mean_and_deviation(list(own.values()))
        seeds = sorted(set(own) & set(values.get(baseline, {})))
        typical = interquartile_mean([*own.values()])
        row = Row(label, own, mean, deviation, typical=typical, is_baseline=label == baseline)
        if seeds and not row.is_baseline:
            differences = [sign * (own[seed] - values[baseline][seed]) for seed in seeds]
            mean, interval, probability = paired(differences)
            row = dataclasses.replace(
                row,
                difference=mean,
                interval=interval,
                probability=probability,
                n_pairs=len(seeds),
                effect=effect_size(differences),
                improvement=probability_of_improvement(
                    [sign * value for value in own.values()],
                    [sign * value for value in values[baseline].values()],
                ),
            )
        found.append(row)
    tested = [row for row in found if not math.isnan(row.probability)]
    corrected = holm([*(row.probability for row in tested), *left])
    by_label = dict(zip((row.label for row in tested), corrected, strict=False))
    found = [
        dataclasses.replace(row, probability=by_label.get(row.label, math.nan)) for row in found
    ]
    return sorted(found, key=lambda row: -sign * row.mean)


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    """Mean and sample standard deviation; NaN where there are too few values.

    Example:
        >>> mean_and_deviation([1.0, 3.0])
        (2.0, 1.4142135623730951)
    """
    mean = float(np.mean(values)) if len(values) else math.nan
    return mean, float(np.std(values, ddof=1)) if len(values) > 1 else math.nan


def paired(differences: Sequence[float]) -> tuple[float, float, float]:
    """Tests paired differences against 0: mean, half its 95 % interval, two-sided probability.

    The latter two are NaN of fewer than two differences.

    Example:
        >>> [round(x, 4) for x in paired([0.01, 0.02, 0.03])]
        [0.02, 0.0248, 0.0742]
    """
    mean, deviation = mean_and_deviation(differences)
    count = len(differences)
    if count < 2:
        return mean, math.nan, math.nan
    interval = float(stats.t.ppf(0.975, count - 1)) * deviation / math.sqrt(count)
    if np.ptp(differences) <= 1e-12 * np.max(np.abs(differences)):  # All the same.
        return mean, interval, 1.0 if mean == 0 else 2 * 0.5**count
    return mean, interval, float(stats.ttest_1samp(differences, 0.0).pvalue)


def holm(probabilities: Sequence[float]) -> list[float]:
    """Corrects the probabilities of several tests by Holm's step-down method.

    References:
        Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of
        Statistics 6 (1979).

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    corrected = [0.0] * len(probabilities)
    highest = 0.0
    for rank, index in enumerate(np.argsort(probabilities)):
        highest = max(highest, min(1.0, (len(probabilities) - rank) * probabilities[index]))
        corrected[index] = highest
    return corrected


def interquartile_mean(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean of the middle half, and its 95 % interval by the percentile bootstrap.

    The interval is NaN of fewer than two values. Of a handful of seeds it is too narrow more often
    than not: a bootstrap knows no other values than these.

    Example:
        >>> interquartile_mean([1.0, 2.0, 3.0, 10.0])[0]
        2.5
    """
    mean = float(stats.trim_mean(values, 0.25)) if len(values) else math.nan
    if len(values) < 2:
        return mean, math.nan, math.nan
    return mean, *bootstrap([values], lambda drawn, axis: stats.trim_mean(drawn, 0.25, axis=axis))


def bootstrap(samples: Sequence[Sequence[float]], statistic: Any) -> tuple[float, float]:
    """The 95 % interval of a statistic by the percentile bootstrap, each sample drawn for itself.

    The same samples give the same interval.
    """
    interval = stats.bootstrap(
        samples,
        statistic,
        n_resamples=_RESAMPLES,
        vectorized=True,
        method="percentile",
        random_state=np.random.default_rng(0),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def effect_size(differences: Sequence[float]) -> float:
    """The mean of paired differences in their standard deviations, corrected as by Hedges.

    NaN of fewer than three differences, or of differences that are all the same.

    Example:
        >>> round(effect_size([0.01, 0.02, 0.03]), 3)
        1.143
    """
    mean, deviation = mean_and_deviation(differences)
    if len(differences) < 3 or deviation <= 1e-12 * abs(mean):
        return math.nan
    return mean / deviation * (1 - 3 / (4 * (len(differences) - 1) - 1))


def probability_of_improvement(values: Sequence[float], others: Sequence[float]) -> float:
    """How often a value is above another, of all pairs; equal ones count half.

    Example:
        >>> probability_of_improvement([1.0, 3.0], [1.0, 2.0])
        0.625
    """
    return float(improvement(np.asarray(values), np.asarray(others)))


def improvement(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """:func:`probability_of_improvement` along the last axes of batches of values."""
    above = np.sign(values[..., :, None] - others[..., None, :])
    return np.mean(above, axis=(-2, -1)) / 2 + 0.5
