"""``trax-activations compare``: one experiment, many activations and seeds."""

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trax_activations import experiments
from trax_activations.cli import comparing, compilation_cache
from trax_activations.cli.errors import MISTAKES, UsageError

if TYPE_CHECKING:
    from trax_activations.experiments import Candidate, Outcome, Plan, Race, Report

__all__ = ["add_to", "run"]

_EXAMPLES = """\
examples:
  trax-activations compare --config_file=digits_mlp --activations=Relu,ParametricRelu,Gelu
  trax-activations compare --config_file=digits_mlp --activations='Relu,LeakyRelu(0.2)'
  trax-activations compare --config_file=digits_mlp --activations=all --seeds=3 --n_jobs=8
  trax-activations compare --config_file=digits_mlp --activations=all --seeds=10 --race
  trax-activations compare --config_file=resnet.gin --replace='Relu=ParametricRelu,Gelu'

Every run has the same steps; of a seed, all have the same data in the same order and, but for the
activations themselves, the same initial weights. Interrupted, the same command resumes where it
was; with more activations or seeds it adds them. The seeds of an activation are trained together
where that is faster.
"""
_CONFIG_FILE = """\
gin config, as for train; given again, another task, and the report has ranks over all"""
_ACTIVATIONS = """\
names of layers or functions, with arguments if need be; the first is the baseline; or 'all'"""
_RACE = """\
look at a quarter and at half of the steps, and train no further what is worse than another beyond
doubt: with a probability of 95 %%, nobody leaves who is not worse there; at least 5 seeds"""
_REPLACE = """\
compare in the place of these activations of the model, whether or not the config has a parameter
for them: a name, a pattern of paths, or 'all'; 'Relu=ParametricRelu,Gelu' also names the others"""
_PARAMETER = """\
gin parameter that takes the activation, such as MLP.activation_fn; by default every one that the
config binds to an activation"""
_TRAIN_BATCHES = """\
batches of training data on which each evaluation also measures; by default as many as hold as many
examples as evaluation has"""

