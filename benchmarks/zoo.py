"""Runs the study of activations: every one that a slot can take, in every task of configs/zoo.

It needs some hours on two cores. Interrupted, the same command goes on where it was: the file has
all rows of what is done.

    python benchmarks/zoo.py
    python benchmarks/zoo.py --tasks=breast_cancer,image --activations=Relu,Sine --output=few.csv
"""

import argparse
import time
from pathlib import Path

from trax_activations import experiments
from trax_activations.cli.config import PACKAGED, configure, parsed_flags
from trax_activations.experiments import study

# Cheapest first, so that what is interrupted has whole tasks.
TASKS = (
    "breast_cancer",
    "diabetes",
    "digits_mlp",
    "image",
    "copying",
    "digits_conv",
    "python_source",
)


def trials(task: str, activations: str) -> list[study.Trial]:
    """What there is to do in a task; Relu first, which all are compared with."""
    with parsed_flags(config_file=[str(PACKAGED / "zoo" / f"{task}.gin")]) as values:
        configure(values)
        chosen = [experiments.candidate(text) for text in experiments.split(activations)]
        if not chosen:
            chosen = [experiments.candidate("Relu"), *experiments.elementwise()[0]]
        return study.trials(task, list(dict.fromkeys(chosen)))


def main() -> None:
    """Runs what is not done yet, and tells of each activation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--activations", default="", help="all that a slot can take")
    parser.add_argument("--n_jobs", type=int, help="processes; one per core")
    parser.add_argument("--output", type=Path, default=PACKAGED / "zoo" / "results.csv")
    options = parser.parse_args()
    for task in options.tasks.split(","):
        wanted = trials(task, options.activations)
        start = time.monotonic()
        for number, trial in enumerate(study.run(wanted, options.output, options.n_jobs), 1):
            passed = time.monotonic() - start
            print(f"{task}: {trial.label}, {passed / number:.1f} s each", flush=True)


if __name__ == "__main__":
    main()
