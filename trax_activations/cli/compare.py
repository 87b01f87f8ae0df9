"""``trax-activations compare``: one experiment, many activations and seeds."""

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trax_activations import experiments
from trax_activations.cli import compilation_cache
from trax_activations.cli.errors import MISTAKES, UsageError
from trax_activations.cli.steps_bar import StepsBar

if TYPE_CHECKING:
    from trax_activations.experiments import Candidate, Outcome, Plan

__all__ = ["add_to", "run"]

_EXAMPLES = """\
examples:
  trax-activations compare --config_file=digits_mlp --activations=Relu,ParametricRelu,Gelu
  trax-activations compare --config_file=digits_mlp --activations='Relu,LeakyRelu(0.2)'
  trax-activations compare --config_file=digits_mlp --activations=all --seeds=3 --n_jobs=8
  trax-activations compare --config_file=resnet.gin --replace='Relu=ParametricRelu,Gelu'

Every run has the same steps; of a seed, all have the same data in the same order and, but for the
activations themselves, the same initial weights. Interrupted, the same command resumes where it
was; with more activations or seeds it adds them.
"""
_ACTIVATIONS = """\
names of layers or functions, with arguments if need be; the first is the baseline; or 'all'"""
_REPLACE = """\
compare in the place of these activations of the model, whether or not the config has a parameter
for them: a name, a pattern of paths, or 'all'; 'Relu=ParametricRelu,Gelu' also names the others"""
_PARAMETER = """\
gin parameter that takes the activation, such as MLP.activation_fn; by default every one that the
config binds to an activation"""
_TRAIN_BATCHES = """\
batches of training data on which each evaluation also measures; by default as many as hold as many
examples as evaluation has"""


