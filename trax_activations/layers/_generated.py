"""Makes the layer of an activation out of its record: plain, learned, and users' own."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trax_activations import _spec
from trax_activations.layers._base import Activation
from trax_activations.layers._docstrings import layer_docstring
from trax_activations.layers._learned import LearnedActivation

_POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD


def layer_class(
    spec: _spec.ActivationSpec,
    module: str,
    layer_name: str | None = None,
    metaclass: type[type] = type,
) -> type[Activation]:
    """Makes the layer class of an activation out of its record.

    Args:
        spec: An activation that is a function of its input, what it learns, hyperparameters and,
            if it is random, a key.
        module: Name of the module that the class is to belong to.
        layer_name: Name of the class; by default the record's first.
        metaclass: What the class is an instance of.

    Returns:
        A class whose arguments are initial values, hyperparameters and, if it learns, how many
        values of each parameter there are; with the defaults of the record.

    Raises:
        TypeError: If a parameter is not learned: then the layer wants a class of its own.

    Example:
        >>> from trax_activations import registry
        >>> layer_class(registry.get("leaky_relu"), __name__)(negative_slope=0.2)
        LeakyRelu(negative_slope=0.2)
    """
    if computed := [parameter.name for parameter in spec.parameters if not parameter.learned]:
        raise TypeError(
            f"{spec.name!r} takes {', '.join(computed)} from its layer, which cannot be derived: "
            f"write a class {spec.layer_name} in trax_activations/layers."
        )
    layer_name = layer_name or spec.layer_name
    parent = LearnedActivation if spec.parameters else Activation
    signature = _signature(spec)
    body = {
        "__init__": _constructor(parent, layer_name, signature, spec.argument_aliases),
        "__doc__": layer_docstring(spec, layer_name, signature),
        "__module__": module,
        "_activation": spec,
    }
    made: type[Activation] = metaclass(layer_name, (parent,), body)
    return made


def _signature(spec: _spec.ActivationSpec) -> inspect.Signature:
    """The layer's arguments, with types and default values."""
    of_function = inspect.signature(spec.function).parameters
    arguments = {p.name: _initial_value(p) for p in spec.parameters}
    arguments |= {name: of_function[name] for name in spec.hyperparameters}
    if spec.parameters:
        count = _argument("num_parameters", spec.num_parameters, _spec.Count)
        arguments = {count.name: count, **arguments, "axis": _argument("axis", -1, int)}
    return inspect.Signature(
        [argument.replace(kind=_POSITIONAL) for argument in arguments.values()],
        return_annotation=None,
    )


def _initial_value(parameter: _spec.Parameter) -> inspect.Parameter:
    """The argument for a weight's initial value: by default the record's, or None to draw it."""
    annotation: Any = Sequence[float] if isinstance(parameter.initial, tuple) else float
    if parameter.drawn is not None:
        return _argument(parameter.name, None, annotation | None)
    return _argument(parameter.name, parameter.initial, annotation)


def _argument(name: str, default: Any, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, _POSITIONAL, default=default, annotation=annotation)


def _constructor(
    parent: type[Activation],
    layer_name: str,
    signature: inspect.Signature,
    aliases: Mapping[str, str],
) -> Callable[..., None]:
    """Makes the ``__init__`` of a layer: it hands its arguments to that of the parent, by name."""

    def __init__(self: Activation, *args: Any, **kwargs: Any) -> None:
        kwargs = {aliases.get(name, name): value for name, value in kwargs.items()}
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            takes = ", ".join(signature.parameters) or "no arguments"
            raise TypeError(f"{layer_name}: {error}. It takes {takes}.") from None
        bound.apply_defaults()
        parent.__init__(self, **bound.arguments)

    __init__.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[inspect.Parameter("self", _POSITIONAL), *signature.parameters.values()]
    )
    return __init__
