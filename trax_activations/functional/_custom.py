"""Checks around a function that a user wrote in ``jax.numpy``: it becomes an activation."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from trax_activations._checks import as_floating, as_operand

Function = Callable[..., Any]
_ADVICE = (
    "Write it in jax.numpy, with jnp.where for a choice between two values; or take it as it is, "
    "with its derivative, by trax_activations.NumpyActivation."
)


def checked_function(fn: Function, name: str, learned: Mapping[str, float]) -> Function:
    """Puts our checks around a function; refuses what is none of ours.

    The result is ``y = function(x, [key], *parameters, **hyperparameters)``, with the parameters'
    initial values as default values. It takes floating-point ``x`` only, computes in at least
    float32, and returns the shape and dtype of ``x``.
    """
    signature = _checked_signature(fn, name, learned)
    x_name = next(iter(signature.parameters))

    @functools.wraps(fn)
    def function(*args: Any, **kwargs: Any) -> Array:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}: {error}. It is called as {name}{signature}.") from None
        bound.apply_defaults()
        values: dict[str, Any] = bound.arguments
        x = as_floating(values.pop(x_name), name)
        # A gradient of a parameter is a sum over x: in bfloat16, one of ones stops at 256.
        wide = jnp.promote_types(x.dtype, jnp.float32)
        operands = {each: as_operand(name, each, values[each]) for each in learned}
        values |= {each: jnp.asarray(value).astype(wide) for each, value in operands.items()}
        return _like(x, fn(x.astype(wide), **values), name)

    function.__name__ = name
    function.__signature__ = signature  # type: ignore[attr-defined]
    _try(fn, name, learned, takes_key="key" in signature.parameters)
    return function


def _checked_signature(fn: Function, name: str, learned: Mapping[str, float]) -> inspect.Signature:
    """The signature ``(x, [key], *parameters, *, **hyperparameters)``."""
    try:
        x, *others = inspect.signature(fn).parameters.values()
    except ValueError:  # No arguments; or of C code, which JAX cannot trace anyway.
        raise TypeError(f"{name} must be a function of x, written in jax.numpy.") from None
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    if x.kind not in (positional, x.POSITIONAL_ONLY):
        raise TypeError(f"{name}: x must be its first positional argument; it takes ({x}, ...).")
    own = {argument.name: argument for argument in others}
    if unknown := [each for each in learned if each not in own]:
        raise TypeError(
            f"{name}: parameters names {', '.join(unknown)}, which is no argument after x of "
            f"{name}{inspect.signature(fn)}."
        )
    key = [argument.replace(kind=positional) for argument in others[:1] if argument.name == "key"]
    hyperparameters = [argument for argument in others[len(key) :] if argument.name not in learned]
    for argument in hyperparameters:
        if argument.kind not in (positional, argument.KEYWORD_ONLY):
            raise TypeError(f"{name}: {argument} cannot be an argument of a layer; give it a name.")
        if argument.default is argument.empty:
            raise TypeError(
                f"{name}: {argument.name} has no value. If it is learned, give it an initial one: "
                f"parameters={{{argument.name!r}: 0.25}}. Else give it a default value."
            )
    return inspect.Signature(
        [
            x.replace(kind=positional, default=x.empty),
            *key,
            *(own[n].replace(kind=positional, default=float(v)) for n, v in learned.items()),
            *(argument.replace(kind=argument.KEYWORD_ONLY) for argument in hyperparameters),
        ]
    )


def _like(x: Array, y: Any, name: str) -> Array:
    """Holds a result to the shape of ``x``, and casts it."""
    _check_result(x, y, name)
    return jnp.asarray(y).astype(x.dtype)


def _check_result(x: Any, y: Any, name: str) -> None:
    shape, dtype = jnp.shape(y), jnp.result_type(y)
    if jnp.issubdtype(dtype, jnp.complexfloating):
        raise TypeError(f"{name} must return real numbers; it returned {dtype}.")
    if shape != x.shape:
        raise ValueError(
            f"{name} must return one number for each element of x, of shape {list(x.shape)}; it "
            f"returned shape {list(shape)}."
        )


def _try(fn: Function, name: str, learned: Mapping[str, float], takes_key: bool) -> None:
    """Traces a function once, to refuse what is not written in ``jax.numpy``."""
    x = jax.ShapeDtypeStruct((2, 4), jnp.float32)
    key = {"key": jax.random.key(0)} if takes_key else {}
    try:
        y = jax.eval_shape(functools.partial(fn, **key), x, **learned)
    except (TypeError, ValueError) as error:  # JAX's own, for what cannot be traced, among them.
        reason = str(error).partition("\n")[0].rstrip(".")
        raise TypeError(
            f"{name}: JAX cannot trace it. {type(error).__name__}: {reason}. {_ADVICE}"
        ) from error
    if y is None:
        raise TypeError(f"{name} returned None.")
    _check_result(x, y, name)
