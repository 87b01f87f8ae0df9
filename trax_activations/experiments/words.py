"""Numbers and verdicts in words."""

import math
from collections.abc import Mapping, Sequence

from trax_activations.experiments.outcome import Outcome
from trax_activations.experiments.ranking import Ranking
from trax_activations.experiments.statistics import LEVEL, Row

__all__ = [
    "HOW_ESTIMATED",
    "HOW_MEASURED",
    "HOW_RACED",
    "HOW_RANKED",
    "HOW_TESTED",
    "conclusions",
    "higher_is_better",
    "probability",
    "raced",
    "ranked",
    "same_start",
    "signed",
    "spread",
    "within",
]

_MOST_LISTED = 8

HOW_TESTED = (
    "Mean ± standard deviation over the seeds. The difference to the baseline, positive where it "
    "is better, is paired by seed, with its 95 % confidence interval; p is of the two-sided paired "
    "t-test, corrected for the number of activations by Holm's method. Within noise means p of "
    f"{LEVEL:g} or more: such a difference, or a greater one, is to be expected of seeds alone."
)
HOW_ESTIMATED = (
    "The interquartile mean is that of the middle half of the runs, with its 95 % interval by the "
    "bootstrap, which is too narrow of a handful of seeds. The effect size (Hedges' g) is the mean "
    "of the paired differences in their standard deviations. The probability of improvement is how "
    "often a run is better than one of the baseline, of all pairs of runs; equal ones count half."
)
HOW_RANKED = (
    "In each task the best mean over the seeds has rank 1; behind are activations of which runs "
    "failed, or that left a race. Friedman's test asks whether all are alike, Nemenyi's whether "
    "two are. Both look at tasks alone: more seeds make ranks steadier, but only more tasks tell "
    "more. The probability of improvement is how often a run is better than one of the baseline, "
    "averaged over the tasks that both finished, with its 95 % interval by the bootstrap."
)
HOW_RACED = (
    "At a look every two activations are compared by the one-sided paired t-test of the metric at "
    "that step; whoever is worse than another leaves. p is corrected for all pairs and looks: "
    f"with a probability of {1 - LEVEL:.0%} or more, nobody leaves who is not in truth worse, at "
    "that step, than who is named. Who would have caught up later has left as well. Holm's "
    "correction in the final table counts those that left with their p against the baseline there."
)
HOW_MEASURED = (
    "Time is that of a run beside others on the same machine, with compilation and evaluations; it "
    "tells little of small differences. Step is what the compiled training step needs at once: "
    "weights, batch, optimizer and everything kept for the backward pass. Process is the most that "
    "the process had, with Python and all libraries."
)


def higher_is_better(metric: str) -> bool:
    """Whether a metric is to be high, by its name.

    Example:
        >>> [higher_is_better(name) for name in ("accuracy", "loss", "neg_log_perplexity")]
        [True, False, True]
    """
    return metric.startswith("neg_") or not any(
        word in metric for word in ("loss", "error", "entropy", "perplexity")
    )


def conclusions(rows: Sequence[Row], metric: str, baseline: str) -> list[str]:
    """What the final table says, in sentences; first what counts."""
    if not rows:
        return ["No run was finished."]
    best = rows[0]
    counts = {len(row.values) for row in rows}
    of = _seeds(counts.pop()) if len(counts) == 1 else f"{min(counts)} to {max(counts)} seeds"
    side = "highest" if higher_is_better(metric) else "lowest"
    value = spread(best.mean, best.deviation)
    said = [f"The {side} mean {metric} is that of {best.label}: {value} ({of})."]
    if len(rows) == 1:
        return said
    if not any(row.is_baseline for row in rows):
        return [*said, f"{baseline}, the baseline, was not finished: nothing was tested."]
    by_verdict: dict[str, list[str]] = {}
    for row in rows:
        by_verdict.setdefault(row.verdict, []).append(row.label)
    if untested := by_verdict.get("not tested"):
        whose = "" if len(untested) == len(rows) - 1 else f"{_listed(untested)}: "
        said.append(f"{whose}a single seed cannot tell a difference from noise. Give --seeds=5.")
        said[-1] = said[-1][0].upper() + said[-1][1:]
    for verdict in ("better", "worse"):
        if verdict in by_verdict:
            labels = _listed(by_verdict[verdict])
            said.append(f"{verdict.capitalize()} than {baseline}, beyond noise: {labels}.")
    if "within noise" in by_verdict:
        if not {"better", "worse", "not tested"} & set(by_verdict):
            said.append(
                f"No activation differs from {baseline} beyond noise: such differences are to be "
                "expected of seeds alone."
            )
        else:
            said.append(
                f"Within noise, so not told apart from {baseline}: "
                f"{_listed(by_verdict['within noise'])}."
            )
    return said


