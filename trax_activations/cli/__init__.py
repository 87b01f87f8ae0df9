"""The command ``trax-activations``: train, compare, convert, list, show and plot.

Example:
    >>> main(["show", "tlu"])
    ThresholdedLinearUnit
    ...
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import trax_activations
from trax_activations.cli.commands import add_compare, add_plot
from trax_activations.cli.errors import UsageError, near
from trax_activations.cli.processes import are_joined, joined

__all__ = ["main"]

_TRAIN_FLAGS = """\
Trax's flags, as for `python -m trax.trainer`; each may be written --name=value or --name value:
  --config_file=FILE   gin config; a name alone is also sought in configs/. May be repeated.
  --config=BINDING     gin binding, such as 'train.steps = 200'. May be repeated; wins over files.
  --output_dir=FOLDER  where log, checkpoint, config and picture go; default: a new one in ~/trax.
                       Given the folder of an earlier run, training goes on from its checkpoint.
  --model=NAME         Trax model, such as MLP: short for --config='train.model=@trax.models.MLP'
  --dataset=NAME       data set of TensorFlow Datasets, for configs with trax.data.data_streams
  --data_dir=FOLDER    where data sets are kept
  --log_level=LEVEL    1 shows tracebacks and all that Trax logs; 0 what Trax logs; default -1
  --disable_jit, --use_tpu, --tf_xla and the others have the same effect as in Trax.

On several processes or machines, the same command on each, with an --output_dir that all can read:
  --coordinator_address=HOST:PORT  where the first process is to be found
  --num_processes=N    how many processes there are
  --process_id=I       which one this is, 0 to N - 1; only process 0 prints and writes files

examples:
  trax-activations train --config_file=digits_mlp.gin --output_dir=runs/digits
  trax-activations train --config_file=digits_mlp.gin --config='train.steps = 500'
"""


_CONVERT_EXAMPLES = """\
examples:
  trax-activations convert runs/digits/model.safetensors stock/model.pkl.gz
                       for stock Trax: model.init_from_file('stock/model.pkl.gz'), and its Loop
  trax-activations convert stock/model.pkl.gz runs/digits/model.safetensors
                       for us; a run whose output_dir has Trax's files needs no conversion
"""


class _Parser(argparse.ArgumentParser):
    """Tells errors as all others are told."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. See {self.prog} --help.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: Its arguments; by default those of the process.

    Returns:
        Exit status: 0; 1 if training stops at a NaN, a file cannot be written, or nobody reads the
        output; 2 for a mistake of the user's; 130 if interrupted. All are told in one line.
    """
    status = _told(sys.argv[1:] if arguments is None else list(arguments))
    if status and are_joined():
        # At its end JAX would wait for the other processes, which wait for this one.
        sys.stdout.flush()
        os._exit(status)
    return status


def _told(arguments: list[str]) -> int:
    """Runs the command; what goes wrong is told in one line."""
    try:
        return _run(arguments)
    except UsageError as error:
        print(f"trax-activations: error: {error}", file=sys.stderr)
        return 2
    except FloatingPointError as error:  # Training met a NaN; the loop has said where.
        print(f"trax-activations: error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # As by `| head`: nobody reads on. Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:  # A full disk, say; the message tells what became of the run.
        print(f"trax-activations: error: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as interrupt:
        print(f"trax-activations: {interrupt or 'interrupted.'}", file=sys.stderr)
        return 130


def _run(arguments: list[str]) -> int:
    parser, commands = _parsers()
    if not arguments:
        parser.print_help()
        return 0
    name = arguments[0]
    if not name.startswith("-") and name not in commands:
        known = ", ".join(commands)
        raise UsageError(f"unknown command {name!r}.{near(name, commands)} There are: {known}.")
    try:
        if name == "train" and not {"-h", "--help"} & set(arguments):
            return _train(arguments[1:])
        chosen = parser.parse_args(arguments)
    except SystemExit as done:  # After --help or --version.
        return int(done.code or 0)
    if name == "convert":
        return _convert(chosen)
    if name == "compare":
        return _compare(chosen)
    if name == "plot":
        return _plot(chosen)
    from trax_activations.cli import lookup

    print(lookup.table() if name == "list" else lookup.entry(chosen.name))
    return 0


def _train(arguments: list[str]) -> int:
    # TensorFlow, which Trax needs for files, complains where there is no GPU. It reads this when it
    # loads; JAX sets it too, so it comes before either is imported.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with joined(arguments) as rest:
        print("Loading Trax, TensorFlow and JAX ...", flush=True)
        from trax_activations.cli.train import train

        train(rest)
    return 0


def _convert(chosen: argparse.Namespace) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from trax_activations.cli.convert import convert

    convert(chosen.source, chosen.target, chosen.accept_torn)
    return 0


def _compare(options: argparse.Namespace) -> int:
    print("Loading Trax, TensorFlow and JAX ...", flush=True)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # As in _train.
    from trax_activations.cli.compare import compare

    return compare(options)


def _plot(options: argparse.Namespace) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from trax_activations.cli.plot import plot

    print(plot(options))
    return 0


def _parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    parser = _Parser(
        prog="trax-activations",
        description="Activation functions for Trax: train with them, look them up.",
        epilog="'trax-activations COMMAND --help' tells more of a command.",
    )
    parser.add_argument("--version", action="version", version=trax_activations.__version__)
    adding = parser.add_subparsers(title="commands", metavar="COMMAND")
    raw = argparse.RawDescriptionHelpFormatter
    adding.add_parser(
        "train",
        help="train a model from a gin config",
        usage="trax-activations train --config_file=FILE [--config=BINDING] [--output_dir=FOLDER]",
        description="Trains a model from a gin config, Trax's own or one with our layers.",
        epilog=_TRAIN_FLAGS,
        formatter_class=raw,
    )
    add_compare(adding)
    convert = adding.add_parser(
        "convert",
        help="convert a checkpoint for stock Trax, or from it",
        description="Converts a checkpoint of ours for stock Trax, or one of stock Trax for us.",
        epilog=_CONVERT_EXAMPLES,
        formatter_class=raw,
    )
    convert.add_argument("source", metavar="SOURCE", help="checkpoint, or folder of a run")
    convert.add_argument("target", metavar="TARGET", help="file to write, or folder for it")
    convert.add_argument(
        "--accept_torn",
        action="store_true",
        help="take files of stock Trax that were not written by one save",
    )
    adding.add_parser("list", help="list all activations", description="Lists all activations.")
    show = adding.add_parser(
        "show",
        help="tell all about one activation",
        description="Tells all about one activation.",
    )
    show.add_argument("name", metavar="NAME", help="as gelu, swish or ParametricRelu")
    add_plot(adding)
    return parser, dict(adding.choices)
