"""Runs the runs of a comparison, tells of each, and of those that leave a race."""

import argparse
from typing import TYPE_CHECKING

from trax_activations import experiments
from trax_activations.cli.errors import UsageError
from trax_activations.cli.steps_bar import StepsBar

if TYPE_CHECKING:
    from trax_activations.experiments import Outcome, Plan, Race

__all__ = ["outcomes"]


def outcomes(
    planned: "Plan", options: argparse.Namespace, race: "Race | None" = None
) -> "list[Outcome]":
    """Runs a comparison, or as much of it as a race asks for; returns the outcomes in order."""
    if race is None:
        return _execute(planned, options)
    for number, part in enumerate(race, 1):
        print(f"Look {number} of {len(race.looks)}: ", end="")
        left = [each.label for each in race.look(part.steps, _execute(part, options))]
        told = f"{len(left)} left: {', '.join(left)}" if left else "nobody left"
        print(f"At step {part.steps:,} {told}.", flush=True)
    print("The rest: ", end="")
    return _in_order(planned, [*race.failed, *_execute(race.rest(), options)])


def _in_order(planned: "Plan", found: "list[Outcome]") -> "list[Outcome]":
    order = {(run.label, run.seed): index for index, run in enumerate(planned.runs)}
    return sorted(found, key=lambda outcome: order[outcome.label, outcome.seed])


def _execute(planned: "Plan", options: argparse.Namespace) -> "list[Outcome]":
    """Runs all runs; reports each as it ends, and shows how many steps there are to come."""
    total = len(planned.runs)
    where = options.dask or f"{experiments.number_of_jobs(options.n_jobs, total)} at a time"
    print(f"{total} runs of {planned.steps:,} steps, {where}", flush=True)
    outcomes: list[Outcome] = []
    with StepsBar(planned).watching() as bar:
        try:
            for outcome in experiments.execute(
                planned.runs, options.n_jobs, options.dask, options.vectorize == "auto"
            ):
                outcomes.append(outcome)
                line = f"{len(outcomes):{len(str(total))}}/{total}  {_line(outcome, planned)}"
                bar.end(outcome, line)
            if options.vectorize == "auto" and options.seeds > 1:
                how = experiments.how_trained(outcomes)
                print(f"The seeds of each activation were trained {how}.")
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"interrupted after {len(outcomes)} of {total} runs. "
                "The same command goes on where they are."
            ) from None
        except (ImportError, OSError) as error:
            raise UsageError(str(error)) from error
    return _in_order(planned, outcomes)


def _line(outcome: "Outcome", planned: "Plan") -> str:
    what, metric = f"{outcome.label}, seed {outcome.seed}", planned.metric
    if outcome.reason:
        return f"{what}: failed: {outcome.reason}"
    return f"{what}: {metric} {outcome.last('held_out', metric):.4f}, {outcome.seconds:.1f} s"
