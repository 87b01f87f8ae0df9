"""What the study has measured: whole tasks only, since half of one favours who is there."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from trax_activations.experiments import study
from trax_activations.experiments.candidates import elementwise
from trax_activations.experiments.ranking import ranks
from trax_activations.experiments.statistics import LEVEL, holm, paired
from trax_activations.experiments.words import higher_is_better

__all__ = ["Results", "read"]

BASELINE = "Relu"
_ENOUGH = 0.9  # Of the candidates: later ones may be missing, and are named.


@dataclasses.dataclass(frozen=True)
class Results:
    """The study, as far as it is done.

    Attributes:
        tasks: The rows of each whole task, by activation.
        partial: How many activations of each other task are done.
        missing: Candidates that no task has.
    """

    tasks: Mapping[str, Mapping[str, Sequence[study.Row]]]
    partial: Mapping[str, int]
    missing: tuple[str, ...]

    def metric(self, task: str) -> str:
        """The metric of a task."""
        return str(next(iter(self.tasks[task].values()))[0]["metric"])

    def high(self, task: str) -> bool:
        """Whether it is to be high."""
        return higher_is_better(self.metric(task))

    def values(self, task: str, label: str) -> dict[int, float]:
        """The metric on test data of the runs that were finished, by seed."""
        rows = self.tasks[task].get(label, ())
        return {int(row["seed"]): float(row["value"]) for row in rows if row["value"]}

    @functools.cached_property
    def places(self) -> dict[str, dict[str, float]]:
        """The rank of each activation in each task, that of the best mean rank first."""
        if not self.tasks:
            return {}
        scores = {
            task: {label: self.values(task, label) for label in of_task}
            for task, of_task in self.tasks.items()
        }
        labels, by_task = ranks(scores, {task: self.high(task) for task in scores})
        return {
            label: dict(zip(scores, by_task[:, index].tolist(), strict=True))
            for index, label in enumerate(labels)
        }

    def place(self, label: str) -> str:
        """The ranks of an activation in words; empty if it was not measured."""
        of_tasks = self.places.get(label, {})
        if not of_tasks:
            return ""
        each = ", ".join(f"{task} {rank:g}" for task, rank in of_tasks.items())
        mean = sum(of_tasks.values()) / len(of_tasks)
        return f"mean rank {mean:.1f} of {len(self.places)} ({each})"

    def difference(self, task: str, label: str, other: str) -> tuple[float, float, float]:
        """How much better an activation is than another, paired by seed: see ``paired``."""
        sign = 1.0 if self.high(task) else -1.0
        own, theirs = self.values(task, label), self.values(task, other)
        return paired([sign * (own[seed] - theirs[seed]) for seed in sorted(own.keys() & theirs)])

    @functools.cached_property
    def verdicts(self) -> dict[str, dict[str, str]]:
        """In each task, what can be said of each activation and the baseline, by Holm's method."""
        found = {}
        for task, of_task in self.tasks.items():
            others = [x for x in of_task if x != BASELINE and len(self.values(task, x)) > 1]
            tested = [self.difference(task, label, BASELINE) for label in others]
            corrected = holm([p for _, _, p in tested])
            found[task] = dict.fromkeys(of_task, "failed") | {BASELINE: "baseline"}
            for label, (mean, _, _), p in zip(others, tested, corrected, strict=True):
                side = "better" if mean > 0 else "worse"
                found[task][label] = side if p < LEVEL else "within noise"
        return found


def read(file: Path) -> Results:
    """Reads the file that the study has written."""
    by_task: dict[str, dict[str, list[study.Row]]] = {}
    for row in study.read(file):
        by_task.setdefault(row["task"], {}).setdefault(row["activation"], []).append(row)
    candidates = [each.label for each in elementwise()[0]]
    done = {label for of_task in by_task.values() for label in of_task}
    whole = {
        task: of_task
        for task, of_task in by_task.items()
        if of_task.keys() == done and len(done & {*candidates}) >= _ENOUGH * len(candidates)
    }
    partial = {task: len(of_task) for task, of_task in by_task.items() if task not in whole}
    return Results(whole, partial, tuple(label for label in candidates if label not in done))
