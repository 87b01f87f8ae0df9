"""``trax-activations show``: all that is known of one activation."""

import argparse
import inspect
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from trax_activations.cli import text
from trax_activations.cli.errors import UsageError

if TYPE_CHECKING:
    from trax_activations.registry import ActivationSpec

__all__ = ["add_to", "entry", "run"]


def add_to(commands: Any) -> None:
    """Adds the command to what ``add_subparsers`` returns."""
    parser = commands.add_parser(
        "show",
        help="tell all about one activation",
        description="Tells all about one activation. On a terminal it is drawn too, if plotext is "
        "installed.",
    )
    parser.add_argument("name", metavar="NAME", help="as gelu, swish or ParametricRelu")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Prints the entry."""
    from trax_activations import registry
    from trax_activations.cli import curves

    try:
        spec = registry.get(options.name)
    except registry.UnknownActivationError as error:
        raise UsageError(f"{error}".partition(" See ")[0] + " See trax-activations list.") from None
    width = text.columns()
    print(entry(spec, width))
    if sys.stdout.isatty() and (picture := curves.picture(spec, width)):
        print(f"\n{picture}")


def entry(spec: "ActivationSpec", width: int) -> str:
    """All that is known of an activation; the docstring of the function comes last."""
    rows = {
        "layer": f"trax_activations.{spec.layer_name}",
        "gin": f"@trax_activations.{spec.layer_name}",
        "function": f"trax_activations.functional.{spec.name}{_arguments(spec)}",
        "other names": ", ".join(spec.aliases),
        "learns": ", ".join(
            f"{parameter.name}, initially {_initial(parameter)}"
            + (" (one in all, or one per channel)" if parameter.per_channel else "")
            for parameter in spec.parameters
            if parameter.learned
        ),
        "random": "in training" if spec.random else "",
        "limits": "{} at −∞, {} at ∞".format(*map(_number, spec.limits)) if spec.limits else "",
        "paper": spec.paper,
    }
    given = [(key, value) for key, value in rows.items() if value]
    wide = max(width - 15, 20)
    table = tabulate(given, tablefmt="plain", disable_numparse=True, maxcolwidths=[None, wide])
    docstring = text.plain(inspect.getdoc(spec.function) or "", width)
    return "\n\n".join([spec.layer_name, textwrap.indent(table, "  "), docstring])


def _number(value: float) -> str:
    return f"{value:g}".replace("inf", "∞").replace("-", "−")


def _initial(parameter: Any) -> str:
    """The initial value in words, as '0.25', '(1, 0.5)' or 'from 0 to 1'."""
    from trax_activations._spec import Normal, Uniform

    if isinstance(parameter.drawn, Uniform):
        return f"from {parameter.drawn.low:g} to {parameter.drawn.high:g}"
    if isinstance(parameter.drawn, Normal):
        return f"normal around {parameter.drawn.mean:g} ± {parameter.drawn.stddev:g}"
    if isinstance(parameter.initial, tuple):
        return "(" + ", ".join(f"{value:g}" for value in parameter.initial) + ")"
    return f"{parameter.initial:g}"


def _arguments(spec: "ActivationSpec") -> str:
    """The arguments and their defaults, without types."""
    signature = inspect.signature(spec.function)
    empty = inspect.Parameter.empty
    bare = [each.replace(annotation=empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=empty))
