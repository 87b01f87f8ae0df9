"""Writes the page of the study of activations out of what zoo.py has measured.

    python benchmarks/zoo_page.py

Nothing on the page is written by hand: a test makes it from the file, and holds both equal.
"""

import argparse
import math
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from zoo_claims import CLAIMS, Claim

from trax_activations.experiments import study_results
from trax_activations.experiments.ranking import critical_difference, friedman
from trax_activations.experiments.statistics import LEVEL, holm, mean_and_deviation
from trax_activations.experiments.study_results import BASELINE, Results
from trax_activations.experiments.words import probability, signed, spread

ROOT = Path(__file__).parents[1]
FILE = ROOT / "configs" / "zoo" / "results.csv"
# Of each task: what it is; the cheapest first, as zoo.py runs them.
TASKS = {
    "breast_cancer": "tumours, benign or malignant, of 30 measurements; an MLP of 32-32",
    "diabetes": "the course of diabetes of 10 measurements, a regression; an MLP of 32-32",
    "digits_mlp": "handwritten digits; an MLP of 64-64",
    "image": "a photograph as a coordinate network, from place to colour; an MLP of 64-64",
    "copying": "a word of 7 symbols, to be said again; a TransformerLM of 2 layers",
    "digits_conv": "handwritten digits; a convolutional network of 2 layers",
    "python_source": "sources of Python, byte by byte; a TransformerLM of 1 layer",
}
_HEAD = """# All activations in real tasks

Written by `python benchmarks/zoo_page.py` from `configs/zoo/results.csv`, which `python
benchmarks/zoo.py` has measured: do not edit. Every activation that a plain slot can take is trained
in small tasks that run on every machine. They are small: what holds here need not hold in a large
network, and where nothing can be told apart, nothing is said.

## How it was done

- Each activation with its default arguments takes the place of all activations of a model; in a
  task, all have the same model, number of steps, batches and, but for themselves, initial weights.
- The learning rate of Adam is chosen from three, on validation data, by the mean of three seeds
  that are used for nothing else; so it is for each activation alike, with the same budget.
- Ten other seeds are then trained at that rate, and measured on test data, once.
- Differences to {baseline} are paired by seed; the probabilities of the paired t-test are corrected
  by Holm's method over all activations of a task. *Better* and *worse* mean below 0.05.

The tasks are in `configs/zoo`:
"""
_RANKS = """## Ranks

Rank 1 is the best mean on test data of a task. Friedman's test of the ranks: p {p}. By Nemenyi's
test, mean ranks that differ by less than {distance:.1f}, the critical difference, are not told
apart{alike}. The samples of both tests are the {n} tasks, which are few for {count} activations.
"""
_CLAIMS = """## What papers say, tried here

Each line is a claim of a paper, and the paired difference in tasks like its own, in units of the
task's metric, positive where the claim holds; p is corrected by Holm's method over the whole table.
A claim that is not seen in small tasks is not refuted.
"""
_LEARNED = """## What was learned

Medians over the seeds of the median over channels at the end of training, by layer.
"""


