"""Layers for activations that need no class of their own: no weights, no randomness, no mode."""

import inspect
from typing import Any

from trax_activations import _spec
from trax_activations.layers import _checks
from trax_activations.layers._base import Activation


def layer_class(
    spec: _spec.Activation, module: str, layer_name: str | None = None
) -> type[Activation]:
    """Makes the layer class of an activation out of its record.

    Args:
        spec: An activation without learned parameters that is not random.
        module: Name of the module that the class is to belong to.
        layer_name: Name of the class; by default the record's first.

    Returns:
        A class whose arguments are the function's hyperparameters, with the same defaults.

    Raises:
        TypeError: If the activation learns or is random: then it wants a class of its own.

    Example:
        >>> from trax_activations import registry
        >>> layer_class(registry.get("leaky_relu"), __name__)(negative_slope=0.2)
        LeakyRelu(negative_slope=0.2)
    """
    if spec.parameters or spec.random:
        raise TypeError(
            f"{spec.name!r} learns or is random: write a class {spec.layer_name} in "
            f"layers/_{spec.family}.py, since its weights or mode cannot be derived."
        )
    signature = inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
            for name, default in spec.hyperparameters.items()
        ]
    )

    layer_name = layer_name or spec.layer_name

    def __init__(self: Activation, *args: Any, **kwargs: Any) -> None:
        kwargs = {spec.argument_aliases.get(name, name): value for name, value in kwargs.items()}
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            takes = ", ".join(signature.parameters) or "no arguments"
            raise TypeError(f"{layer_name}: {error}. It takes {takes}.") from None
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            bound.arguments[name] = _checked(layer_name, name, value, spec.hyperparameters[name])
        if spec.check is not None:
            spec.check(**bound.arguments)
        Activation.__init__(self, **bound.arguments)

    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    __init__.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[own, *signature.parameters.values()]
    )
    body = {
        "__init__": __init__,
        "__doc__": inspect.getdoc(spec.function),
        "__module__": module,
        "_activation": spec,
    }
    return type(layer_name, (Activation,), body)


def _checked(layer_name: str, name: str, value: Any, default: Any) -> Any:
    """Holds a hyperparameter to the type of its default value."""
    if isinstance(default, bool):
        return _checks.check_flag(layer_name, name, value)
    if isinstance(default, float):
        return _checks.check_number(layer_name, name, value)
    if isinstance(default, int):
        check = _checks.check_axis if name == "axis" else _checks.check_count
        return check(layer_name, name, value)
    return value
