"""Which activations to try first, by the data of the study and a look at the model.

Nothing is said that the data do not say: where there are none, or none of such models, it is told.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from trax_activations.experiments import study as study_file
from trax_activations.experiments.look import Look
from trax_activations.experiments.ranking import Scores, improvements, ranks
from trax_activations.experiments.words import higher_is_better

__all__ = ["Study", "Suggestion", "limits", "read", "suggest"]

# Without data: of different kinds, none for being better.
_KINDS = {
    "Relu": "what most are compared with",
    "Gelu": "smooth, and not monotone",
    "ParametricRelu": "learns its slope for negative inputs",
    "Elu": "monotone, with negative values that saturate",
}


@dataclasses.dataclass(frozen=True)
class Study:
    """The data of the study.

    Attributes:
        scores: The metric on test data by task, activation and seed.
        metrics: The metric of each task.
    """

    scores: Scores
    metrics: Mapping[str, str]

    @property
    def higher_is_better(self) -> dict[str, bool]:
        """Whether the metric of a task is to be high."""
        return {task: higher_is_better(metric) for task, metric in self.metrics.items()}

    def of(self, tasks: Sequence[str]) -> "Study":
        """The part of these tasks."""
        return Study({task: self.scores[task] for task in tasks}, self.metrics)


@dataclasses.dataclass(frozen=True)
class Suggestion:
    """An activation to try, and why."""

    label: str
    reason: str


def read(path: Path) -> Study | None:
    """Reads the data of the study; ``None`` if there are none.

    A task that is not done for all activations is left out: who is missing would seem to be behind.

    Args:
        path: A CSV file with the columns task, activation, seed, metric and value, among others; a
            line for each run. The value of a failed run is empty.
    """
    scores: dict[str, dict[str, dict[int, float]]] = {}
    metrics = {}
    for row in study_file.read(path):
        metrics[row["task"]] = row["metric"]
        own = scores.setdefault(row["task"], {}).setdefault(row["activation"], {})
        if row["value"]:
            own[int(row["seed"])] = float(row["value"])
    every = {label for of_task in scores.values() for label in of_task}
    done = {task: of_task for task, of_task in scores.items() if set(of_task) == every}
    return Study(done, {task: metrics[task] for task in done}) if done else None


def suggest(
    study: Study | None, looks: Mapping[str, Look], model: Look, baseline: str
) -> list[Suggestion]:
    """Three activations to try first, other than those of the model, with reasons.

    Args:
        study: Its data, if there are any.
        looks: What the models of its tasks are like.
        model: What the model in question is like.
        baseline: The activation that it has, or would have.

    Returns:
        Two that are best in tasks with a model of this kind, and one that is in all tasks; fewer
        where all others are worse than the baseline. Without data, three of different kinds.
    """
    known = {baseline, *model.activations}
    if study is None:
        others = (Suggestion(*item) for item in _KINDS.items() if item[0] not in known)
        return [*others][:3]
    similar = _similar(study, looks, model)
    studied = {label for of_task in study.scores.values() for label in of_task}
    against = next((x for x in (baseline, "Relu") if x in studied), baseline)
    chosen: list[Suggestion] = []
    for part, count in ((study.of(similar), 2), (study, 3)):
        labels, by_task = ranks(part.scores, part.higher_is_better)
        better = improvements(part.scores, against, part.higher_is_better)
        means = dict(zip(labels, by_task.mean(axis=0).tolist(), strict=True))
        worse = {label for label, (_, _, high) in better.items() if high < 0.5}
        # All runs in a task failed.
        worse |= {label for own in part.scores.values() for label in own if not own[label]}
        for label, rank in means.items():
            if len(chosen) < count and label not in {*known, *worse, *(x.label for x in chosen)}:
                tasks = f"all {len(part.scores)} tasks" if part is study else ", ".join(part.scores)
                reason = f"mean rank {rank:.1f} of {len(labels)} in {tasks}"
                reason += _improvement(better.get(label), against)
                chosen.append(Suggestion(label, reason))
    return chosen


def limits(study: Study | None, looks: Mapping[str, Look], model: Look) -> list[str]:
    """What the data cannot say of such a model, in sentences."""
    if study is None:
        return [
            "There are no data of the study here, so nothing can be said of which is better: these "
            "are of different kinds."
        ]
    tasks = _similar(study, looks, model)
    own = [looks[task] for task in tasks if task in looks]
    said = []
    if not any(each.kind == model.kind for each in own):
        said.append(f"The study has no model with {model.kind} layers: these ranks are of others.")
    for name, unit in (("depth", "layers"), ("width", "units")):
        most, here = max((getattr(x, name) for x in own), default=0), getattr(model, name)
        if here > most:
            said.append(
                f"The models of these tasks have at most {most} {unit}; this one has {here}."
            )
    for name in ("normalisation", "dtype"):
        if getattr(model, name) not in {getattr(x, name) for x in own}:
            has = getattr(model, name) or "no normalisation"
            said.append(f"None of the models of these tasks has {has}.")
    count = len(tasks)
    of = "one task says" if count == 1 else f"{count} tasks say"
    luck = "Who comes first of many does so in part by luck, and"
    return [*said, f"{luck} what {of} need not hold here: the command below tells."]


def _similar(study: Study, looks: Mapping[str, Look], model: Look) -> list[str]:
    """The tasks whose models are of this kind; all, if none is."""
    same = [task for task in study.scores if task in looks and looks[task].kind == model.kind]
    return same or [*study.scores]


def _improvement(found: tuple[float, float, float] | None, baseline: str) -> str:
    if found is None:
        return f"; the study has no {baseline} to compare with"
    mean, low, high = found
    told = [] if math.isnan(low) else [f"{low:.0%} to {high:.0%}"]
    if not (low > 0.5 or high < 0.5):
        told.append("so not told apart")
    interval = f" ({', '.join(told)})" if told else ""
    return f"; better than {baseline} in {mean:.0%} of all pairs of runs{interval}"
