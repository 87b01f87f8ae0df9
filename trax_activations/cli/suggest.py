"""``trax-activations suggest``: three activations to try first in a model, and why."""

import argparse
import shlex
from typing import TYPE_CHECKING, Any

from trax_activations.cli.errors import MISTAKES, UsageError

if TYPE_CHECKING:
    from trax_activations.experiments.look import Look

__all__ = ["add_to", "run"]

_DESCRIPTION = """\
Looks at the model of a gin config, and at the data of the study, and names three activations to
try first, each with its reason, and the command that compares them. It claims nothing that the data
do not say, and says where they say nothing."""


def add_to(commands: Any) -> None:
    """Adds the command to what ``add_subparsers`` returns."""
    parser = commands.add_parser(
        "suggest",
        help="name three activations to try first in a model",
        usage="trax-activations suggest --config_file=FILE",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for flag, metavar, what in (
        ("config_file", "FILE", "config"),
        ("config", "BINDING", "binding"),
    ):
        text = f"gin {what}, as for train"
        parser.add_argument(f"--{flag}", metavar=metavar, help=text, action="append", default=[])
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Prints the suggestions."""
    from trax_activations.cli.config import PACKAGED
    from trax_activations.experiments import suggestions

    print("Loading Trax and JAX ...", flush=True)
    model, has_slot = _look(options.config_file, options.config)
    study = suggestions.read(PACKAGED / "zoo" / "results.csv")
    looks = {}
    for task in study.scores if study else ():
        if (file := PACKAGED / "zoo" / f"{task}.gin").is_file():
            looks[task], _ = _look([str(file)], [])
    baseline = model.activations[0] if model.activations else "Relu"
    print(f"\nThe model has {model}.\n")
    print(*suggestions.limits(study, looks, model), "", sep="\n")
    chosen = suggestions.suggest(study, looks, model, baseline)
    if not chosen:
        print(f"By the data, no other is worth a try: all are worse than {baseline}.")
        return
    print("Try first:\n")
    for number, each in enumerate(chosen, 1):
        print(f"{number}. {each.label}: {each.reason}")
    names = ",".join([baseline, *(each.label for each in chosen)])
    where = f"--activations={names}"
    if not has_slot:  # Nothing in the config takes an activation: those of the model are replaced.
        where = f"--replace={baseline}={names.partition(',')[2]}"
    given = [f"--config_file={file}" for file in options.config_file]
    given += [f"--config={binding}" for binding in options.config]
    print(f"\n  trax-activations compare {shlex.join([*given, where, '--seeds=10'])}")


def _look(config_file: list[str], config: list[str]) -> "tuple[Look, bool]":
    """What the model of a config is like, and whether the config binds an activation."""
    import gin

    from trax_activations._trax import base
    from trax_activations.cli.config import configure, model, parsed_flags
    from trax_activations.experiments.config_errors import explain
    from trax_activations.experiments.look import look
    from trax_activations.experiments.planning import slots

    try:
        with parsed_flags(config_file=config_file, config=config) as values:
            configure(values)
            return look(model("train")), bool(slots())
    except (*MISTAKES, base.LayerError) as error:
        raise UsageError(explain(error)) from error
    finally:
        gin.clear_config()
