"""Your own activation as a layer, made of a function in ``jax.numpy``."""

import copyreg
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any, overload

import gin

from trax_activations import _checks, _spec, registry
from trax_activations._gin import MODULE, configurable
from trax_activations._trax import base
from trax_activations.functional._custom import Function, checked_function
from trax_activations.functional._host.function import name_of
from trax_activations.layers._base import Activation
from trax_activations.layers._generated import layer_class
from trax_activations.layers._learned import LearnedActivation


@overload
def activation(
    fn: Function,
    *,
    parameters: Mapping[str, float] | None = None,
    name: str | None = None,
    replace: bool = False,
    **record: Any,
) -> type[Activation]: ...


@overload
def activation(
    *,
    parameters: Mapping[str, float] | None = None,
    name: str | None = None,
    replace: bool = False,
    **record: Any,
) -> Callable[[Function], type[Activation]]: ...


def activation(
    fn: Function | None = None,
    *,
    parameters: Mapping[str, float] | None = None,
    name: str | None = None,
    replace: bool = False,
    **record: Any,
) -> Any:
    r"""Makes a layer of a function in ``jax.numpy``; also as a decorator.

    .. math::
        y = f(x, \theta)

    The layer stands in the registry beside those of this package, and like them is found by its
    name, is configured by gin as ``trax_activations.<Name>``, and takes a learned parameter in one
    value or one per channel. Its docstring is the function's. As ``layer.function`` there is the
    function itself, ``y = function(x, *parameters, **hyperparameters)``, which works on every
    floating-point type and refuses others: it computes in at least float32.

    Args:
        fn: ``fn(x, ...)``, differentiable by JAX, whose result has the shape of ``x``. Arguments
            with default values are hyperparameters of the layer. Where there is an argument
            ``key``, the second, it gets a random key; and in ``mode='train'``, if it has that,
            the layer's mode, so that it can be random in training only.
        parameters: Arguments of ``fn`` to be learned, with initial values.
        name: Name in the registry, in snake_case; by default that of ``fn``.
        replace: Whether it may take the place of an earlier one of this name that was made in this
            way, as when a cell of a notebook is run again.
        **record: What else is known of it: ``paper``, ``kinks``, ``limits``, ``monotone``,
            ``aliases``, as in :class:`trax_activations.registry.ActivationSpec`.

    Returns:
        The layer's class; without ``fn``, a decorator that returns it.

    Raises:
        TypeError: If ``fn`` has other arguments than it may have, or cannot be traced by JAX.
        ValueError: If its result has another shape, or the name is taken.

    Example:
        >>> import trax_activations as ta
        >>> @ta.activation(parameters={"a": 0.1}, replace=True)
        ... def bent(x, a, *, sharpness=1.0):
        ...     return x + a * jnp.tanh(sharpness * x)
        >>> bent(num_parameters=3)
        Bent(num_parameters=3, a=0.1, sharpness=1.0, axis=-1)
        >>> bent.function(jnp.array([0.0, 1.0]), 0.5)
        Array([0.       , 1.3807971], dtype=float32)
        >>> ta.Bent is bent
        True
    """

    def decorate(fn: Function) -> type[Activation]:
        return _made(fn, dict(parameters or {}), name or name_of(fn), replace, record)

    if fn is None:
        return decorate
    if not callable(fn):
        raise TypeError(f"activation: fn must be a function of x; received {fn!r}.")
    return decorate(fn)


def _made(
    fn: Function, learned: dict[str, float], name: str, replace: bool, record: dict[str, Any]
) -> type[Activation]:
    """Makes the layer and puts it where all others are."""
    layers = sys.modules[__package__]
    if not name.isidentifier():
        raise ValueError(f"activation: {name!r} is no name. Give one: name='my_activation'.")
    for each, value in learned.items():
        _checks.check_number(name, f"the initial value of {each}", value)
    function = checked_function(fn, name, learned)
    random = "key" in inspect.signature(function).parameters
    _refuse_names_of_trax(name, inspect.signature(function), learned)
    if replace or _is_made_again(fn, name):
        _unregister(name)
    elif name in _spec._ACTIVATIONS or name in _spec._ALIASES:
        raise ValueError(_taken(name, name))
    parameters = tuple(_spec.Parameter(*each) for each in learned.items())
    about = {"paper": "", **record, "parameters": parameters, "random": random}
    spec = _spec.ActivationSpec(name=name, function=function, **about)
    if spec.layer_name in vars(layers):
        raise ValueError(_taken(name, spec.layer_name))
    _spec.activation(**about)(function)
    layer = configurable(layer_class(registry.get(name), layers.__name__, metaclass=_OwnClass))
    layer.function = staticmethod(function)  # type: ignore[attr-defined]
    setattr(layers, layer.__name__, layer)
    layers.__all__.append(layer.__name__)
    return layer


class _OwnClass(type):
    """What a class that was made here is: pickled by the module that makes it."""


def _found_again(module: str, name: str) -> Any:
    """The class, in a process that may not have imported the module yet."""
    importlib.import_module(module)
    return getattr(sys.modules[__package__], name)


def _by_module(layer: Any) -> tuple[Any, ...]:
    return _found_again, (layer.function.__module__, layer.__name__)


copyreg.pickle(_OwnClass, _by_module)  # type: ignore[arg-type]


def _taken(name: str, earlier: str) -> str:
    return (
        f"There is an activation or a layer named {earlier!r} already. Give this one another name, "
        f"as name='my_{name}'; or, to put it in the place of an earlier one of yours, replace=True."
    )


def _is_made_again(fn: Function, name: str) -> bool:
    """Whether another function of the same module and name made the earlier: a cell run again."""
    earlier = _spec._ACTIVATIONS.get(name)
    source = vars(earlier.function).get("__wrapped__") if earlier else None
    return (
        source is not None
        and source is not fn
        and (source.__module__, source.__qualname__) == (fn.__module__, fn.__qualname__)
    )


def _unregister(name: str) -> None:
    """Forgets an activation that was made here; others stay."""
    layers = sys.modules[__package__]
    spec = _spec._ACTIVATIONS.get(name)
    if spec is None or "function" not in vars(vars(layers)[spec.layer_name]):
        return
    del _spec._ACTIVATIONS[name]
    for alias in spec.aliases:
        del _spec._ALIASES[alias]
    delattr(layers, spec.layer_name)
    layers.__all__.remove(spec.layer_name)
    gin.config._REGISTRY.pop(f"{MODULE}.{spec.layer_name}")


def _refuse_names_of_trax(
    name: str, signature: inspect.Signature, learned: Mapping[str, float]
) -> None:
    """Refuses arguments that the layer could not keep under their names."""
    ours = {"num_parameters", "axis"} if learned else set()
    blank = base.Layer()
    taken = {name.removeprefix("_") for name in (*dir(LearnedActivation), "_activation")}
    for each in list(signature.parameters)[1:]:
        if each in ours | {"self"} or hasattr(blank, f"_{each}") or each in taken:
            raise TypeError(
                f"{name}: an argument cannot be named {each!r}, since every such layer has "
                "something of that name. Choose another name."
            )
