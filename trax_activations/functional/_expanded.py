"""Self-gated activations whose gate learns to go beyond 0 and 1."""

import math

import jax.numpy as jnp
from jax import Array
from jax.lax import erf, erfc, logistic
from jax.typing import ArrayLike

from trax_activations._spec import Parameter, activation
from trax_activations.functional._adaptive import saturating
from trax_activations.functional._arctan import arctan_gates, missing
from trax_activations.functional._derivatives import from_derivatives
from trax_activations.functional._gradients import elementwise
from trax_activations.functional._rectified import scaled

_PAPER = "Huang, Expanded Gating Ranges Improve Activation Functions, arXiv:2405.20768 (2024)"


def _expanded(alpha: ArrayLike, on: Array, off: Array) -> Array:
    """``on * (1 + 2 alpha) - alpha`` for a gate and its complement, without cancellation."""
    alpha = jnp.asarray(alpha)
    return (1 + alpha) * on - alpha * off


def _xsilu_derivatives(x: Array, alpha: Array) -> tuple[Array, Array]:
    z = saturating(x)
    on, off = logistic(z), logistic(-z)
    return _expanded(alpha, on, off) + (1 + 2 * alpha) * (z * on * off), x * jnp.tanh(x / 2)


@activation(
    group="learned",
    paper=_PAPER,
    parameters=(Parameter("alpha", 0.0),),
    limits=(0.0, float("inf")),
)
@elementwise(saves="x", tangent=from_derivatives(_xsilu_derivatives), wide=True)
def xsilu(x: Array, alpha: ArrayLike) -> Array:
    r"""Expanded SiLU: the gate goes from -alpha to 1 + alpha.

    .. math::
        f(x) = x\,\bigl((1 + 2\alpha)\,\sigma(x) - \alpha\bigr)

    Args:
        x: Input, any shape, floating point.
        alpha: How far the gate goes beyond 0 and 1: a scalar, as in the paper, or an array that
            broadcasts against ``x``.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Huang, "Expanded Gating Ranges Improve Activation Functions", arXiv:2405.20768, 2024. There
        is one alpha for each MLP block, and it starts from 0: the SiLU.

    Example:
        >>> jax.device_get(F.xsilu(jnp.array([-1.0, 0.0, 2.0]), 0.5)).round(4)
        array([-0.0379,  0.    ,  2.5232], dtype=float32)
    """
    return scaled(_expanded(alpha, logistic(x), logistic(-x)), x)


def _normal(x: Array) -> tuple[Array, Array]:
    """The probabilities that a normal number is below, and above, ``x``."""
    half = x * math.sqrt(0.5)
    return 0.5 * erfc(-half), 0.5 * erfc(half)


def _xgelu_derivatives(x: Array, alpha: Array) -> tuple[Array, Array]:
    on, off = _normal(x)
    bump = x * (math.sqrt(0.5 / math.pi) * jnp.exp(-0.5 * jnp.square(x)))
    return _expanded(alpha, on, off) + (1 + 2 * alpha) * bump, x * erf(x * math.sqrt(0.5))


@activation(
    group="learned",
    paper=_PAPER,
    parameters=(Parameter("alpha", 0.0),),
    limits=(0.0, float("inf")),
)
@elementwise(saves="x", tangent=from_derivatives(_xgelu_derivatives), wide=True)
def xgelu(x: Array, alpha: ArrayLike) -> Array:
    r"""Expanded GELU: the gate goes from -alpha to 1 + alpha.

    .. math::
        f(x) = x\,\bigl((1 + 2\alpha)\,\Phi(x) - \alpha\bigr)

    Args:
        x: Input, any shape, floating point.
        alpha: How far the gate goes beyond 0 and 1: a scalar, as in the paper, or an array that
            broadcasts against ``x``.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Huang, "Expanded Gating Ranges Improve Activation Functions", arXiv:2405.20768, 2024. There
        is one alpha for each MLP block, and it starts from 0: the GELU.

    Example:
        >>> jax.device_get(F.xgelu(jnp.array([-1.0, 0.0, 2.0]), 0.5)).round(4)
        array([0.1827, 0.    , 2.909 ], dtype=float32)
    """
    return scaled(_expanded(alpha, *_normal(x)), x)


def _xatlu_derivatives(x: Array, alpha: Array) -> tuple[Array, Array]:
    near = jnp.clip(x, -1e15, 1e15)
    bump = near / (math.pi * (1 + jnp.square(near)))
    on, off = arctan_gates(x)
    return _expanded(alpha, on, off) + (1 + 2 * alpha) * bump, x * (on - off)


@activation(
    group="learned",
    paper=_PAPER,
    parameters=(Parameter("alpha", 0.0),),
    limits=(-0.31830987334251404, float("inf")),
    monotone=True,
)
@elementwise(saves="x", tangent=from_derivatives(_xatlu_derivatives), wide=True)
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

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

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
    return scaled(limit, x) - (1 + 2 * alpha) * missing(x)[1]
