"""Self-gated activations whose gate learns to go beyond 0 and 1."""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import Array
from jax.lax import erf, logistic
from jax.typing import ArrayLike

from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import multiply_no_nan, normal_gate, saturating


def _expanded(alpha: ArrayLike, on: Array, off: Array) -> Array:
    """``on * (1 + 2 alpha) - alpha`` for a gate and its complement, without cancellation."""
    alpha = jnp.asarray(alpha)
    return (1 + alpha) * on - alpha * off


@activation(group="learned", parameters=(Parameter("alpha", 0.0),), limits=(0.0, float("inf")))
@elementwise(saves="x")
def xsilu(x: Array, alpha: ArrayLike) -> Array:
    r"""Expanded SiLU: the gate goes from -alpha to 1 + alpha.

    .. math::
        f(x) = x\,\bigl((1 + 2\alpha)\,\sigma(x) - \alpha\bigr)

    Args:
        x: Input, any shape, floating point.
        alpha: How far the gate goes beyond 0 and 1: a scalar, as in the paper, or an array that
            broadcasts against ``x``.

    References:
        Huang, "Expanded Gating Ranges Improve Activation Functions", arXiv:2405.20768, 2024. There
        is one alpha for each MLP block, and it starts from 0: the SiLU.

    Example:
        >>> jax.device_get(F.xsilu(jnp.array([-1.0, 0.0, 2.0]), 0.5)).round(4)
        array([-0.0379,  0.    ,  2.5232], dtype=float32)
    """
    return multiply_no_nan(_expanded(alpha, logistic(x), logistic(-x)), x)


@xsilu.partials
def _(x: Array, alpha: Array) -> tuple[Array, Array]:
    z = saturating(x)
    on, off = logistic(z), logistic(-z)
    return _expanded(alpha, on, off) + (1 + 2 * alpha) * (z * on * off), x * jnp.tanh(x / 2)


@activation(group="learned", parameters=(Parameter("alpha", 0.0),), limits=(0.0, float("inf")))
@elementwise(saves="x")
def xgelu(x: Array, alpha: ArrayLike) -> Array:
    r"""Expanded GELU: the gate goes from -alpha to 1 + alpha.

    .. math::
        f(x) = x\,\bigl((1 + 2\alpha)\,\Phi(x) - \alpha\bigr)

    Args:
        x: Input, any shape, floating point.
        alpha: How far the gate goes beyond 0 and 1: a scalar, as in the paper, or an array that
            broadcasts against ``x``.

    References:
        Huang, "Expanded Gating Ranges Improve Activation Functions", arXiv:2405.20768, 2024. There
        is one alpha for each MLP block, and it starts from 0: the GELU.

    Example:
        >>> jax.device_get(F.xgelu(jnp.array([-1.0, 0.0, 2.0]), 0.5)).round(4)
        array([0.1827, 0.    , 2.909 ], dtype=float32)
    """
    return multiply_no_nan(_expanded(alpha, normal_gate(x), normal_gate(-x)), x)


@xgelu.partials
def _(x: Array, alpha: Array) -> tuple[Array, Array]:
    on, off = normal_gate(x), normal_gate(-x)
    bump = x * (math.sqrt(0.5 / math.pi) * jnp.exp(-0.5 * jnp.square(x)))
    return _expanded(alpha, on, off) + (1 + 2 * alpha) * bump, x * erf(x * math.sqrt(0.5))


# arctan(r) / r as a polynomial in r^2, for r from 0 to 1: its Chebyshev interpolant of degree 10,
# with a relative error of 4e-10.
_COEFFICIENTS = (
    0.9999999996,
    -0.3333332249,
    0.199995581,
    -0.1427857602,
    0.1105077124,
    -0.08785043171,
    0.06685281273,
    -0.04392840736,
    0.02191294304,
    -0.00703066815,
    0.001057607175,
)


# (arctan(r) - r / (1 + r^2)) / r^3, likewise of degree 12: with a relative error of 4e-10.
_REST = (
    0.6666666665,
    -0.7999999278,
    0.8571387522,
    -0.8887960549,
    0.9079838479,
    -0.9150712617,
    0.8952125076,
    -0.8149714288,
    0.6448127175,
    -0.4073217091,
    0.1859460645,
    -0.05331637246,
    0.007114362208,
)


def _ratio(r: Array) -> Array:
    """``arctan(r) / r`` for ``r`` from 0 to 1; 1 at 0."""
    if r.dtype == jnp.float64:
        near = jnp.where(r == 0, jnp.ones_like(r), r)
        return jnp.where(r == 0, jnp.ones_like(r), jnp.arctan(near) / near)
    return _series(_COEFFICIENTS, jnp.square(r))