def raced(exits: Mapping[int, Sequence[str]], saved: float) -> list[str]:
    """Who left a race at which look, in sentences, and the part of the steps that this saved."""
    said = [
        f"Left at step {step:,}, worse than another beyond doubt: {_listed(labels)}."
        if labels
        else f"Nobody left at step {step:,}."
        for step, labels in exits.items()
    ]
    return [*said, f"The race saved {saved:.0%} of all steps."] if saved else said


def ranked(ranking: Ranking) -> list[str]:
    """What the ranks say, in sentences."""
    (best, rank), *_ = ranking.means.items()
    n_tasks, count = ranking.by_task.shape
    said = [f"Over {n_tasks} tasks, the best mean rank is that of {best}: {rank:.2f} of {count}."]
    if not math.isnan(ranking.probability):
        p = probability(ranking.probability)
        p = f"p {p}" if p.startswith("<") else f"p = {p}"
        if ranking.probability >= LEVEL:
            said.append(
                f"Friedman's test does not tell the activations apart ({p}): such ranks are to be "
                "expected of activations that are all alike."
            )
            return said
        said.append(f"The activations are not all alike (Friedman's test, {p}).")
    if ranking.critical_difference > count - 1:
        said.append(
            f"Which of them differ cannot be told: Nemenyi's test of {count} activations needs "
            f"more than {n_tasks} tasks, whatever their ranks."
        )
        return said
    alike = [label for label in ranking.like_the_best if label != best]
    difference = f"(Nemenyi's test, critical difference {ranking.critical_difference:.2f})"
    if len(alike) == count - 1:
        said.append(f"No activation can be told from {best} by its mean rank {difference}.")
    elif alike:
        said.append(f"Not told from {best} by their mean ranks {difference}: {_listed(alike)}.")
    else:
        said.append(f"Its mean rank is beyond noise better than all others' {difference}.")
    return said


def same_start(outcomes: Sequence[Outcome]) -> str:
    """Says what the runs of a seed had in common."""
    by_seed: dict[int, dict[int, list[str]]] = {}
    for outcome in outcomes:
        by_seed.setdefault(outcome.seed, {}).setdefault(outcome.start, []).append(outcome.label)
    others = set()
    for starts in by_seed.values():
        most = max(starts, key=lambda start: len(starts[start]))
        others |= {label for start in starts if start != most for label in starts[start]}
    same = (
        "The runs of a seed had the same number of steps, the same batches in the same order, and "
        "the same initial weights outside of their activations"
    )
    return f"{same}; other initial weights had {_listed(sorted(others))}." if others else f"{same}."


def spread(mean: float, deviation: float, digits: int = 4) -> str:
    """Mean and standard deviation.

    Example:
        >>> spread(0.97512, 0.0031), spread(0.97512, math.nan)
        ('0.9751 ± 0.0031', '0.9751')
    """
    text = _number(mean, digits)
    return text if math.isnan(deviation) else f"{text} ± {_number(deviation, digits)}"


def within(value: float, low: float, high: float, digits: int = 4) -> str:
    """A value and its interval, if it has one.

    Example:
        >>> within(0.97512, 0.97, 0.98), within(0.97512, math.nan, math.nan)
        ('0.9751 (0.9700 to 0.9800)', '0.9751')
    """
    text = _number(value, digits)
    return (
        text if math.isnan(low) else f"{text} ({_number(low, digits)} to {_number(high, digits)})"
    )


def signed(difference: float, interval: float, digits: int = 4) -> str:
    """A difference and half the width of its confidence interval.

    Example:
        >>> signed(-0.00213, 0.0045)
        '−0.0021 ± 0.0045'
    """
    if math.isnan(difference):
        return ""
    sign = "\N{MINUS SIGN}" if difference < 0 else "+"
    return sign + spread(abs(difference), interval, digits)


def probability(value: float) -> str:
    """A probability, to two digits.

    Example:
        >>> probability(0.0432), probability(0.00004), probability(1.0)
        ('0.043', '< 0.001', '1')
    """
    return "< 0.001" if value < 0.001 else f"{value:.2g}"


def _number(value: float, digits: int) -> str:
    if abs(value) >= 1e4:
        return f"{value:.3e}"
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _seeds(count: int) -> str:
    return f"{count} seed{'' if count == 1 else 's'}"


def _listed(labels: Sequence[str]) -> str:
    if len(labels) > _MOST_LISTED:
        rest = len(labels) - _MOST_LISTED
        labels = [*labels[:_MOST_LISTED], f"{rest} other{'s' if rest > 1 else ''}"]
    return " and ".join(filter(None, [", ".join(labels[:-1]), labels[-1]]))