_VECTORIZE = """\
whether to train the seeds of an activation together, by one program, where that is possible and
faster (auto); the results are the same but for rounding"""


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
        named = {"metavar": metavar} if metavar else {}
        parser.add_argument(f"--{flag}", help=text, **named, **settings)
    compilation_cache.add_flag(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compares activations, and writes the report; returns 1 if a run failed, else 0."""
    print("Loading Trax and JAX ...", flush=True)
    compilation_cache.enable(options.compilation_cache)
    _take_replacements(options)
    folder = Path(options.output_dir).expanduser()
    # One task as ever; of several, each has a folder of its own.
    tasks = _tasks(options)
    of_task = {task: folder / task if len(tasks) > 1 else folder for task in tasks}
    planned = {}
    for task, files in tasks.items():
        try:
            planned[task] = _planned(options, files, of_task[task])
        except UsageError as error:
            if len(tasks) == 1:
                raise
            raise UsageError(
                f"{files[0]}: {error} Each --config_file is a task by itself; one that adds to "
                "another begins with a line include 'other.gin'."
            ) from error
    reports = {}
    for task, (plan, baseline, left_out, race) in planned.items():
        plan.write_config()
        if len(tasks) > 1:
            print(f"\n{task}: ", end="")
        outcomes = comparing.outcomes(plan, options, race)
        asked = {
            "config": " ".join(tasks[task]),
            "bindings": "; ".join(options.config),
            "activation set by": ", ".join(plan.slots),
            "in the place of": options.replace,
            "steps of each run": f"{plan.steps:,}",
            "seeds": ", ".join(map(str, range(options.seeds))),
            "trained": experiments.how_trained(outcomes),
            "race": race.description if race else "",
        }
        reports[task] = experiments.Report(outcomes, baseline, plan.metric, asked, left_out, race)
    (first, *others) = reports.values()
    report = experiments.JointReport(reports) if others else first
    written = report.write(folder)
    print(f"\n{report.text()}\n", *(f"  {file}" for file in written), sep="\n")
    return _status(reports, of_all=_are_all(options))


def _tasks(options: argparse.Namespace) -> dict[str, list[str]]:
    """The config files by the name of their task."""
    files: list[str] = options.config_file
    if len(files) < 2:
        return {"": files}
    try:
        experiments.require_posthocs()
    except ImportError as error:
        raise UsageError(str(error)) from error
    tasks = {Path(file).stem: [file] for file in files}
    if len(tasks) < len(files):
        raise UsageError(
            f"of --config_file={', '.join(files)} two have one name. Tasks are told apart by the "
            "names of their files: rename one."
        )
    return tasks


def _status(reports: "dict[str, Report]", of_all: bool) -> int:
    """1 if a run failed that should not, which is told, else 0."""
    outcomes: list[Outcome] = []
    unexpected: list[Outcome] = []
    for report in reports.values():
        outcomes += report.outcomes
        # Of all activations, some cannot be used here.
        expected = report.unusable if of_all else {}
        unexpected += [x for x in report.outcomes if x.reason and x.label not in expected]
    failed = [outcome for outcome in outcomes if outcome.reason]
    if not unexpected and len(failed) < len(outcomes):
        return 0
    first = (unexpected or failed)[0]
    print(
        f"trax-activations: error: {len(failed)} of {len(outcomes)} runs failed; "
        f"{first.label}, seed {first.seed}: {first.reason}",
        file=sys.stderr,
    )
    return 1


def _planned(
    options: argparse.Namespace, config_file: list[str], folder: Path
) -> "tuple[Plan, str, dict[str, str], Race | None]":
    """The plan, the label of the baseline, what 'all' leaves out, with reasons, and the race."""
    from trax_activations._trax import base
    from trax_activations.cli.config import configure, parsed_flags
    from trax_activations.experiments.config_errors import explain

    given = {name: getattr(options, name) for name in ("config", "data_dir")}
    try:
        with parsed_flags(config_file=config_file, **given) as values:
            configure(values)
            chosen, left_out = _candidates(options)
            planned = experiments.plan(
                chosen,
                options.seeds,
                folder,
                _slot(options, chosen),
                options.train_batches,
                options.metric,
            )
        race = experiments.Race(planned, chosen[0].label) if options.race else None
    except (*MISTAKES, base.LayerError) as error:
        raise UsageError(explain(error)) from error
    return planned, chosen[0].label, left_out, race


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


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"must be a whole number, 1 or more; received {text!r}")
    return int(text)


_FLAGS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("config_file", "FILE", _CONFIG_FILE, {"action": "append", "default": []}),
    ("config", "BINDING", "gin binding, as for train", {"action": "append", "default": []}),
    ("activations", "NAMES", _ACTIVATIONS, {"default": ""}),
    ("replace", "WHAT", _REPLACE, {"default": ""}),
    ("seeds", "N", "number of seeds (5)", {"type": _positive, "default": 5}),
    ("race", "", _RACE, {"action": "store_true"}),
    ("baseline", "NAME", "what to test the others against; of 'all', Relu", {}),
    ("metric", "NAME", "what to compare by (accuracy, else the first)", {}),
    ("parameter", "NAME", _PARAMETER, {}),
    ("train_batches", "N", _TRAIN_BATCHES, {"type": _positive}),
    ("n_jobs", "N", "runs at a time (one per core; one on a GPU)", {"type": _positive}),
    ("vectorize", "auto|never", _VECTORIZE, {"choices": ("auto", "never"), "default": "auto"}),
    ("dask", "ADDRESS", "run on the Dask cluster of this scheduler, tcp://HOST:PORT", {}),
    ("data_dir", "FOLDER", "where data sets are kept", {}),
    ("output_dir", "FOLDER", "for runs and report (runs/compare)", {"default": "runs/compare"}),
)
