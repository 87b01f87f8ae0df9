"""Registers our names with gin so that every gin config written for Trax still reads as before."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import gin

from trax_activations import registry
from trax_activations._trax._gin_names import is_of_rl

MODULE = "trax_activations"

_Configurable = TypeVar("_Configurable", bound=Callable[..., Any])


def configurable(target: _Configurable, name: str | None = None) -> _Configurable:
    """Makes a class or function gin-configurable as ``trax_activations.<name>``.

    ``mode`` can never be bound: it belongs to the task that a model serves. A short name that
    Trax or something else holds (``Relu``, ``ThresholdedLinearUnit``) stays with its holder, so
    ``@Relu`` in a Trax config is what it always was and ours is ``@trax_activations.Relu``.

    Args:
        target: Class or function; a class is configured in place.
        name: Name under the module; by default the target's own.

    Returns:
        The configurable: the same class, or the wrapped function.

    Example:
        >>> import gin
        >>> @configurable
        ... def slope_of_the_docs(a=0.25):
        ...     return a
        >>> _ = gin.parse_config("trax_activations.slope_of_the_docs.a = 0.5")
        >>> slope_of_the_docs()
        0.5
    """
    name = name or target.__name__
    taken = is_of_rl(name) or bool(gin.config._REGISTRY.matching_selectors(name))
    denylist = ["mode"] if "mode" in inspect.signature(target).parameters else None
    registered: _Configurable = gin.configurable(name, module=MODULE, denylist=denylist)(target)
    if taken:
        _yield_short_name(name)
    return registered


def name_activations() -> None:
    """Takes names of activations, ``MLP.activation_fn = 'gelu'``, for references to their layers.

    Wherever gin binds text to a parameter with 'activation' in its name.

    Raises:
        UnknownActivationError: If no activation has that name.
    """
    for (scope, selector), parameters in list(gin.config._CONFIG.items()):
        for name, value in list(parameters.items()):
            if isinstance(value, str) and "activation" in name:
                owner = f"{scope}/{selector}" if scope else selector
                layer = registry.get(value).layer_name
                with gin.unlock_config():
                    gin.parse_config(f"{owner}.{name} = @{MODULE}.{layer}")


def _yield_short_name(name: str) -> None:
    """Leaves ``name`` to its earlier holder: ours is then found by its full name only.

    gin has no public way to say so: it looks up short names in a tree of name components whose
    leaves hold full names, and passes over a leaf without one (``SelectorMap.matching_selectors``
    of gin-config 0.5.0). Full names are looked up in a dictionary, before the tree.
    """
    leaf = gin.config._REGISTRY._selector_tree[name][MODULE]
    leaf[gin.selector_map._TERMINAL_KEY] = None