def page(results: Results) -> str:
    """The whole page."""
    parts = [_HEAD.format(baseline=BASELINE), table(["task", "what"], [*map(list, TASKS.items())])]
    parts.append("\n".join(_done(results)))
    if len(results.tasks) > 1:
        parts += _ranks(results)
    if results.tasks:
        parts += [_CLAIMS, _claims(results), *_costs(results), *_learned(results)]
    for task in results.tasks:
        parts += _task(results, task)
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first are to the right if they hold numbers."""
    lines = [head, ["---"] + ["---:" if len(head) > 2 else "---"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _done(results: Results) -> Iterator[str]:
    yield "## How much of it is done\n"
    whole = [task for task in TASKS if task in results.tasks]
    others = [task for task in TASKS if task not in results.tasks]
    if whole:
        count = len(results.places)
        of = f"{len(whole)} of {len(TASKS)}"
        yield f"Done for all {count} activations: {', '.join(whole)} ({of})."
    else:
        yield "No task is done for all activations yet, so nothing can be said."
    begun = [f"{task} ({results.partial[task]} done)" for task in others if task in results.partial]
    waiting = [task for task in others if task not in results.partial]
    if begun:
        yield f"Begun, and not shown, as not all activations have done it: {', '.join(begun)}."
    if waiting:
        yield f"Not begun: {', '.join(waiting)}."
    if results.missing and whole:
        yield f"Not measured: {', '.join(results.missing)}."


def _ranks(results: Results) -> Iterator[str]:
    tasks, count = [*results.tasks], len(results.places)
    means = {label: statistics.mean(of.values()) for label, of in results.places.items()}
    distance = critical_difference(count, len(tasks))
    best, *others = means
    alike = [label for label in others if means[label] - means[best] < distance]
    p = friedman(np_ranks(results))
    told = f"; {len(alike)} are not told apart from {best}, the first"
    yield _RANKS.format(p=probability(p), distance=distance, alike=told, n=len(tasks), count=count)
    rows = [
        [label, f"{means[label]:.1f}", *(f"{of[task]:g}" for task in tasks)]
        for label, of in results.places.items()
    ]
    yield table(["activation", "mean rank", *tasks], rows)


def np_ranks(results: Results) -> np.ndarray:
    """The ranks as an array, (tasks, activations)."""
    return np.array([[*of.values()] for of in results.places.values()]).T


def _claims(results: Results) -> str:
    tried = [
        (claim, task, results.difference(task, claim.better, claim.worse))
        for claim in CLAIMS
        for task in claim.tasks
        if task in results.tasks
    ]
    if not tried:
        return "No task that is done is like those of the papers."
    corrected = holm([1.0 if math.isnan(p) else p for *_, (_, _, p) in tried])
    rows = [
        [_said(claim), task, signed(mean, interval), probability(p), _verdict(mean, p)]
        for (claim, task, (mean, interval, _)), p in zip(tried, corrected, strict=True)
    ]
    return table(["claim", "task", "difference", "p", "here"], rows)


def _said(claim: Claim) -> str:
    return f"{claim.better} is better than {claim.worse} ({claim.paper})"


def _verdict(mean: float, p: float) -> str:
    if p >= LEVEL:
        return "not told apart"
    return "seen" if mean > 0 else "the opposite"


def _costs(results: Results) -> Iterator[str]:
    yield (
        "## Time and memory\n\nProcessor time of a run whose programs are compiled, and memory of "
        f"its step, as multiples of {BASELINE}'s. A cell is empty where it was not measured."
    )
    tasks, cells = [*results.tasks], []
    for label in sorted(results.places):
        row = [label]
        for task in tasks:
            shares = []
            for unit, digits in (("seconds", 1), ("step_bytes", 2)):
                own, base = (
                    statistics.median(float(row[unit] or 0) for row in results.tasks[task][name])
                    for name in (label, BASELINE)
                )
                shares.append(f"{own / base:.{digits}f}" if own and base else "")
            row += shares
        cells.append(row)
    head = ["activation", *(f"{task} {what}" for task in tasks for what in ("time", "memory"))]
    measured = [column for column in zip(head, *cells, strict=True) if any(column[1:])]
    head, *cells = map(list, zip(*measured, strict=True))
    yield table(head, cells)


def _learned(results: Results) -> Iterator[str]:
    yield _LEARNED
    rows = []
    for label in sorted(results.places):
        for task, of_task in results.tasks.items():
            found: dict[str, list[float]] = {}
            for row in of_task.get(label, ()):
                for part in filter(None, row["learned"].split("; ")):
                    path, _, value = part.rpartition("=")
                    found.setdefault(path, []).append(float(value))
            if found:
                medians = (f"{path} {statistics.median(of):.3g}" for path, of in found.items())
                rows.append([label, task, ", ".join(medians)])
    yield table(["activation", "task", "learned"], rows) if rows else "Nothing."


def _task(results: Results, task: str) -> Iterator[str]:
    metric, verdicts = results.metric(task), results.verdicts[task]
    counts = {word: [*verdicts.values()].count(word) for word in ("better", "worse")}
    yield f"## {task}\n\nThe task: {TASKS.get(task, task)}. Measured: {metric} on test data."
    within = [*verdicts.values()].count("within noise")
    yield (
        f"Of {len(verdicts) - 1} others, {counts['better']} are better than {BASELINE}, "
        f"{counts['worse']} worse, and {within} cannot be told apart from it."
    )
    rows = []
    for label in sorted(verdicts, key=lambda label: results.places[label][task]):
        values, of_label = results.values(task, label), results.tasks[task][label]
        mean, interval, _ = results.difference(task, label, BASELINE)
        shown = spread(*mean_and_deviation([*values.values()])) if values else ""
        difference = signed(mean, interval) if values and label != BASELINE else ""
        finished = "" if len(values) == len(of_label) else f", {len(values)} finished"
        rate = of_label[0]["learning_rate"] if values else ""
        rows.append([label, shown, difference, verdicts[label] + finished, rate])
    yield table(["activation", metric, f"better than {BASELINE} by", "verdict", "rate"], rows)


def main() -> None:
    """Writes the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?", default=FILE)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "zoo_study.md")
    options = parser.parse_args()
    options.output.write_text(page(study_results.read(options.file)))
    print(f"Wrote {options.output}.")


if __name__ == "__main__":
    main()
