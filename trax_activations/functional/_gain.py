"""Activations times a fixed number: networks without normalization keep their variance by it."""

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from trax_activations.functional._elementwise import Elementwise, Saved

# Beyond, the normal density times any power is nothing.
_REACH = 12.0
_PANELS, _NODES = 480, 8


def with_gain(function: Callable[..., Array], gain: float) -> Callable[..., Array]:
    r"""Multiplies an activation by a fixed number, and keeps no more for the backward pass.

    .. math::
        x \mapsto \gamma f(x)

    A function whose derivative comes from its output, as ReLU and tanh, would keep that output
    besides the product, which the next layer keeps. Here the output is had from the product.

    Args:
        function: One of this package, or any other, whose product is then the plain one.
        gain: The factor :math:`\gamma`, a finite number, not 0.

    Returns:
        A function of the same arguments; the same one for the same arguments.

    Raises:
        ValueError: If ``gain`` is 0, or not finite.

    References:
        Brock, De, Smith, "Characterizing signal propagation to close the performance gap in
        unnormalized ResNets", arXiv:2101.08692, 2021.

    Example:
        >>> F.with_gain(F.relu, 1.7139588594436646)(jnp.array([-1.0, 1.0]))
        Array([0.       , 1.7139589], dtype=float32)
    """
    if isinstance(gain, jax.core.Tracer):
        return functools.partial(_product, function, gain)
    gain = float(gain)
    if gain == 0 or not math.isfinite(gain):
        raise ValueError(
            f"with_gain takes a finite number that is not 0 as gain, for example gain=1.7, but "
            f"received gain={gain}."
        )
    return function if gain == 1 else _with_gain(function, gain)


@functools.lru_cache(maxsize=256)
def _with_gain(function: Callable[..., Array], gain: float) -> Callable[..., Array]:
    if not isinstance(function, Elementwise) or function.saves in (None, "x"):
        product = functools.partial(_product, function, gain)  # Which can be pickled.
        return functools.update_wrapper(product, function, ("__name__", "__doc__"), ())

    @functools.wraps(function.body)
    def body(x: Array, *args: Any, **kwargs: Any) -> Array:
        y = function.body(x, *args, **kwargs)
        # A choice between equals, outermost: else XLA makes the product again of y, and keeps both.
        return jnp.where(y != y, y, gain * y)

    scaled = Elementwise(
        body,
        function.saves,
        float32=function.float32,
        prevent_cse=function.prevent_cse,
        checks=function.checks,
    )
    scaled.narrow_saves_input = function.narrow_saves_input
    scaled.rules = {each: functools.partial(_tangent, function, gain, each) for each in ("x", "y")}
    scaled.reduced = _with_gain, (function, gain)
    return scaled


def _product(function: Callable[..., Array], gain: float, *args: Any, **kwargs: Any) -> Array:
    return gain * function(*args, **kwargs)


def _tangent(
    of: Elementwise[Any],
    gain: float,
    saves: Saved,
    dots: Sequence[Array | None],
    saved: Array,
    *parameters: Array,
    **hyperparameters: Any,
) -> Array:
    """The tangent of the product, where what is saved of it may be its output."""
    if saves == "y":
        levels = of.levels(**hyperparameters) if callable(of.levels) else of.levels
        named = dict(zip(of.arrays[1:], parameters, strict=True))
        values = [named[level] if isinstance(level, str) else level for level in levels]
        saved = _without_gain(saved, gain, values)
    return gain * of.rules[saves](dots, saved, *parameters, **hyperparameters)


def _without_gain(product: Array, gain: float, levels: Iterable[float | Array]) -> Array:
    """The factor of a product that is not the gain; exactly, if it is one of the levels."""
    y = product / gain
    for level in levels:
        for rounded in _products(level, gain, product.dtype):
            y = jnp.where(product == rounded, jnp.asarray(level, y.dtype), y)
    return y


def _products(level: float | Array, gain: float, dtype: Any) -> list[Array]:
    """What a level times the gain may have been rounded to, before it was widened."""
    if isinstance(level, Array):
        return [gain * level]
    exact = np.float32(np.asarray(level, dtype)) * np.float32(gain)
    narrower = {dtype, jnp.dtype("float16"), jnp.dtype("bfloat16")}
    return [jnp.asarray(np.asarray(exact, d), dtype) for d in narrower]


def unit_gain(function: Callable[[Array], Array], kinks: Iterable[float] = ()) -> float:
    """The gain with which a function of one number makes normal numbers of variance 1.

    Args:
        function: Takes an array and treats each element alike.
        kinks: Where it jumps or bends; the integrals are taken between these points.

    Returns:
        ``1 / std(function(z))`` for ``z`` from N(0, 1), right to six digits.

    Raises:
        ValueError: If there is no such number: the function is constant, or not finite.
    """
    inner = [kink for kink in kinks if abs(kink) < _REACH]
    borders = np.unique([*np.linspace(-_REACH, _REACH, _PANELS + 1), *inner])
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(borders)[:, None] / 2
    x = borders[:-1, None] + half * (1 + nodes)
    weights = (half * weights * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)).ravel()
    with jax.ensure_compile_time_eval():
        y = np.asarray(function(jnp.asarray(x.ravel(), jnp.float32)), np.float64)
    mean = weights @ y
    variance = float(weights @ np.square(y - mean))
    # A constant varies by the rounding of the sums, which differs from one processor to the next;
    # what varies by less than a float32 can show is one.
    if variance <= float(weights @ np.square(y)) * float(np.finfo(np.float32).eps) ** 2:
        variance = 0.0
    if not (math.isfinite(variance) and variance > 0):
        raise ValueError(
            f"No gain gives it a variance of 1: for normal input its variance is {variance}."
        )
    return 1 / math.sqrt(variance)