def add_to(commands: Any) -> None:
    """Adds the command to what ``add_subparsers`` returns."""
    parser = commands.add_parser(
        "compare",
        help="compare activations in one experiment",
        usage="trax-activations compare --config_file=FILE --activations=NAMES [--seeds=N] "
        "[--output_dir=FOLDER]",
        description="Trains the model of a gin config with each of several activations and seeds,\n"
        "and reports which is best, and whether that is more than noise.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for flag, metavar, text, settings in _FLAGS:
        parser.add_argument(f"--{flag}", metavar=metavar, help=text, **settings)
    compilation_cache.add_flag(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compares activations, and writes the report; returns 1 if a run failed, else 0."""
    print("Loading Trax and JAX ...", flush=True)
    compilation_cache.enable(options.compilation_cache)
    planned, baseline, left_out = _planned(options)
    outcomes = _execute(planned, options)
    asked = {
        "config": " ".join(options.config_file),
        "bindings": "; ".join(options.config),
        "activation set by": ", ".join(planned.slots),
        "in the place of": options.replace,
        "steps of each run": f"{planned.steps:,}",
        "seeds": ", ".join(map(str, range(options.seeds))),
    }
    report = experiments.Report(outcomes, baseline, planned.metric, asked, left_out)
    folder = Path(options.output_dir).expanduser()
    files = report.write(folder)
    print(f"\n{report.text()}\n", *(f"  {file}" for file in files), sep="\n")
    failed = [outcome for outcome in outcomes if outcome.reason]
    # Of all activations, some cannot be used here.
    expected = report.unusable if _are_all(options) else {}
    unexpected = [outcome for outcome in failed if outcome.label not in expected]
    if not unexpected and len(failed) < len(outcomes):
        return 0
    first = (unexpected or failed)[0]
    print(
        f"trax-activations: error: {len(failed)} of {len(outcomes)} runs failed; "
        f"{first.label}, seed {first.seed}: {first.reason}",
        file=sys.stderr,
    )
    return 1


def _planned(options: argparse.Namespace) -> "tuple[Plan, str, dict[str, str]]":
    """The plan, the label of the baseline, and what 'all' leaves out, with reasons."""
    from trax_activations._trax import base
    from trax_activations.cli.config import configure, parsed_flags
    from trax_activations.experiments.config_errors import explain

    _take_replacements(options)
    given = {name: getattr(options, name) for name in ("config_file", "config", "data_dir")}
    try:
        with parsed_flags(**given) as values:
            configure(values)
            chosen, left_out = _candidates(options)
            planned = experiments.plan(
                chosen,
                options.seeds,
                Path(options.output_dir).expanduser(),
                _slot(options, chosen),
                options.train_batches,
                options.metric,
            )
        planned.write_config()
    except (*MISTAKES, base.LayerError) as error:
        raise UsageError(explain(error)) from error
    return planned, chosen[0].label, left_out


def _take_replacements(options: argparse.Namespace) -> None:
    """Reads ``--replace='Relu=Gelu,Mish'`` as ``--replace=Relu --activations=Relu,Gelu,Mish``."""
    from trax_activations import registry

    options.replace, _, others = (part.strip() for part in options.replace.partition("="))
    if options.replace and options.parameter:
        raise UsageError("--parameter and --replace both say where the activations go. Give one.")
    if not others:
        return
    if options.activations:
        raise UsageError(
            "--activations and --replace both name activations. Write --replace=Relu with "
            "--activations, or --replace='Relu=ParametricRelu' alone."
        )
    with contextlib.suppress(KeyError):  # Of 'all' or a pattern the first other is the baseline.
        others = f"{registry.get(options.replace).layer_name},{others}"
    options.activations = others


def _slot(options: argparse.Namespace, chosen: "list[Candidate]") -> str | None:
    """The parameter that takes the activation, if the flags say which."""
    from trax_activations.replacement import bind_slot

    if not options.replace:
        return options.parameter
    return bind_slot(options.replace, f"@trax_activations.{chosen[0].layer}")


def _candidates(options: argparse.Namespace) -> "tuple[list[Candidate], dict[str, str]]":
    """What to compare, the baseline first; and what 'all' leaves out, with reasons."""
    left_out: dict[str, str] = {}
    if _are_all(options):
        chosen, left_out = experiments.elementwise()
    else:
        chosen = [experiments.candidate(text) for text in experiments.split(options.activations)]
    if options.baseline or left_out:  # The first of all would be one by the alphabet.
        chosen.insert(0, experiments.candidate(options.baseline or "Relu"))
    if not chosen:
        raise UsageError("no activations. Give --activations=Relu,ParametricRelu, or 'all'.")
    return list(dict.fromkeys(chosen)), left_out


def _are_all(options: argparse.Namespace) -> bool:
    return bool(options.activations.strip().lower() == "all")


def _execute(planned: "Plan", options: argparse.Namespace) -> "list[Outcome]":
    """Runs all runs; reports each as it ends, and shows how many steps there are to come."""
    total = len(planned.runs)
    where = options.dask or f"{experiments.number_of_jobs(options.n_jobs, total)} at a time"
    print(f"{total} runs of {planned.steps:,} steps, {where}", flush=True)
    outcomes: list[Outcome] = []
    with StepsBar(planned).watching() as bar:
        try:
            for outcome in experiments.execute(planned.runs, options.n_jobs, options.dask):
                outcomes.append(outcome)
                line = f"{len(outcomes):{len(str(total))}}/{total}  {_line(outcome, planned)}"
                bar.end(outcome, line)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"interrupted after {len(outcomes)} of {total} runs. "
                "The same command goes on where they are."
            ) from None
        except (ImportError, OSError) as error:
            raise UsageError(str(error)) from error
    order = {(run.label, run.seed): index for index, run in enumerate(planned.runs)}
    return sorted(outcomes, key=lambda outcome: order[outcome.label, outcome.seed])


def _line(outcome: "Outcome", planned: "Plan") -> str:
    what, metric = f"{outcome.label}, seed {outcome.seed}", planned.metric
    if outcome.reason:
        return f"{what}: failed: {outcome.reason}"
    return f"{what}: {metric} {outcome.last('held_out', metric):.4f}, {outcome.seconds:.1f} s"


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"must be a whole number, 1 or more; received {text!r}")
    return int(text)


_FLAGS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("config_file", "FILE", "gin config, as for train", {"action": "append", "default": []}),
    ("config", "BINDING", "gin binding, as for train", {"action": "append", "default": []}),
    ("activations", "NAMES", _ACTIVATIONS, {"default": ""}),
    ("replace", "WHAT", _REPLACE, {"default": ""}),
    ("seeds", "N", "number of seeds (5)", {"type": _positive, "default": 5}),
    ("baseline", "NAME", "what to test the others against; of 'all', Relu", {}),
    ("metric", "NAME", "what to compare by (accuracy, else the first)", {}),
    ("parameter", "NAME", _PARAMETER, {}),
    ("train_batches", "N", _TRAIN_BATCHES, {"type": _positive}),
    ("n_jobs", "N", "runs at a time (one per core; one on a GPU)", {"type": _positive}),
    ("dask", "ADDRESS", "run on the Dask cluster of this scheduler, tcp://HOST:PORT", {}),
    ("data_dir", "FOLDER", "where data sets are kept", {}),
    ("output_dir", "FOLDER", "for runs and report (runs/compare)", {"default": "runs/compare"}),
)
