"""The one mechanism by which a backward pass keeps only what it must.

Plain autodiff keeps an array per intermediate value of a function. The derivative of most
activations can be had from their output ``y`` alone, which the next layer keeps anyway, or from
their input ``x``. :func:`elementwise` writes it that way: a ``custom_jvp`` whose tangent is a
function of what is saved, under ``jax.checkpoint`` so that nothing else is. Unlike ``custom_vjp``
this loses no transformation: jvp, jacfwd, hessian, vmap, scan all work.
"""

import functools
import inspect
from collections.abc import Callable, Hashable
from typing import Any, Concatenate, Literal, ParamSpec

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

_P = ParamSpec("_P")
Saved = Literal["x", "y"]
Tangent = Callable[..., Array]
_Body = Callable[Concatenate[Array, _P], Array]
_Public = Callable[Concatenate[ArrayLike, _P], Array]


def floating(x: ArrayLike, name: str) -> Array:
    """Returns ``x`` as a floating-point array.

    Args:
        x: Anything that JAX takes for an array.
        name: The function that asks, for the message.

    Raises:
        TypeError: If ``x`` holds integers, booleans or complex numbers.
    """
    array = jnp.asarray(x)
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(
            f"{name} takes floating-point input, but received {array.dtype}{list(array.shape)}. "
            "Convert it first, for example with x.astype(jnp.float32)."
        )
    return array


def finite(x: Array) -> Array:
    """``x`` within the finite range of its dtype, NaN kept: for factors of a dot that may be 0."""
    return jnp.clip(x, jnp.finfo(x.dtype).min, jnp.finfo(x.dtype).max)


def elementwise(
    saves: Saved | Callable[..., Saved] | None = None,
    tangent: Tangent | None = None,
    *,
    arrays: tuple[str, ...] | None = None,
    prevent_cse: bool = False,
    wide: bool = False,
) -> Callable[
    [Callable[Concatenate[Array, _P], Array]], Callable[Concatenate[ArrayLike, _P], Array]
]:
    """Makes an activation out of a function body: input check, dtype rule, backward pass.

    The body receives ``x`` as an array and every floating-point parameter cast to its dtype. The
    output has the dtype of ``x``; a parameter's gradient has the dtype of the parameter, and is
    summed in the wider of the two.

    Args:
        saves: What the backward pass needs besides the parameters: the input or the output; a
            function of the hyperparameters where it depends on them. ``None`` leaves the
            derivative to autodiff.
        tangent: The tangent of the output, ``tangent(*dots, saved, *parameters, **hyper)`` with
            one dot per array argument (``None`` for one that has no derivative), linear in dots.
        arrays: Names of the arguments that are arrays; by default those without a default value.
        prevent_cse: Whether the compiler may not merge the rule with the forward pass; only
            where that was measured to help.
        wide: Whether body and tangent compute in float32 where ``x`` is narrower: the output is
            then the true value rounded once, and intermediate powers do not overflow.

    Returns:
        A decorator.
    """

    def decorate(body: _Body[_P]) -> _Public[_P]:
        signature = inspect.signature(body)
        defaults = {name: p.default for name, p in signature.parameters.items()}
        array_names = arrays or tuple(
            n for n, d in defaults.items() if d is inspect.Parameter.empty
        )

        @functools.lru_cache(maxsize=256)
        def ruled(hyperparameters: tuple[tuple[str, Hashable], ...]) -> Callable[..., Array]:
            named = dict(hyperparameters)
            function = functools.partial(_cast_and_call, body, named, wide)
            if saves is None or tangent is None:
                return function
            what = saves(**named) if callable(saves) else saves
            return _with_tangent(function, what, tangent, named, prevent_cse, wide)

        @functools.wraps(body)
        def wrapper(*args: Any, **kwargs: Any) -> Array:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            values: dict[str, Any] = bound.arguments
            operands = [values.pop(name) for name in array_names]
            operands = [operand for operand in operands if operand is not None]
            operands = [jnp.asarray(o) if isinstance(o, tuple | list) else o for o in operands]
            operands[0] = floating(operands[0], body.__name__)
            if any(isinstance(value, jax.Array) for value in values.values()):
                # A traced hyperparameter is right under autodiff, without the rule.
                return _cast_and_call(body, values, wide, *operands)
            return ruled(tuple((k, _static(v)) for k, v in values.items()))(*operands)

        return wrapper

    return decorate


def _with_tangent(
    function: Callable[..., Array],
    saves: Saved,
    tangent: Tangent,
    hyperparameters: dict[str, Any],
    prevent_cse: bool,
    wide: bool,
) -> Callable[..., Array]:
    """Gives ``function`` a derivative that is computed from what is saved alone."""
    ruled = jax.custom_jvp(function)

    @ruled.defjvp
    def _rule(operands: tuple[Array, ...], dots: tuple[Array, ...]) -> tuple[Array, Array]:
        y = ruled(*operands)
        saved = operands[0] if saves == "x" else y
        # An integer operand (a key) has no tangent, and jax.checkpoint takes no float0.
        smooth = [i for i, dot in enumerate(dots) if dot.dtype != jax.dtypes.float0]

        @functools.partial(jax.checkpoint, prevent_cse=prevent_cse)
        def y_dot(dots: list[Array], saved: Array, parameters: tuple[Array, ...]) -> Array:
            by_operand: list[Array | None] = [None] * len(operands)
            for i, dot in zip(smooth, dots, strict=True):
                by_operand[i] = _widened(dot) if wide else dot
            source = _widened(saved) if wide else saved
            cast = [_cast(parameter, source.dtype) for parameter in parameters]
            return tangent(*by_operand, source, *cast, **hyperparameters).astype(saved.dtype)

        return y, y_dot([dots[i] for i in smooth], saved, operands[1:])

    return ruled


def _cast_and_call(
    body: Callable[..., Array],
    hyperparameters: dict[str, Any],
    wide: bool,
    x: Array,
    *parameters: ArrayLike,
) -> Array:
    """Calls ``body`` with its parameters in the dtype of ``x``, or in a wider one."""
    source = _widened(x) if wide else x
    cast = (_cast(parameter, source.dtype) for parameter in parameters)
    return body(source, *cast, **hyperparameters).astype(x.dtype)


def _widened(x: Array) -> Array:
    """``x`` in at least float32."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def _cast(parameter: ArrayLike, dtype: Any) -> Array:
    """Casts a floating-point parameter; keys and integers stay as they are."""
    array = jnp.asarray(parameter)
    return array.astype(dtype) if jnp.issubdtype(array.dtype, jnp.floating) else array


def _static(value: Any) -> Hashable:
    """A hashable stand-in for a hyperparameter; NumPy scalars would promote the output."""
    if isinstance(value, np.generic):
        return value.item()
    return tuple(value) if isinstance(value, list) else value
