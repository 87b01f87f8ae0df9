"""``trax-activations compare``: one experiment, many activations and seeds."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm  # Comes with Trax, by way of tensorflow-datasets.

from trax_activations._trax import base
from trax_activations.cli.config import configure, parsed_flags
from trax_activations.cli.errors import MISTAKES, UsageError, explain
from trax_activations.cli.lookup import found
from trax_activations.experiments import candidates, plan, report
from trax_activations.experiments.candidates import Candidate
from trax_activations.experiments.execute import execute, number_of_jobs
from trax_activations.experiments.outcome import Outcome

__all__ = ["compare"]


def compare(options: argparse.Namespace) -> int:
    """Compares activations as the options say, and writes the report.

    Args:
        options: As :func:`trax_activations.cli.commands.add_compare` has them.

    Returns:
        Exit status: 1 if a run failed, else 0.

    Raises:
        UsageError: If a flag, file, binding or activation is wrong.
        KeyboardInterrupt: If the user stops it; the message says how to go on.
    """
    folder = Path(options.output_dir).expanduser()
    given = [
        *(f"--config_file={name}" for name in options.config_file),
        *(f"--config={binding}" for binding in options.config),
        *([f"--data_dir={options.data_dir}"] if options.data_dir else []),
    ]
    try:
        with parsed_flags(given) as values:
            configure(values)
            chosen, left_out = _candidates(options)
            planned = plan.plan(
                chosen,
                options.seeds,
                folder,
                options.parameter,
                options.train_batches,
                options.metric,
            )
        plan.note(planned, folder)
    except (*MISTAKES, base.LayerError) as error:
        raise UsageError(explain(error)) from error
    baseline = chosen[0].label if options.baseline is None else _read(options.baseline).label
    outcomes = _execute(planned, options)
    asked = {
        "config": " ".join(options.config_file),
        "bindings": "; ".join(options.config),
        "activation set by": ", ".join(planned.slots),
        "steps of each run": f"{planned.steps:,}",
        "seeds": ", ".join(map(str, range(options.seeds))),
    }
    made = report.Report(outcomes, baseline, planned.metric, asked, left_out)
    made.write(folder)
    print(f"\n{made.text()}\n")
    for name in report.FILES:
        print(f"  {folder / name}")
    failed = [outcome for outcome in outcomes if outcome.reason]
    unusable = made.unusable if options.activations.strip().lower() == "all" else {}
    unexpected = [outcome for outcome in failed if outcome.label not in unusable]
    if unexpected or len(failed) == len(outcomes):
        first = (unexpected or failed)[0]
        print(
            f"trax-activations: error: {len(failed)} of {len(outcomes)} runs failed; "
            f"{first.label}, seed {first.seed}: {first.reason}",
            file=sys.stderr,
        )
        return 1
    return 0


def _candidates(options: argparse.Namespace) -> tuple[list[Candidate], dict[str, str]]:
    """What to compare, the baseline among it; and what 'all' leaves out, with reasons."""
    left_out: dict[str, str] = {}
    chosen: list[Candidate] = []
    if options.activations.strip().lower() == "all":
        chosen, left_out = candidates.everything()
    else:
        chosen = [_read(text) for text in candidates.split(options.activations)]
    if options.baseline is not None:
        chosen.insert(0, _read(options.baseline))
    elif left_out:
        chosen.insert(0, _read("Relu"))  # The first of all would be one by the alphabet.
    if not chosen:
        raise UsageError("no activations. Give --activations=Relu,ParametricRelu, or 'all'.")
    return list(dict.fromkeys(chosen)), left_out


def _read(text: str) -> Candidate:
    found(text.partition("(")[0].strip())
    return candidates.candidate(text)


def _execute(planned: plan.Plan, options: argparse.Namespace) -> list[Outcome]:
    """Runs all runs; tells each as it ends, and shows how many there are to come."""
    total = len(planned.runs)
    where = options.dask or f"{number_of_jobs(options.n_jobs, total)} at a time"
    print(f"{total} runs of {planned.steps:,} steps, {where}", flush=True)
    outcomes: list[Outcome] = []
    bar = tqdm(total=total, unit="run", file=sys.stdout, disable=not sys.stdout.isatty())
    with bar:
        try:
            for outcome in execute(planned.runs, explain, options.n_jobs, options.dask):
                outcomes.append(outcome)
                bar.update()
                line = _line(outcome, planned.metric)
                bar.write(f"{len(outcomes):{len(str(total))}}/{total}  {line}", file=sys.stdout)
                sys.stdout.flush()
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"interrupted after {len(outcomes)} of {total} runs. "
                "The same command goes on where they are."
            ) from None
        except (ImportError, OSError) as error:
            raise UsageError(str(error)) from error
    order = {(run.label, run.seed): index for index, run in enumerate(planned.runs)}
    return sorted(outcomes, key=lambda outcome: order[outcome.label, outcome.seed])


def _line(outcome: Outcome, metric: str) -> str:
    what = f"{outcome.label}, seed {outcome.seed}"
    if outcome.reason:
        return f"{what}: failed: {outcome.reason}"
    return f"{what}: {metric} {outcome.last('held_out', metric):.4f}, {outcome.seconds:.1f} s"
