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

import difflib

from trax_activations import functional as functional  # Registers every function.
from trax_activations._spec import _ACTIVATIONS, _ALIASES, Activation

__all__ = ["Activation", "get", "layer_names", "names", "specs"]


def names() -> tuple[str, ...]:
    """Names of all activations, sorted, without aliases."""
    return tuple(sorted(_ACTIVATIONS))


def specs() -> tuple[Activation, ...]:
    """Records of all activations, sorted by name."""
    return tuple(_ACTIVATIONS[name] for name in names())


def layer_names() -> tuple[str, ...]:
    """Names of the layers of all activations, sorted."""
    return tuple(sorted(spec.layer_name for spec in specs()))


def get(name: str) -> Activation:
    """Finds an activation by its name, an alias, or the name of its layer.

    Args:
        name: As 'gelu', 'swish' or 'ParametricRelu'.

    Returns:
        The record; calling it applies the function.

    Raises:
        KeyError: If there is no such activation; the message suggests near names.
    """
    name_ = _ALIASES.get(name, name)
    if name_ in _ACTIVATIONS:
        return _ACTIVATIONS[name_]
    by_layer = {spec.layer_name: spec for spec in specs()}
    if name in by_layer:
        return by_layer[name]
    known = [*_ACTIVATIONS, *_ALIASES, *by_layer]
    near = difflib.get_close_matches(name, known, n=1)
    suggestion = f" Did you mean {near[0]!r}?" if near else ""
    raise UnknownActivationError(
        f"Unknown activation {name!r}.{suggestion} See trax_activations.registry.names()."
    )


class UnknownActivationError(KeyError):
    """No activation has this name."""

    def __str__(self) -> str:
        """The message as it is: KeyError would quote it."""
        return str(self.args[0])
