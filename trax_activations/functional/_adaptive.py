"""Self-gated activations that learn how sharply they switch: swish and the ACON family."""

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic
from jax.typing import ArrayLike

from trax_activations._spec import Normal, Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import clip_to_finite, multiply_no_nan, saturating


@activation(
    group="learned",
    parameters=(Parameter("beta", 1.0),),
    limits=(0.0, float("inf")),
    aliases=("learned_swish",),
)
@elementwise(saves="x")
def swish_beta(x: Array, beta: ArrayLike) -> Array:
    r"""Swish with a learned gate: between a line (beta = 0) and a ReLU.

    .. math::
        f(x) = x\,\sigma(\beta x) \qquad
        \frac{\partial f}{\partial \beta} = x^2\,\sigma(\beta x)\,\sigma(-\beta x)

    Args:
        x: Input, any shape, floating point.
        beta: Sharpness of the gate, any number: a scalar, or an array that broadcasts against
            ``x``, such as ``(C,)`` for one per channel in the last axis.

    References:
        Ramachandran, Zoph, Le, "Searching for Activation Functions", arXiv:1710.05941, 2017. Its
        beta is "a constant or a trainable parameter"; 1 makes it the SiLU.

    Example:
        >>> F.swish_beta(jnp.array([-2.0, 0.0, 2.0]), 0.0)
        Array([-1.,  0.,  1.], dtype=float32)
    """
    return multiply_no_nan(logistic(multiply_no_nan(beta, x)), x)


@swish_beta.partials
def _(x: Array, beta: Array) -> tuple[Array, Array]:
    u = saturating(beta * x)
    on, off = logistic(u), logistic(-u)
    return on * (1 + u * off), (x * on) * (x * off)


def _acon(x: Array, p1: ArrayLike, p2: ArrayLike, beta: ArrayLike) -> Array:
    """ACON-C as a mean of two slopes: one product with ``x``, and so one limit at infinity."""
    p1, p2 = jnp.asarray(p1), jnp.asarray(p2)
    u = multiply_no_nan(beta * (p1 - p2), x)
    return multiply_no_nan(p1 * logistic(u) + p2 * logistic(-u), x)


@activation(
    group="learned",
    parameters=(
        Parameter("p1", 1.0, drawn=Normal(0.0, 1.0)),
        Parameter("p2", 0.0, drawn=Normal(0.0, 1.0)),
        Parameter("beta", 1.0),
    ),
    num_parameters="channels",
    limits=(0.0, float("inf")),
)
@elementwise(saves="x")
def acon_c(x: Array, p1: ArrayLike, p2: ArrayLike, beta: ArrayLike) -> Array:
    r"""ACON-C, "activate or not": a smooth maximum of two learned lines.

    .. math::
        f(x) = (p_1 - p_2)\,x\,\sigma(\beta (p_1 - p_2)\,x) + p_2\,x

    For :math:`\beta \to \infty` it is :math:`\max(p_1 x, p_2 x)`, for :math:`\beta = 0` the mean of
    both lines: it does not activate. With :math:`p_1 = 1, p_2 = 0` it is swish.

    Args:
        x: Input, any shape, floating point.
        p1: Slope of the first line: a scalar, or an array that broadcasts against ``x``.
        p2: Slope of the second line, likewise.
        beta: How far it activates, likewise.

    References:
        Ma, Zhang, Liu, Sun, "Activate or Not: Learning Customized Activation", arXiv:2009.04759,
        2020; initial values of the authors' code (nmaac/acon): p1, p2 normal, beta 1.

    Example:
        >>> F.acon_c(jnp.array([-2.0, 2.0]), 1.0, 0.25, 100.0)
        Array([-0.5,  2. ], dtype=float32)
    """
    return _acon(x, p1, p2, beta)


@acon_c.partials
def _acon_derivatives(
    x: Array, p1: Array, p2: Array, beta: Array
) -> tuple[Array, Array, Array, Array]:
    difference = p1 - p2
    v = clip_to_finite(difference * x)
    u = saturating(beta * v)
    on, off = logistic(u), logistic(-u)
    bump = u * on * off
    return (
        p1 * on + p2 * off + difference * bump,
        x * (on + bump),
        x * (off - bump),
        (v * on) * (v * off),
    )


@activation(
    group="learned",
    parameters=(
        Parameter("p1", 1.0, drawn=Normal(0.0, 1.0)),
        Parameter("p2", 0.0, drawn=Normal(0.0, 1.0)),
        Parameter("theta", 0.0, learned=False),
    ),
    num_parameters="channels",
    limits=(0.0, float("inf")),
)
@elementwise(saves="x")
def meta_acon(x: Array, p1: ArrayLike, p2: ArrayLike, theta: ArrayLike) -> Array:
    r"""Meta-ACON: ACON-C whose switch is computed from the input.

    .. math::
        f(x) = (p_1 - p_2)\,x\,\sigma(\beta (p_1 - p_2)\,x) + p_2\,x, \qquad \beta = \sigma(\theta)

    In the layer :math:`\theta` comes from a small network on the mean over all positions.

    Args:
        x: Input, any shape, floating point.
        p1: Slope of the first line: a scalar, or an array that broadcasts against ``x``.
        p2: Slope of the second line, likewise.
        theta: Before its sigmoid, how far it activates: for channels last, ``(B, 1, ..., 1, C)``.

    References:
        Ma, Zhang, Liu, Sun, "Activate or Not: Learning Customized Activation", arXiv:2009.04759,
        2020; ``MetaAconC`` of the authors' code (nmaac/acon).

    Example:
        >>> jax.device_get(F.meta_acon(jnp.array([-2.0, 2.0]), 1.0, 0.25, 50.0)).round(4)
        array([-0.7736,  1.7264], dtype=float32)
    """
    return _acon(x, p1, p2, logistic(theta))


@meta_acon.partials
def _(x: Array, p1: Array, p2: Array, theta: Array) -> tuple[Array, Array, Array, Array]:
    beta = logistic(theta)
    dx, dp1, dp2, dbeta = _acon_derivatives(x, p1, p2, beta)
    return dx, dp1, dp2, dbeta * (beta * logistic(-theta))
