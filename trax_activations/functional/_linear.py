"""A linear function whose transpose computes what it needs again, when the gradient is there.

A tangent is linear in the dots, with factors made of what was saved. In the backward pass these
factors wait for nothing, so XLA computes them in the forward pass, with the output, and keeps them:
with a learned parameter one tensor per layer more on CPU, whatever ``jax.checkpoint`` says. Here
the transpose makes them of a saved array that depends on the gradient (see :func:`after`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
from jax import Array
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from trax_activations.functional._late import after, is_floating

Function = Callable[..., Array]

_linear = Primitive("late_linear")


def late_linear(function: Function, dots: Sequence[Array], saved: Sequence[Array]) -> Array:
    """Computes ``function(*dots, *saved)``, and in the backward pass its transpose, late.

    Args:
        function: Linear in the dots, elementwise in the first saved array. It is hashed: make it
            once.
        dots: Tangents.
        saved: Everything else that it needs.

    Returns:
        The tangent of the output.

    Example:
        >>> times = lambda dot, x: dot * x
        >>> f = jax.custom_jvp(lambda x: x**2 / 2)
        >>> _ = f.defjvp(lambda x, dot: (f(*x), late_linear(times, dot, x)))
        >>> float(jax.grad(f)(3.0)), float(jax.jvp(f, (3.0,), (2.0,))[1])
        (3.0, 6.0)
    """
    tangent: Array = _linear.bind(*dots, *saved, function=function, n_dots=len(dots))
    return tangent


@dataclass(frozen=True)
class _Mapped:
    """A function mapped over an axis of its arguments; two of the same are equal."""

    function: Function
    axes: tuple[int | None, ...]

    def __call__(self, *operands: Array) -> Array:
        result: Array = jax.vmap(self.function, self.axes)(*operands)
        return result


def _call(*operands: Array, function: Function, n_dots: int) -> Array:
    del n_dots
    return function(*operands)


def _evaluate(*operands: Array, function: Function, n_dots: int) -> Array:
    del n_dots
    return jax.jit(function)(*operands)


def _result_type(*operands: Any, function: Function, n_dots: int) -> Any:
    del n_dots
    (result,) = jax.make_jaxpr(function)(*operands).out_avals
    return result


def _differentiate(
    operands: Sequence[Array], tangents: Sequence[Any], *, function: Function, n_dots: int
) -> tuple[Array, Array]:
    result = _linear.bind(*operands, function=function, n_dots=n_dots)
    whole = [ad.instantiate_zeros(tangent) for tangent in tangents]
    if all(type(tangent) is ad.Zero for tangent in tangents[n_dots:]):
        return result, late_linear(function, whole[:n_dots], operands[n_dots:])
    smooth = [i for i, tangent in enumerate(whole) if tangent.dtype != jax.dtypes.float0]

    def of_smooth(*values: Array) -> Array:
        merged = list(operands)
        for i, value in zip(smooth, values, strict=True):
            merged[i] = value
        return function(*merged)

    primals, dots = [operands[i] for i in smooth], [whole[i] for i in smooth]
    return result, jax.jvp(of_smooth, primals, dots)[1]


def _transpose(y_bar: Any, *operands: Any, function: Function, n_dots: int) -> list[Any]:
    dots, saved = operands[:n_dots], operands[n_dots:]
    wanted = [ad.is_undefined_primal(dot) for dot in dots]
    if type(y_bar) is ad.Zero:
        return [None] * len(operands)
    # Of a key too: else what is drawn from it would be kept, not drawn again.
    keys = (key if is_floating(key) else after(key, y_bar) for key in saved[1:])
    late = (after(saved[0], y_bar), *keys)

    def of_wanted(*values: Array) -> Array:
        given = iter(values)
        return function(
            *(next(given) if w else d for w, d in zip(wanted, dots, strict=True)), *late
        )

    like = [dot.aval for w, dot in zip(wanted, dots, strict=True) if w]
    found = iter(jax.linear_transpose(of_wanted, *like)(y_bar))
    return [next(found) if w else None for w in wanted] + [None] * len(saved)


def _batch(
    operands: Sequence[Array], axes: Sequence[int | None], *, function: Function, n_dots: int
) -> tuple[Array, int]:
    mapped = _Mapped(function, tuple(axes))
    return _linear.bind(*operands, function=mapped, n_dots=n_dots), 0


_linear.def_impl(_evaluate)
_linear.def_abstract_eval(_result_type)
mlir.register_lowering(_linear, mlir.lower_fun(_call, multiple_results=False))
ad.primitive_jvps[_linear] = _differentiate
ad.primitive_transposes[_linear] = _transpose
batching.primitive_batchers[_linear] = _batch
