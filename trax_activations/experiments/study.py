"""The study of activations: each in several tasks, at the learning rate that suits it.

For each activation alike, every learning rate of a task is tried with :data:`TRIED_SEEDS`; the one
that is best on validation data, on average, is trained with :data:`SEEDS` others and measured on
test data, once. All of that is one program, whatever the seed and the rate.
"""

import csv
import dataclasses
import io
import math
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gin
import joblib

from trax_activations._atomic import replacement, write_all
from trax_activations.experiments.candidates import Candidate
from trax_activations.experiments.execution import number_of_jobs, processes
from trax_activations.experiments.outcome import Outcome
from trax_activations.experiments.planning import bindings, slots
from trax_activations.experiments.words import higher_is_better
from trax_activations.experiments.worker import Run, prepare

__all__ = ["COLUMNS", "SEEDS", "Trial", "read", "run", "trials"]

SEEDS = tuple(range(10))
TRIED_SEEDS = (100, 101, 102)  # Not those that are measured in the end.
COLUMNS = (
    "task",
    "activation",
    "seed",
    "metric",
    "value",
    "seconds",
    "step_bytes",
    "learning_rate",
    "validation",
    "train",
    "n_learned",
    "learned",
    "reason",
)

Row = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Trial:
    """An activation in a task.

    Attributes:
        task: Name of the task.
        label: The activation.
        metric: What is measured.
        rates: The learning rates to choose from.
        config: The config with the activation bound.
    """

    task: str
    label: str
    metric: str
    rates: tuple[float, ...]
    config: str


def trials(task: str, candidates: Sequence[Candidate]) -> list[Trial]:
    """A trial for each candidate in the task of the gin config in force."""
    rates, metric = (gin.query_parameter(f"{name}/gin.macro.value") for name in ("rates", "metric"))
    taking, config = slots(), gin.config_str()
    return [
        Trial(task, each.label, metric, tuple(rates), "\n".join([config, *bindings(each, taking)]))
        for each in candidates
    ]


def run(wanted: Sequence[Trial], file: Path, n_jobs: int | None = None) -> Iterator[Trial]:
    """Measures what is not in the file yet, in order; yields each trial when its rows are there."""
    rows = read(file)
    known = {(row["task"], row["activation"]) for row in rows}
    waiting = [trial for trial in wanted if (trial.task, trial.label) not in known]
    jobs = number_of_jobs(n_jobs, len(waiting))
    with processes(jobs) as (_, threads):
        parallel = joblib.Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
        for trial, found in parallel(joblib.delayed(_measure)(each, threads) for each in waiting):
            rows += found
            _write(file, rows)
            yield trial


def read(file: Path) -> list[Row]:
    """The rows of the file, each a run; none if there is no file."""
    if not file.is_file():
        return []
    with open(file, newline="") as opened:
        return list(csv.DictReader(opened))


def _write(file: Path, rows: Sequence[Row]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with replacement(str(file), None) as descriptor:
        write_all(descriptor, text.getvalue().encode())


def _measure(trial: Trial, threads: int | None) -> tuple[Trial, list[Row]]:
    session = prepare(threads)
    programs = session.SharedPrograms(len(SEEDS))
    with tempfile.TemporaryDirectory() as folder:
        tried = session.outcomes_of(
            [
                _run(trial, folder, "validation", rate, seed)
                for rate in trial.rates
                for seed in TRIED_SEEDS
            ],
            programs,
        )
        by_rate = [tried[i : i + len(TRIED_SEEDS)] for i in range(0, len(tried), len(TRIED_SEEDS))]
        means = [_mean(trial, outcomes) for outcomes in by_rate]
        sign = 1 if higher_is_better(trial.metric) else -1
        scores = [-math.inf if math.isnan(mean) else sign * mean for mean in means]
        best = scores.index(max(scores))
        found = by_rate[best][:1] * len(SEEDS)  # If it fails at each rate.
        if scores[best] > -math.inf:
            runs = [_run(trial, folder, "test", trial.rates[best], seed) for seed in SEEDS]
            before = time.process_time()
            found = session.outcomes_of(runs, programs)
            # Of the processor, since others may be at work; all is compiled already.
            seconds = (time.process_time() - before) / len(SEEDS)
            found = [dataclasses.replace(outcome, seconds=seconds) for outcome in found]
    return trial, [
        _row(trial, seed, outcome, trial.rates[best], means[best])
        for seed, outcome in zip(SEEDS, found, strict=True)
    ]


def _run(trial: Trial, folder: str, held_out: str, rate: float, seed: int) -> Run:
    given = (
        f"trax_activations.study.held_out = {held_out!r}",
        f"trax_activations.study.seed = {seed}",
        f"multifactor.constant = {rate}",
        f"train.random_seed = {seed}",
    )
    own = os.path.join(folder, f"{held_out}_{rate}_{seed}")
    os.makedirs(own)
    return Run(trial.label, seed, own, "\n".join([trial.config, *given, ""]), train_batches=1)


def _mean(trial: Trial, outcomes: Sequence[Outcome]) -> float:
    """The mean of the metric; NaN of a rate at which a seed fails."""
    values = [each.last("held_out", trial.metric) for each in outcomes]
    if any(each.reason for each in outcomes) or not all(map(math.isfinite, values)):
        return math.nan
    return sum(values) / len(values)


def _row(trial: Trial, seed: int, outcome: Outcome, rate: float, validation: float) -> Row:
    failed = bool(outcome.reason)
    moved = (f"{path}={values['median']:.4g}" for path, values in outcome.learned.items())
    return {
        "task": trial.task,
        "activation": trial.label,
        "seed": seed,
        "metric": trial.metric,
        "value": "" if failed else f"{outcome.last('held_out', trial.metric):.6g}",
        "seconds": f"{outcome.seconds:.3f}",
        "step_bytes": outcome.step_bytes,
        "learning_rate": rate,
        "validation": "" if failed else f"{validation:.6g}",
        "train": "" if failed else f"{outcome.last('train', trial.metric):.6g}",
        "n_learned": outcome.n_learned,
        "learned": "; ".join(moved),
        "reason": outcome.reason,
    }
