"""Leaves out of a comparison what is worse beyond doubt, before everything is trained.

Every activation is first trained for a part of the steps. At each such look, every two that are
still there are compared by the one-sided paired t-test of the metric at that step, seed by seed;
where all differences are the same number, by the sign test. Whoever is worse than another leaves.

The level of all tests together is 5 %. By Bonferroni's inequality each gets an equal share: those
of all ordered pairs of activations, and of all looks, which are settled before the first. So with
a probability of 95 % or more nobody leaves that is not in truth worse, at that step and in the mean
over seeds, than who it is said to be worse than. The paired t-test takes the differences for
normally distributed; tests/test_race.py tries others. Whoever would have caught up later leaves as
well: nothing can be said of steps that were not trained.

References:
    Maron and Moore, The Racing Algorithm: Model Selection for Lazy Learners, Artificial
    Intelligence Review 11 (1997): races, and a share of the error for each of their looks.
    Dunn, Multiple Comparisons among Means, JASA 56 (1961): Bonferroni's inequality for pairs.
"""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy import stats

from trax_activations.experiments import outcome
from trax_activations.experiments.outcome import Outcome
from trax_activations.experiments.planning import Plan
from trax_activations.experiments.statistics import LEVEL, paired
from trax_activations.experiments.words import higher_is_better
from trax_activations.experiments.worker import Run

__all__ = ["FEWEST_SEEDS", "Exit", "Race", "probabilities"]

FEWEST_SEEDS = 5  # The shares are so small that fewer could leave nobody out.
_SEEDS = 10  # Of the first look; enough to tell what is far behind.
_PARTS = (0.25, 0.5)  # Of the steps.


@dataclasses.dataclass(frozen=True)
class Exit:
    """Why an activation was left out.

    Attributes:
        label: The activation.
        steps: The step of the look at which it left.
        than: The activation that it is worse than.
        n_pairs: Number of seeds on which that is based.
        means: The mean of the metric at that step, its own and the other's, over these seeds.
        probability: Of such a difference, or a greater one, if it is not worse; corrected.
        against_baseline: Of its differences to the baseline there, if there is none in truth:
            two-sided, corrected for the looks alone.
        outcomes: Those of its runs up to there.
    """

    label: str
    steps: int
    than: str
    n_pairs: int
    means: tuple[float, float]
    probability: float
    against_baseline: float = 1.0
    outcomes: tuple[Outcome, ...] = ()


