"""``trax-activations list``: a line for each activation."""

import sys
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from trax_activations.cli import text

if TYPE_CHECKING:
    from trax_activations.registry import ActivationSpec

__all__ = ["add_to", "table"]


def add_to(commands: Any) -> None:
    """Adds the command to what ``add_subparsers`` returns."""
    parser = commands.add_parser(
        "list", help="list all activations", description="Lists all activations."
    )
    parser.set_defaults(run=lambda _: print(table()))


def table() -> str:
    """A line for each activation: name, summary, what it learns.

    Example:
        >>> table().splitlines()[0].split()
        ['name', 'what', 'it', 'is']
    """
    from trax_activations import registry

    rows = [(spec.name, text.inline(spec.summary) + _kind(spec)) for spec in registry.specs()]
    names = max(len(name) for name, _ in rows)
    # Elsewhere a line is a line, for `grep`.
    width = max(text.columns() - names - 2, 20) if sys.stdout.isatty() else None
    head = ("name", "what it is")
    return tabulate(rows, head, "plain", disable_numparse=True, maxcolwidths=[None, width])


def _kind(spec: "ActivationSpec") -> str:
    learned = ", ".join(each.name for each in spec.parameters if each.learned)
    return f" Learns {learned}." if learned else " Random in training." if spec.random else ""
