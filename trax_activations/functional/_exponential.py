"""Exponential linear units: the identity above 0, an exponential below."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from trax_activations._checks import positive
from trax_activations._spec import activation
from trax_activations.functional._elementwise import Saved, elementwise
from trax_activations.functional._numerics import negative_part


def _elu_saves(dtype: Any, alpha: float) -> Saved:
    """The output tells the sign of the input only if alpha is positive."""
    return "y" if alpha > 0 else "x"


@activation(
    group="rectifier",
    kinks=lambda alpha: {0.0: alpha},
    limits=(-1.0, float("inf")),
    monotone=True,
    argument_aliases={"a": "alpha"},
)
@elementwise(saves=_elu_saves, levels=lambda alpha: (-alpha,))
def elu(x: Array, alpha: float = 1.0) -> Array:
    r"""Exponential linear unit (ELU).

    .. math::
        f(x) = \begin{cases} x & x > 0 \\ \alpha\,(e^x - 1) & x \le 0 \end{cases}

    The derivative at 0 is :math:`\alpha`, as in PyTorch.

    Args:
        x: Input, any shape, floating point.
        alpha: Minus the limit :math:`\alpha` at :math:`-\infty`.

    References:
        Clevert, Unterthiner, Hochreiter, "Fast and Accurate Deep Network Learning by Exponential
        Linear Units (ELUs)", arXiv:1511.07289, 2015.

    Example:
        >>> F.elu(jnp.array([-jnp.inf, -1.0, 0.0, 2.0])).round(4)
        Array([-1.    , -0.6321,  0.    ,  2.    ], dtype=float32)
    """
    return jnp.where(x > 0, x, alpha * jnp.expm1(negative_part(x)))


@elu.slope
def _(y: Array, *, alpha: float) -> Array:
    return jnp.where(y > 0, jnp.ones_like(y), y + alpha)


@elu.slope_of_input
def _(x: Array, *, alpha: float) -> Array:
    return jnp.where(x > 0, jnp.ones_like(x), alpha * jnp.exp(negative_part(x)))


@activation(group="rectifier", limits=(-1.0, float("inf")), monotone=True)
@elementwise(saves="y", levels=lambda alpha: (-alpha,), checks=[positive("alpha")])
def celu(x: Array, alpha: float = 1.0) -> Array:
    r"""Continuously differentiable exponential linear unit (CELU).

    .. math::
        f(x) = \begin{cases} x & x > 0 \\ \alpha\,(e^{x / \alpha} - 1) & x \le 0 \end{cases}

    The derivative at 0 is 1 for every :math:`\alpha` (Keras on TensorFlow has :math:`\alpha`).

    Args:
        x: Input, any shape, floating point.
        alpha: Minus the limit :math:`\alpha` at :math:`-\infty`, positive.

    References:
        Barron, "Continuously Differentiable Exponential Linear Units", arXiv:1704.07483, 2017.

    Example:
        >>> F.celu(jnp.array([-jnp.inf, -1.0, 0.0, 2.0]), alpha=0.5).round(4)
        Array([-0.5   , -0.4323,  0.    ,  2.    ], dtype=float32)
    """
    return jnp.where(x > 0, x, alpha * jnp.expm1(negative_part(x) / alpha))


@celu.slope
def _(y: Array, *, alpha: float) -> Array:
    # At the limit 0, whichever way that was rounded.
    return jnp.where(y > 0, jnp.ones_like(y), jnp.maximum(y / alpha + 1, 0))


@celu.slope_of_input
def _(x: Array, *, alpha: float) -> Array:
    return jnp.where(x > 0, jnp.ones_like(x), jnp.exp(negative_part(x) / alpha))


@activation(
    group="rectifier",
    kinks=lambda alpha, lmbda: {0.0: alpha * lmbda},
    limits=(-1.7580993408473766, float("inf")),
    monotone=True,
)
@elementwise(
    saves="y", levels=lambda alpha, lmbda: (-alpha * lmbda,), checks=[positive("alpha", "lmbda")]
)
def selu(
    x: Array, *, alpha: float = 1.6732632423543772, lmbda: float = 1.0507009873554805
) -> Array:
    r"""Scaled exponential linear unit (SELU).

    .. math::
        f(x) = \lambda \begin{cases} x & x > 0 \\ \alpha\,(e^x - 1) & x \le 0 \end{cases}

    With the default constants a deep network keeps mean 0 and variance 1. The derivative at 0 is
    :math:`\lambda\alpha = 1.7581`, as in PyTorch (Keras on TensorFlow has 1.0507).

    Args:
        x: Input, any shape, floating point.
        alpha: The paper's :math:`\alpha_{01}`, positive.
        lmbda: The paper's :math:`\lambda_{01}`, positive.

    References:
        Klambauer, Unterthiner, Mayr, Hochreiter, "Self-Normalizing Neural Networks",
        arXiv:1706.02515, 2017.

    Example:
        >>> F.selu(jnp.array([-1.0, 0.0, 2.0])).round(4)
        Array([-1.1113,  0.    ,  2.1014], dtype=float32)
    """
    # The scale is inside the branches: outermost, it would hide the test from the output.
    return jnp.where(x > 0, lmbda * x, (lmbda * alpha) * jnp.expm1(negative_part(x)))


@selu.slope
def _(y: Array, *, alpha: float, lmbda: float) -> Array:
    return jnp.where(y > 0, jnp.full_like(y, lmbda), jnp.maximum(y + lmbda * alpha, 0))


@selu.slope_of_input
def _(x: Array, *, alpha: float, lmbda: float) -> Array:
    below = (lmbda * alpha) * jnp.exp(negative_part(x))
    return jnp.where(x > 0, jnp.full_like(x, lmbda), below)
