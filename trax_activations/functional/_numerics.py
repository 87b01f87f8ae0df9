"""Numerics that several families share: what holds at infinity, in float16, and for XLA."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.lax import erfc, logistic
from jax.typing import ArrayLike

# Beyond, a sigmoid is 0 or 1 to the last bit in every dtype: 0 times infinity is met nowhere.
_SATURATED = 800.0

_SQRT_HALF = math.sqrt(0.5)
DENSITY = 1 / math.sqrt(2 * math.pi)
_LINEAR, _CUBIC = 2 * math.sqrt(2 / math.pi), 2 * math.sqrt(2 / math.pi) * 0.044715

# artanh(s) / s = 1 + s^2 P(s^2) for s <= 1/3: P fitted to a relative error of 5e-9.
_ARTANH = (0.333332081, 0.200107637, 0.140009018, 0.140059977)


# (1 + a) exp(a^2 / 2) P(X > a) of a normal number X as a polynomial in (a - 3) / (a + 3), lowest
# power first: for all a >= 0, to a relative error of 1.3e-8.
_NORMAL_TAIL = (
    0.4860557994,
    -0.09652673536,
    -0.01643261847,
    0.0451633769,
    -0.02272436914,
    0.001164319863,
    0.002986388748,
    -0.0003657839506,
    -0.0004735692255,
    3.596536523e-05,
    5.951144045e-05,
)


def clip_to_finite(x: Array) -> Array:
    """``x`` within the finite range of its dtype, NaN kept: for factors of a dot that may be 0."""
    if x.dtype == jnp.bool_:
        return x
    return jnp.clip(x, jnp.finfo(x.dtype).min, jnp.finfo(x.dtype).max)


def multiply_no_nan(slope: ArrayLike, x: Array) -> Array:
    """``slope * x`` with ``0 * inf = 0``: a flat branch stays flat at infinity, and NaN is NaN."""
    if isinstance(slope, float) and slope != 0:
        return x * slope
    return jnp.where(jnp.isinf(x) & (jnp.asarray(slope) == 0), jnp.zeros_like(x), x * slope)


@jax.custom_jvp
def quotient(numerator: Array, denominator: Array) -> Array:
    """``numerator / denominator``, whose derivative has no square of the denominator to overflow.

    JAX's own multiplies by ``denominator**-2``.
    """
    return numerator / denominator


@quotient.defjvp
def _quotient_rule(operands: tuple[Array, Array], dots: tuple[Array, Array]) -> tuple[Array, Array]:
    value = quotient(*operands)
    return value, quotient(dots[0] - value * dots[1], operands[1])


@jax.custom_jvp
def root(y: Array) -> Array:
    """Square root, finite at infinity, whose derivative at 0 is 0: no infinity meets a 0."""
    return jnp.sqrt(clip_to_finite(positive_part(y)))


@root.defjvp
def _root_rule(operands: tuple[Array], dots: tuple[Array]) -> tuple[Array, Array]:
    value = root(*operands)
    safe = jnp.where(value == 0, jnp.ones_like(value), 2 * value)
    return value, jnp.where(value == 0, jnp.zeros_like(value), quotient(dots[0], safe))


def self_gated(x: Array, gate: Array) -> Array:
    """``x * gate``, where a gate of 0 holds at -inf too."""
    return jnp.maximum(x, jnp.finfo(x.dtype).min) * gate


def bounded(x: Array, low: float = -100.0, high: float = 100.0) -> Array:
    """``x`` within bounds outside which a derivative has its limit: no infinity meets a 0.

    It also keeps XLA from recognising the forward pass in the tangent, and keeping its parts.
    """
    return jnp.clip(x, low, high)


def saturating(u: Array) -> Array:
    """``u`` within bounds beyond which the sigmoid of it does not change."""
    return jnp.clip(u, -_SATURATED, _SATURATED)


def positive_part(x: Array) -> Array:
    """``max(x, 0)``; NaN is not <= 0, and passes."""
    return jnp.where(x <= 0, jnp.zeros_like(x), x)


def negative_part(x: Array) -> Array:
    """``min(x, 0)``: for an exponential that may not overflow in the branch that is not taken."""
    return jnp.where(x > 0, jnp.zeros_like(x), x)


def clipped(x: Array, line: Array, start: float, stop: float, low: float, high: float) -> Array:
    """``line`` where ``x`` is between ``start`` and ``stop``, ``low`` below, ``high`` above.

    Not ``jnp.clip(line, low, high)``: with a comparison outermost XLA finds the tangent's test
    again in the output; else it keeps ``x`` for it (measured: 1 array per layer against 2).
    """
    floor, ceiling = jnp.full_like(line, low), jnp.full_like(line, high)
    return jnp.where(x <= start, floor, jnp.where(x >= stop, ceiling, line))


def is_exact(dtype: Any, *levels: float) -> bool:
    """Whether an output in 16 bit can be compared with these numbers: they are not rounded there.

    In wider dtypes they are compared as they were rounded.
    """
    narrow = dtype.itemsize < 4
    return not narrow or all(float(np.asarray(each, dtype)) == each for each in levels)


def log1p_series(s: Array) -> Array:
    """``log1p(e)`` for ``e`` from 0 to 1, out of ``s = e / (2 + e)``: twice the artanh of ``s``.

    XLA's ``log1p`` takes three times as long (CPU), and is no closer.
    """
    wide = s.dtype == jnp.float64
    coefficients = [1 / k for k in range(3, 37, 2)] if wide else _ARTANH
    square = s * s
    series = jnp.full_like(s, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        series = series * square + coefficient
    return 2 * s * (series * square + 1)


def log1p_unit(e: Array) -> Array:
    """``log1p`` for numbers from 0 to 1."""
    return jnp.log1p(e) if e.dtype == jnp.float64 else log1p_series(e / (2 + e))


@jax.custom_jvp
def stable_softplus(x: Array) -> Array:
    """``log(1 + exp(x))`` without overflow, and to full relative accuracy."""
    return jnp.maximum(x, 0) + log1p_unit(jnp.exp(-jnp.abs(x)))


@stable_softplus.defjvp
def _stable_softplus_rule(operands: tuple[Array], dots: tuple[Array]) -> tuple[Array, Array]:
    (x,), (x_dot,) = operands, dots
    return stable_softplus(x), logistic(x) * x_dot  # Its derivatives at 0 too, where |x| has none.


def silu_slope(x: Array) -> Array:
    """The derivative of ``x * sigmoid(x)``."""
    z = bounded(x)
    gate = logistic(z)
    return gate * (1 + z * (1 - gate))


def squared_sech(x: Array) -> Array:
    """``1 - tanh(x)^2``, also where the square is 1 to the last digit."""
    shut = logistic(-2 * jnp.abs(x))
    return 4 * shut * (1 - shut)


def _bell(x: Array) -> Array:
    """``exp(-x^2 / 2)``."""
    return jnp.exp(-0.5 * jnp.square(jnp.minimum(jnp.abs(x), 40)))


@jax.custom_jvp
def normal_gate(x: Array) -> Array:
    """The normal distribution's ``P(X <= x)``, with all digits in its left tail.

    XLA's ``erfc`` is ``1 - erf`` near 0, which costs 11 ulp at -1.4 (float32); ``erf``, all.
    """
    if x.dtype == jnp.float64:
        return 0.5 * erfc(x * -_SQRT_HALF)
    size = jnp.minimum(jnp.abs(x), 40)
    t = (size - 3) / (size + 3)
    series = jnp.full_like(t, _NORMAL_TAIL[-1])
    for coefficient in _NORMAL_TAIL[-2::-1]:
        series = series * t + coefficient
    tail = _bell(x) * series / (1 + size)
    return jnp.where(x > 0, 1 - tail, tail)


@normal_gate.defjvp
def _normal_gate_rule(operands: tuple[Array], dots: tuple[Array]) -> tuple[Array, Array]:
    (x,), (x_dot,) = operands, dots
    return normal_gate(x), DENSITY * _bell(x) * x_dot


def gelu_gate(x: Array, approximate: bool = False) -> Array:
    """The normal distribution's ``P(X <= x)``, or its approximation.

    That is ``(1 + tanh(u)) / 2`` with ``u = sqrt(2 / pi) (x + 0.044715 x^3)``, or ``sigmoid(2u)``.
    """
    if approximate:
        return logistic(x * (_LINEAR + _CUBIC * (x * x)))
    return normal_gate(x)


def gate_in_tangent(x: Array, approximate: bool = False) -> Array:
    """The same, made otherwise: of equal parts XLA would keep those of the forward pass."""
    return gelu_gate(x, True) if approximate else 0.5 * erfc(x * -_SQRT_HALF)


def gelu_slope(x: Array, approximate: bool = False) -> Array:
    """The derivative of GELU, or of its approximation."""
    z = bounded(x, -30, 30)
    gate = gate_in_tangent(z, approximate)
    if approximate:
        shut = logistic(-z * (_LINEAR + _CUBIC * (z * z)))  # 1 - gate would have no digits left.
        return gate * (1 + z * shut * (_LINEAR + 3 * _CUBIC * (z * z)))
    return gate + z * (DENSITY * jnp.exp(-0.5 * z * z))
