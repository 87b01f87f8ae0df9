"""Finds activations by name.

Example:
    >>> from trax_activations import registry
    >>> registry.get("parametric_relu").paper
    'He et al., Delving Deep into Rectifiers, arXiv:1502.01852 (2015)'
    >>> "prelu" in registry.names()
    False
    >>> registry.get("prelu").name
    'parametric_relu'
"""

import ast
from typing import Any

from trax_activations import functional as functional  # Registers every function.
from trax_activations._spec import _ACTIVATIONS, _ALIASES, ActivationSpec
from trax_activations._suggestions import did_you_mean

__all__ = ["ActivationSpec", "get", "layer_names", "names", "parse", "specs"]


def names() -> tuple[str, ...]:
    """Names of all activations, sorted, without aliases."""
    return tuple(sorted(_ACTIVATIONS))


def specs() -> tuple[ActivationSpec, ...]:
    """Records of all activations, sorted by name."""
    return tuple(_ACTIVATIONS[name] for name in names())


def layer_names() -> tuple[str, ...]:
    """Names of the layers of all activations, with those that are Trax's for the same, sorted."""
    return tuple(sorted(_by_layer()))


def _by_layer() -> dict[str, ActivationSpec]:
    return {name: spec for spec in specs() for name in (spec.layer_name, *spec.layer_aliases)}


def _bare(name: str) -> str:
    """A name without its style: 'LeakyReLU', 'leaky_relu' and 'leakyrelu' are one."""
    return name.replace("_", "").lower()


def get(name: str) -> ActivationSpec:
    """Finds an activation by its name, an alias, or the name of its layer, in any style.

    Args:
        name: As 'gelu', 'swish', 'ParametricRelu', or as PyTorch's 'LeakyReLU' and 'hardswish'.

    Returns:
        The record; calling it applies the function.

    Raises:
        KeyError: If there is no such activation; the message suggests near names.
        TypeError: If the name is no string.
    """
    if not isinstance(name, str):
        raise TypeError(f"The name of an activation is a string, as 'gelu'; received {name!r}.")
    known = _ACTIVATIONS | {alias: _ACTIVATIONS[of] for alias, of in _ALIASES.items()} | _by_layer()
    if name in known:
        return known[name]
    by_bare_name = {_bare(each): spec for each, spec in known.items()}
    if _bare(name) in by_bare_name:
        return by_bare_name[_bare(name)]
    suggestion = did_you_mean(name, known)
    raise UnknownActivationError(
        f"Unknown activation {name!r}.{suggestion} See trax_activations.registry.names()."
    )


def parse(text: str) -> tuple[ActivationSpec, tuple[Any, ...], dict[str, Any]]:
    """Reads a name, or a call with literal arguments.

    Args:
        text: A name as for :func:`get`, with arguments of the layer or function, or without.

    Returns:
        The record, positional arguments, and named ones, under this package's names.

    Raises:
        UnknownActivationError: If no activation has this name.
        ValueError: If it is no name and no call.

    Example:
        >>> spec, args, kwargs = parse("LeakyReLU(a=0.2)")
        >>> spec.layer_name, args, kwargs
        ('LeakyRelu', (), {'negative_slope': 0.2})
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        call = tree if isinstance(tree, ast.Call) else ast.Call(tree, [], [])
        if not isinstance(call.func, ast.Name) or any(k.arg is None for k in call.keywords):
            raise SyntaxError
        args = tuple(map(ast.literal_eval, call.args))
        kwargs = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError):
        raise ValueError(
            f"cannot read the activation {text!r}. Write a name, or a name with arguments that are "
            "numbers, texts or tuples of them: LeakyRelu(negative_slope=0.2)."
        ) from None
    spec = get(call.func.id)
    aliases = spec.argument_aliases
    return spec, args, {aliases.get(name, name): value for name, value in kwargs.items()}


class UnknownActivationError(KeyError):
    """No activation has this name."""

    def __str__(self) -> str:
        """The message as it is: KeyError would quote it."""
        return str(self.args[0])
