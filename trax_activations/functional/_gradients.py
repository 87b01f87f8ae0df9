"""The one mechanism by which a backward pass keeps only what it must.

Plain autodiff keeps an array per intermediate value of a function. The derivative of most
activations can be had from their output ``y`` alone, which the next layer keeps anyway, or from
their input ``x``. :func:`elementwise` writes it that way: a ``custom_jvp`` whose tangent is a
function of what is saved, under ``jax.checkpoint`` so that nothing else is; with learned parameters
that does not suffice, and it is a ``late_linear``. Unlike ``custom_vjp`` this loses no
transformation: jvp, jacfwd, hessian, vmap, scan all work.
"""

import functools
import inspect
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Concatenate, Literal, ParamSpec

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from trax_activations._checks import check_kind
from trax_activations.functional._inputs import floating, operand
from trax_activations.functional._linear import late_linear

_P = ParamSpec("_P")
Saved = Literal["x", "y"]
Tangent = Callable[..., Array]
_Body = Callable[Concatenate[Array, _P], Array]
_Public = Callable[Concatenate[ArrayLike, _P], Array]
Levels = Sequence[float | str] | Callable[..., Sequence[float | str]]


@dataclass(frozen=True)
class Rule:
    """What :func:`elementwise` made an activation of."""

    body: Callable[..., Array]
    arrays: tuple[str, ...]
    saves: Saved | Callable[..., Saved] | None
    tangent: Tangent | None
    prevent_cse: bool
    wide: bool
    levels: Levels


def elementwise(
    saves: Saved | Callable[..., Saved] | None = None,
    tangent: Tangent | None = None,
    *,
    arrays: tuple[str, ...] | None = None,
    prevent_cse: bool = False,
    wide: bool = False,
    levels: Levels = (),
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
            one dot per array argument (``None`` for one that has no derivative), linear in dots. If
            ``saves="x"`` is given without it, it is the body's by autodiff, from ``x`` anew.
        arrays: Names of the arguments that are arrays; by default those without a default value.
        prevent_cse: Whether the compiler may not merge the rule with the forward pass; only
            where that was measured to help.
        wide: Whether body and tangent compute in float32 where ``x`` is narrower: the output is
            then the true value rounded once, and intermediate powers do not overflow.
        levels: Outputs, other than 0, that the tangent must know for what they are: where it jumps,
            or beyond which there is none. Numbers, or names of array arguments, or a function of
            the hyperparameters that returns them. Only :func:`with_gain` needs them.

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
            if saves is None:
                return function
            if tangent is None:
                return _with_tangent(function, "x", _Differential(body), named, prevent_cse, wide)
            what = saves(**named) if callable(saves) else saves
            return _with_tangent(function, what, tangent, named, prevent_cse, wide)

        @functools.wraps(body)
        def wrapper(*args: Any, **kwargs: Any) -> Array:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            values: dict[str, Any] = bound.arguments
            x = floating(values.pop(array_names[0]), body.__name__)
            given = [(name, values.pop(name)) for name in array_names[1:]]
            operands: list[Any] = [
                x,
                *(
                    operand(body.__name__, name, value)
                    for name, value in given
                    if value is not None or defaults[name] is not None
                ),
            ]
            for name, value in values.items():
                check_kind(body.__name__, name, defaults[name], value)
            if any(isinstance(value, jax.Array) for value in values.values()):
                # A traced hyperparameter is right under autodiff, without the rule.
                return _cast_and_call(body, values, wide, *operands)
            return ruled(tuple((k, _static(v)) for k, v in values.items()))(*operands)

        rule = Rule(body, array_names, saves, tangent, prevent_cse, wide, levels)
        wrapper._rule = rule  # type: ignore[attr-defined]
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

    @functools.lru_cache(maxsize=8)
    def linear(smooth: tuple[int, ...], count: int) -> Callable[..., Array]:
        """The tangent as a function of the dots of smooth operands, what is saved, parameters."""

        def y_dot(*arguments: Array) -> Array:
            dots, (saved, *parameters) = arguments[: len(smooth)], arguments[len(smooth) :]
            by_operand: list[Array | None] = [None] * count
            for i, dot in zip(smooth, dots, strict=True):
                by_operand[i] = _widened(dot) if wide else dot
            source = _widened(saved) if wide else saved
            cast = [_cast(parameter, source.dtype) for parameter in parameters]
            return tangent(*by_operand, source, *cast, **hyperparameters).astype(saved.dtype)

        return y_dot

    @ruled.defjvp
    def _rule(operands: tuple[Array, ...], dots: tuple[Array, ...]) -> tuple[Array, Array]:
        y = ruled(*operands)
        needed = (operands[0] if saves == "x" else y, *operands[1:])
        # An integer operand (a key) has no tangent, and jax.checkpoint takes no float0.
        smooth = tuple(i for i, dot in enumerate(dots) if dot.dtype != jax.dtypes.float0)
        y_dot = linear(smooth, len(operands))
        smooth_dots = [dots[i] for i in smooth]
        late = prevent_cse or len(smooth) > 1 or isinstance(tangent, _Differential)
        if saves == "x" and late:
            return y, late_linear(y_dot, smooth_dots, needed)
        return y, jax.checkpoint(y_dot, prevent_cse=prevent_cse)(*smooth_dots, *needed)

    return ruled


@dataclass(frozen=True)
class _Differential:
    """The tangent of a function by autodiff."""

    body: Callable[..., Array]

    def __call__(self, *arguments: Any, **hyperparameters: Any) -> Array:
        count = len(arguments) // 2
        dots, operands = arguments[:count], arguments[count:]
        smooth = [i for i, dot in enumerate(dots) if dot is not None]

        def of_smooth(*values: Array) -> Array:
            merged = list(operands)
            for i, value in zip(smooth, values, strict=True):
                merged[i] = value
            return self.body(*merged, **hyperparameters)

        given = [operands[i] for i in smooth], [dots[i] for i in smooth]
        result: Array = jax.jvp(of_smooth, *given)[1]
        return result


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
