"""What ``list`` and ``show`` print: the registry, without Trax."""

import inspect

from trax_activations import registry
from trax_activations._spec import Normal, Parameter, Uniform
from trax_activations.cli.errors import UsageError

__all__ = ["entry", "found", "table"]


def table() -> str:
    """A line for each activation: name, what it learns, summary.

    Example:
        >>> table().splitlines()[0].split()
        ['name', 'what', 'it', 'is']
    """
    rows = [(spec.name, _kind(spec), spec.summary) for spec in registry.specs()]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    return "\n".join(
        f"{name.ljust(widths[0])}  {kind.ljust(widths[1])}  {summary}"
        for name, kind, summary in [("name", "", "what it is"), *rows]
    )


def entry(name: str) -> str:
    """All that is known of one activation.

    Args:
        name: Its name, an alias, or the name of its layer.

    Returns:
        Several lines; the docstring of the function comes last.

    Raises:
        UsageError: If there is no such activation.
    """
    spec = found(name)
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
        "limits": "{:g} at -inf, {:g} at inf".format(*spec.limits) if spec.limits else "",
        "paper": spec.paper,
    }
    lines = [f"  {key.ljust(13)}{value}" for key, value in rows.items() if value]
    docstring = inspect.getdoc(spec.function) or ""
    return "\n".join([spec.layer_name, "", *lines, "", docstring])


def _initial(parameter: Parameter) -> str:
    """The initial value in words, as '0.25', '(1, 0.5)' or 'from 0 to 1'."""
    if isinstance(parameter.drawn, Uniform):
        return f"from {parameter.drawn.low:g} to {parameter.drawn.high:g}"
    if isinstance(parameter.drawn, Normal):
        return f"normal around {parameter.drawn.mean:g} ± {parameter.drawn.stddev:g}"
    if isinstance(parameter.initial, tuple):
        return "(" + ", ".join(f"{value:g}" for value in parameter.initial) + ")"
    return f"{parameter.initial:g}"


def found(name: str) -> registry.ActivationSpec:
    """The record of an activation.

    Args:
        name: Its name, an alias, or the name of its layer.

    Returns:
        The record.

    Raises:
        UsageError: If there is no such activation.
    """
    try:
        return registry.get(name)
    except registry.UnknownActivationError as error:
        raise UsageError(f"{error}".partition(" See ")[0] + " See trax-activations list.") from None


def _kind(spec: registry.ActivationSpec) -> str:
    if spec.parameters:
        return "learns " + ", ".join(p.name for p in spec.parameters if p.learned)
    return "random" if spec.random else ""


def _arguments(spec: registry.ActivationSpec) -> str:
    """The arguments and their defaults, without types."""
    signature = inspect.signature(spec.function)
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    return str(inspect.Signature(bare))