def _series(coefficients: Sequence[float], square: Array) -> Array:
    """The polynomial, the lowest power first."""
    total = jnp.full_like(square, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total = total * square + coefficient
    return total


def _missing(x: Array) -> tuple[Array, Array]:
    """What the gate lacks from 0 or 1, ``arctan(1 / |x|) / pi``; and ``|x|`` times that."""
    size = jnp.abs(x)
    far = size > 1
    r = jnp.where(far, 1 / jnp.where(far, size, jnp.ones_like(size)), size)
    ratio = _ratio(r) / math.pi
    part = jnp.where(far, r * ratio, 0.5 - r * ratio)
    return part, jnp.where(far, ratio, size * part)


@jax.custom_jvp
def _rest(x: Array) -> Array:
    """What the slope lacks from 0 or 1: ``(arctan(r) - r / (1 + r^2)) / pi`` of ``r = 1 / |x|``."""
    size = jnp.abs(x)
    r = 1 / jnp.maximum(size, 1)
    square = jnp.square(r)
    # Where r is small the two cancel but for 2/3 r^3 - 4/5 r^5 + 6/7 r^7 and so on.
    wide = x.dtype == jnp.float64
    coefficients = [(-1) ** k * (1 - 1 / (2 * k + 3)) for k in range(28)] if wide else _REST
    series = _series(coefficients, square)
    direct = _missing(x)[0] - size / (math.pi * (1 + jnp.square(jnp.minimum(size, 1e15))))
    return jnp.where(r < (0.5 if wide else 1), series * square * r / math.pi, direct)


@_rest.defjvp
def _rest_rule(operands: tuple[Array], dots: tuple[Array]) -> tuple[Array, Array]:
    (x,), (x_dot,) = operands, dots
    inverse = 1 / (1 + jnp.square(jnp.clip(x, -1e15, 1e15)))
    side = jnp.where(x > 0, -2 / math.pi, 2 / math.pi)  # At 0 that of the slope's branch there.
    return _rest(x), x_dot * (side * jnp.square(inverse))


@jax.custom_jvp
def _gate_difference(x: Array) -> Array:
    """The gate less its complement, ``2 arctan(x) / pi``."""
    return jnp.sign(x) * (1 - 2 * _missing(x)[0])


@_gate_difference.defjvp
def _gate_rule(operands: tuple[Array], dots: tuple[Array]) -> tuple[Array, Array]:
    (x,), (x_dot,) = operands, dots
    return _gate_difference(x), x_dot * ((2 / math.pi) / (1 + jnp.square(jnp.clip(x, -1e15, 1e15))))


@activation(
    group="learned",
    parameters=(Parameter("alpha", 0.0),),
    limits=(-0.31830987334251404, float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def xatlu(x: Array, alpha: ArrayLike) -> Array:
    r"""Expanded arctan linear unit: the gate goes from -alpha to 1 + alpha.

    .. math::
        f(x) = x\,\bigl((1 + 2\alpha)\,g(x) - \alpha\bigr), \qquad
        g(x) = \frac{\arctan(x)}{\pi} + \frac{1}{2}

    Its derivative never decreases. With :math:`\alpha = 0` the limit at :math:`-\infty` is
    :math:`-1/\pi`.

    Args:
        x: Input, any shape, floating point.
        alpha: How far the gate goes beyond 0 and 1: a scalar, as in the paper, or an array that
            broadcasts against ``x``.

    References:
        Huang, "Expanded Gating Ranges Improve Activation Functions", arXiv:2405.20768, 2024. There
        is one alpha for each MLP block, and it starts from 0.

    Example:
        >>> jax.device_get(F.xatlu(jnp.array([-jnp.inf, -1.0, 2.0]), 0.0)).round(4)
        array([-0.3183, -0.25  ,  1.7048], dtype=float32)
    """
    alpha = jnp.asarray(alpha)
    # The gate is 0 or 1 less what is in the tail, which arctan itself would round away.
    limit = jnp.where(x > 0, 1 + alpha, -alpha)
    return multiply_no_nan(limit, x) - (1 + 2 * alpha) * _missing(x)[1]


@xatlu.partials
def _(x: Array, alpha: Array) -> tuple[Array, Array]:
    rest = (1 + 2 * alpha) * _rest(x)
    return jnp.where(x > 0, 1 + alpha - rest, rest - alpha), x * _gate_difference(x)