@dataclasses.dataclass
class Race:
    """Which runs of a comparison are trained, and how far.

    Attributes:
        plan: The whole comparison.
        baseline: The label of the activation that never leaves: the others are compared with it.
        exits: Who has left.
    """

    plan: Plan
    baseline: str
    exits: list[Exit] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.looks:
            raise ValueError(
                f"--race evaluates the models on the way, but train.eval_frequency = "
                f"{self.plan.eval_frequency} of {self.plan.steps} steps. Bind it to "
                f"{max(1, self.plan.steps // 4)} or less."
            )
        if (seeds := len({run.seed for run in self.plan.runs})) < FEWEST_SEEDS:
            raise ValueError(
                f"--race with {seeds} seeds: so few tell nothing beyond doubt. Give --seeds="
                f"{FEWEST_SEEDS} or more."
            )
        self._failed: dict[tuple[str, int], Outcome] = {}

    @property
    def looks(self) -> list[int]:
        """The steps at which who is worse leaves: of evaluations, so that nothing is added."""
        every = self.plan.eval_frequency
        due = (max(1, int(part * self.plan.steps) // every) * every for part in _PARTS)
        return sorted({step for step in due if step < self.plan.steps})

    @property
    def description(self) -> str:
        """What it looks at, in words."""
        return (
            f"looks at step {' and '.join(f'{step:,}' for step in self.looks)}, level {LEVEL:.0%}"
        )

    @property
    def saved(self) -> float:
        """The part of all steps that was not trained."""
        count = sum(run.label in {x.label for x in self.exits} for run in self.plan.runs)
        trained = sum(found.steps for each in self.exits for found in each.outcomes)
        return (count - trained / self.plan.steps) / len(self.plan.runs)

    def __iter__(self) -> Iterator[Plan]:
        """What is to be trained before each look; :meth:`look` is called before the next."""
        for step in self.looks:
            runs = self._remaining()
            if step == self.looks[0]:
                runs = [run for run in runs if run.seed < _SEEDS]
            stages = [stage for stage in (*self.looks, self.plan.steps) if stage >= step]
            yield dataclasses.replace(
                self.plan, runs=tuple(self._as_far(run, stages) for run in runs), steps=step
            )

    def look(self, step: int, outcomes: Iterable[Outcome]) -> list[Exit]:
        """Judges the outcomes of a look; returns who leaves."""
        at: dict[str, dict[int, float]] = {}
        of: dict[str, list[Outcome]] = {}
        for found in outcomes:
            if found.reason:
                self._failed[found.label, found.seed] = found
                continue
            of.setdefault(found.label, []).append(found)
            curve = found.held_out.get(self.plan.metric, [])
            values = [value for at_step, value in curve if at_step <= step]
            at.setdefault(found.label, {})[found.seed] = values[-1] if values else math.nan
        left = [
            dataclasses.replace(each, outcomes=tuple(of[each.label]))
            for each in self._left(step, at)
        ]
        self.exits += left
        return left

    def rest(self) -> Plan:
        """What is to be trained to the end."""
        return dataclasses.replace(self.plan, runs=tuple(self._remaining()))

    @property
    def failed(self) -> list[Outcome]:
        """The runs that failed on the way, and are not tried again."""
        return [*self._failed.values()]

    def _left(self, step: int, at: dict[str, dict[int, float]]) -> Iterator[Exit]:
        labels = list(at)
        seeds = sorted({seed for values in at.values() for seed in values})
        table = np.array([[at[x].get(seed, math.nan) for seed in seeds] for x in labels])
        if len(labels) < 2:
            return
        worse = probabilities(table if higher_is_better(self.plan.metric) else -table)
        count = len({run.label for run in self.plan.runs})
        worse = np.minimum(1.0, worse * count * (count - 1) * len(self.looks))
        for place, label in enumerate(labels):
            other = int(np.argmin(worse[place]))
            if worse[place, other] < LEVEL and label != self.baseline:
                both = np.isfinite(table[place]) & np.isfinite(table[other])
                own, others = table[place, both].mean(), table[other, both].mean()
                yield Exit(
                    label,
                    step,
                    labels[other],
                    int(both.sum()),
                    (float(own), float(others)),
                    float(worse[place, other]),
                    self._against_baseline(at, label),
                )

    def _against_baseline(self, at: dict[str, dict[int, float]], label: str) -> float:
        own, theirs = at[label], at.get(self.baseline, {})
        differences = [own[seed] - theirs[seed] for seed in own if seed in theirs]
        p = paired([x for x in differences if math.isfinite(x)])[2]
        return 1.0 if math.isnan(p) else min(1.0, p * len(self.looks))

    def _remaining(self) -> list[Run]:
        gone = {each.label for each in self.exits}
        started = {label for label, _ in self._failed}
        alive = {run.label for run in self.plan.runs} - gone
        hopeless = {
            label
            for label in started & alive
            if all((run.label, run.seed) in self._failed for run in self._first(label))
        }
        return [
            run
            for run in self.plan.runs
            if run.label in alive - hopeless and (run.label, run.seed) not in self._failed
        ]

    def _first(self, label: str) -> Sequence[Run]:
        """The runs of the first look."""
        return [run for run in self.plan.runs if run.label == label and run.seed < _SEEDS]

    def _as_far(self, run: Run, stages: Sequence[int]) -> Run:
        """A run as far as the first of these steps, or as it has been trained already."""
        made = [self._until(run, step) for step in stages]
        known = (x for x in reversed(made) if outcome.read(x.folder, x.config) is not None)
        return next(known, made[0])

    def _until(self, run: Run, step: int) -> Run:
        if step == self.plan.steps:
            return run
        return dataclasses.replace(run, config=f"{run.config}train.steps = {step}\n")


def probabilities(values: np.ndarray) -> np.ndarray:
    """Of each two activations, how likely such values are if the first is not the worse one.

    Args:
        values: By activation and seed, of shape (..., activations, seeds); higher is better. NaN
            where there is none.

    Returns:
        The probabilities, not corrected, of shape (..., activations, activations); 1 where there
        are fewer than two seeds in common.

    Example:
        >>> probabilities(np.array([[0.1, 0.2, 0.1], [0.9, 0.9, 0.9]])).round(3)
        array([[1.   , 0.001],
               [0.999, 1.   ]])
    """
    behind = values[..., None, :, :] - values[..., :, None, :]
    known = np.isfinite(behind)
    count = known.sum(axis=-1)
    behind = np.where(known, behind, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = behind.sum(axis=-1) / count
        squares = np.where(known, (behind - mean[..., None]) ** 2, 0.0).sum(axis=-1)
        error = np.sqrt(squares / (count - 1) / count)
        tested = stats.t.sf(mean / error, count - 1)
    same = error <= 1e-12 * np.abs(mean)
    tested = np.where(same, np.where(mean > 0, 0.5**count, 1.0), tested)
    return np.where((count < 2) | np.eye(values.shape[-2], dtype=bool), 1.0, tested)
