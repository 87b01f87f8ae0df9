"""Ranks of activations over several tasks, and which of them can be told apart.

In each task the best mean over the seeds has rank 1. Friedman's test asks whether all activations
are alike; Nemenyi's, whether two are: they are not if their mean ranks differ by the critical
difference or more. Tasks are the samples of both tests, not seeds, which are no new tasks.

References:
    Demšar, Statistical Comparisons of Classifiers over Multiple Data Sets, JMLR 7 (2006).
"""

import dataclasses
import math
from collections.abc import Mapping
from types import ModuleType
from typing import TypeAlias

import numpy as np
from scipy import stats

from trax_activations.experiments.statistics import LEVEL, bootstrap, improvement

__all__ = [
    "Ranking",
    "Scores",
    "critical_difference",
    "friedman",
    "improvements",
    "ranking",
    "ranks",
    "require_posthocs",
]

# Of each task, of each activation, the metric by seed: of finished runs.
Scores: TypeAlias = Mapping[str, Mapping[str, Mapping[int, float]]]


@dataclasses.dataclass(frozen=True)
class Ranking:
    """Ranks of activations over several tasks.

    Attributes:
        tasks: The tasks.
        labels: The activations, that of the best mean rank first.
        by_task: The rank of each activation in each task, of shape (tasks, labels); 1 is the best.
        probability: Friedman's, of ranks like these if all are alike; NaN of fewer than three.
        critical_difference: Nemenyi's: mean ranks that differ by less are not told apart.
        pairs: Nemenyi's probability for each two activations, of shape (labels, labels).
    """

    tasks: tuple[str, ...]
    labels: tuple[str, ...]
    by_task: np.ndarray
    probability: float
    critical_difference: float
    pairs: np.ndarray

    @property
    def means(self) -> dict[str, float]:
        """The mean rank of each activation, the best first."""
        return dict(zip(self.labels, self.by_task.mean(axis=0).tolist(), strict=True))

    @property
    def like_the_best(self) -> tuple[str, ...]:
        """The activations that cannot be told from the one of the best mean rank, and that one."""
        return tuple(
            label for label, p in zip(self.labels, self.pairs[0], strict=True) if p >= LEVEL
        )


def ranking(scores: Scores, higher_is_better: Mapping[str, bool]) -> Ranking:
    """Ranks activations in each task, and tests the ranks.

    An activation of which runs are missing in a task, as they failed, ranks behind all of which
    more were finished: the mean of those that went well would flatter it.

    Args:
        scores: The metric by task, activation and seed.
        higher_is_better: Whether the metric of a task is to be high.

    Returns:
        The ranking.

    Raises:
        ImportError: If scikit-posthocs is not installed.
        ValueError: If there are fewer than two tasks or activations.
    """
    labels, by_task = ranks(scores, higher_is_better)
    n_tasks, count = by_task.shape
    if n_tasks < 2 or count < 2:
        raise ValueError(
            "tests of ranks need at least two tasks and two activations; received "
            f"{n_tasks} and {count}."
        )
    pairs = require_posthocs().posthoc_nemenyi_friedman(by_task).to_numpy()
    distance = critical_difference(count, n_tasks)
    return Ranking(tuple(scores), labels, by_task, friedman(by_task), distance, pairs)


def ranks(
    scores: Scores, higher_is_better: Mapping[str, bool]
) -> tuple[tuple[str, ...], np.ndarray]:
    """The activations, that of the best mean rank first, and their ranks by task.

    Example:
        >>> ranks({"a": {"Relu": {0: 0.8}, "Gelu": {0: 0.9}}}, {"a": True})
        (('Gelu', 'Relu'), array([[1., 2.]]))
    """
    labels = list(dict.fromkeys(label for of_task in scores.values() for label in of_task))
    by_task = np.array([_ranks(scores[task], labels, higher_is_better[task]) for task in scores])
    order = np.argsort(by_task.mean(axis=0), kind="stable")
    return tuple(labels[index] for index in order), by_task[:, order]


def critical_difference(count: int, n_tasks: int) -> float:
    """Nemenyi's: mean ranks that differ by less are not told apart.

    Example:
        >>> round(critical_difference(4, 14), 2)  # Demšar's example.
        1.25
    """
    error = math.sqrt(count * (count + 1) / (6 * n_tasks))
    return float(stats.studentized_range.isf(LEVEL, count, math.inf)) / math.sqrt(2) * error


def improvements(
    scores: Scores, baseline: str, higher_is_better: Mapping[str, bool]
) -> dict[str, tuple[float, float, float]]:
    """The probability of improvement on a baseline, averaged over the tasks that both finished.

    Args:
        scores: The metric by task, activation and seed.
        baseline: The activation to improve on.
        higher_is_better: Whether the metric of a task is to be high.

    Returns:
        For each activation but the baseline the probability that a run of it is better than one of
        the baseline, and its 95 % interval by the bootstrap, stratified by task.

    Example:
        >>> scores = {"a": {"Relu": {0: 0.9, 1: 0.8}, "Gelu": {0: 0.7, 1: 0.95}}}
        >>> improvements(scores, "Relu", {"a": True})["Gelu"][0]
        0.5
    """
    found = {}
    for label in dict.fromkeys(label for of_task in scores.values() for label in of_task):
        samples = []
        for task, of_task in scores.items():
            own, theirs = (of_task.get(name) for name in (label, baseline))
            if own and theirs and label != baseline:
                sign = 1.0 if higher_is_better[task] else -1.0
                samples += [[sign * x for x in values.values()] for values in (own, theirs)]
        if samples:
            mean = float(_improvement(*map(np.asarray, samples)))
            several = all(len(sample) > 1 for sample in samples)
            found[label] = mean, *(bootstrap(samples, _improvement) if several else (math.nan,) * 2)
    return found


def require_posthocs() -> ModuleType:
    """The module scikit_posthocs, which an extra brings."""
    try:
        import scikit_posthocs
    except ImportError as error:
        raise ImportError(
            "No module named 'scikit_posthocs', which ranks over several tasks need. "
            "Install it with: pip install 'trax-activations[statistics]'"
        ) from error
    return scikit_posthocs


def _ranks(of_task: Mapping[str, Mapping[int, float]], labels: list[str], high: bool) -> np.ndarray:
    sign = -1.0 if high else 1.0
    keys = []
    for label in labels:
        values = [value for value in of_task.get(label, {}).values() if math.isfinite(value)]
        keys.append((-len(values), sign * float(np.mean(values)) if values else 0.0))
    places = {key: place for place, key in enumerate(sorted(set(keys)))}
    return np.asarray(stats.rankdata([places[key] for key in keys]))


def friedman(ranks: np.ndarray) -> float:
    """Friedman's probability of ranks like these, (tasks, labels), if all are alike."""
    if ranks.shape[1] < 3:
        return math.nan
    if np.all(ranks == ranks[0, 0]):  # All alike, which SciPy divides by.
        return 1.0
    return float(stats.friedmanchisquare(*ranks.T).pvalue)


def _improvement(*samples: np.ndarray, axis: int = -1) -> np.ndarray:
    """Of samples of an activation and the baseline in turn, one pair for each task."""
    pairs = zip(samples[::2], samples[1::2], strict=True)
    return np.mean([improvement(own, theirs) for own, theirs in pairs], axis=0)
