"""Layers for activations that need no class of their own: no weights, no randomness, no mode."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from trax_activations import _spec
from trax_activations.layers._base import Activation


def layer_class(
    spec: _spec.ActivationSpec, module: str, layer_name: str | None = None
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
    layer_name = layer_name or spec.layer_name
    body = {
        "__init__": constructor(
            Activation, layer_name, spec.hyperparameters, spec.argument_aliases
        ),
        "__doc__": inspect.getdoc(spec.function),
        "__module__": module,
        "_activation": spec,
    }
    return type(layer_name, (Activation,), body)


def constructor(
    parent: type[Activation],
    layer_name: str,
    defaults: Mapping[str, Any],
    aliases: Mapping[str, str] | None = None,
) -> Callable[..., None]:
    """Makes the ``__init__`` of a layer: it hands its arguments to that of the parent, by name.

    Args:
        parent: The parent class, which checks and keeps them.
        layer_name: Name of the layer, for messages.
        defaults: The arguments, in order, with their default values.
        aliases: Other names of arguments, with ours.

    Returns:
        The function, with the signature of a written one.
    """
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = inspect.Signature(
        [inspect.Parameter(name, positional, default=value) for name, value in defaults.items()]
    )

    def __init__(self: Activation, *args: Any, **kwargs: Any) -> None:
        kwargs = {(aliases or {}).get(name, name): value for name, value in kwargs.items()}
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            takes = ", ".join(defaults) or "no arguments"
            raise TypeError(f"{layer_name}: {error}. It takes {takes}.") from None
        bound.apply_defaults()
        parent.__init__(self, **bound.arguments)

    __init__.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[inspect.Parameter("self", positional), *signature.parameters.values()]
    )
    return __init__
