"""The command ``trax-activations``: train, compare, convert, export, suggest, list, show and plot.

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
from trax_activations._suggestions import did_you_mean
from trax_activations.cli import compare, convert, export, listing, plot, show, suggest, train
from trax_activations.cli.errors import UsageError
from trax_activations.cli.processes import are_joined

__all__ = ["main"]

_COMMANDS = (train, compare, convert, export, suggest, listing, show, plot)


class _Parser(argparse.ArgumentParser):
    """Reports errors as all others are reported."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. See {self.prog} --help.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: Its arguments; by default those of the process.

    Returns:
        Exit status: 0; 1 if training stops at a NaN, a file cannot be written, or nobody reads the
        output; 2 for a mistake of the user's; 130 if interrupted, 143 if terminated. Each is
        reported in one line.
    """
    status = _reported(sys.argv[1:] if arguments is None else arguments)
    if status and are_joined():
        # At its end JAX would wait for the other processes, which wait for this one.
        sys.stdout.flush()
        os._exit(status)
    return status


def _reported(arguments: Sequence[str]) -> int:
    """Runs the command; an error is one line on stderr and a status."""
    try:
        return _run(arguments)
    except UsageError as error:
        status, message = 2, f"error: {error}"
    except FloatingPointError as error:  # Training met a NaN; the loop has said where.
        status, message = 1, f"error: {error}"
    except BrokenPipeError:  # As by `| head`: nobody reads on. Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:  # A full disk, say; the message tells what became of the run.
        status, message = 1, f"error: {error.strerror or error}"
    except KeyboardInterrupt as interrupt:
        status = getattr(interrupt, "status", 130)
        message = f"{interrupt}" or "interrupted."
    print(f"trax-activations: {message}", file=sys.stderr)
    return status


def _run(arguments: Sequence[str]) -> int:
    # TensorFlow complains where there is no GPU. It reads this when it loads; JAX sets it too.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser, commands = _parsers()
    if not arguments:
        parser.print_help()
        return 0
    name = arguments[0]
    if not name.startswith("-") and name not in commands:
        near, known = did_you_mean(name, commands), ", ".join(commands)
        raise UsageError(f"unknown command {name!r}.{near} There are: {known}.")
    try:
        options, trax_flags = parser.parse_known_args(arguments)
    except SystemExit as done:  # After --help or --version.
        return int(done.code or 0)
    if name == "train":
        options.trax_flags = trax_flags
    elif trax_flags:
        parser.error(f"unrecognized arguments: {' '.join(trax_flags)}")
    return options.run(options) or 0


def _parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser, and those of the commands by name."""
    parser = _Parser(
        prog="trax-activations",
        description="Activation functions for Trax: train with them, look them up.",
        epilog="'trax-activations COMMAND --help' tells more of a command.",
    )
    parser.add_argument("--version", action="version", version=trax_activations.__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in _COMMANDS:
        command.add_to(commands)
    return parser, dict(commands.choices)
