"""Self-gated activations that learn how sharply they switch: swish and the ACON family."""

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic
from jax.typing import ArrayLike

from trax_activations._spec import Normal, Parameter, activation
from trax_activations.functional._derivatives import from_derivatives
from trax_activations.functional._gradients import elementwise
from trax_activations.functional._inputs import finite
from trax_activations.functional._rectified import scaled

# Beyond, a sigmoid is 0 or 1 to the last bit in every dtype: 0 times infinity is met nowhere.
_SATURATED = 800.0

_ACON_PAPER = "Ma et al., Activate or Not: Learning Customized Activation, arXiv:2009.04759 (2020)"


def saturating(u: Array) -> Array:
    """``u`` within bounds beyond which the sigmoid of it does not change."""
    return jnp.clip(u, -_SATURATED, _SATURATED)


def _swish_beta_derivatives(x: Array, beta: Array) -> tuple[Array, Array]:
    u = saturating(beta * x)
    on, off = logistic(u), logistic(-u)
    return on * (1 + u * off), (x * on) * (x * off)


@activation(
    group="learned",
    paper="Ramachandran et al., Searching for Activation Functions, arXiv:1710.05941 (2017)",
    parameters=(Parameter("beta", 1.0),),
    limits=(0.0, float("inf")),
    aliases=("learned_swish",),
)
@elementwise(saves="x", tangent=from_derivatives(_swish_beta_derivatives), wide=True)
def swish_beta(x: Array, beta: ArrayLike) -> Array:
    r"""Swish with a learned gate: between a line (beta = 0) and a ReLU.

    .. math::
        f(x) = x\,\sigma(\beta x) \qquad
        \frac{\partial f}{\partial \beta} = x^2\,\sigma(\beta x)\,\sigma(-\beta x)

    Args:
        x: Input, any shape, floating point.
        beta: Sharpness of the gate, any number: a scalar, or an array that broadcasts against
            ``x``, such as ``(C,)`` for one per channel in the last axis.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Ramachandran, Zoph, Le, "Searching for Activation Functions", arXiv:1710.05941, 2017. Its
        beta is "a constant or a trainable parameter"; 1 makes it the SiLU.

    Example:
        >>> F.swish_beta(jnp.array([-2.0, 0.0, 2.0]), 0.0)
        Array([-1.,  0.,  1.], dtype=float32)
    """
    return scaled(logistic(scaled(beta, x)), x)


def _acon(x: Array, p1: ArrayLike, p2: ArrayLike, beta: ArrayLike) -> Array:
    """ACON-C as a mean of two slopes: one product with ``x``, and so one limit at infinity."""
    p1, p2 = jnp.asarray(p1), jnp.asarray(p2)
    u = scaled(beta * (p1 - p2), x)
    return scaled(p1 * logistic(u) + p2 * logistic(-u), x)


def _acon_derivatives(
    x: Array, p1: Array, p2: Array, beta: Array
) -> tuple[Array, Array, Array, Array]:
    difference = p1 - p2
    v = finite(difference * x)
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
    paper=_ACON_PAPER,
    parameters=(
        Parameter("p1", 1.0, drawn=Normal(0.0, 1.0)),
        Parameter("p2", 0.0, drawn=Normal(0.0, 1.0)),
        Parameter("beta", 1.0),
    ),
    num_parameters="channels",
    limits=(0.0, float("inf")),
)
@elementwise(saves="x", tangent=from_derivatives(_acon_derivatives), wide=True)
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

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Ma, Zhang, Liu, Sun, "Activate or Not: Learning Customized Activation", arXiv:2009.04759,
        2020; initial values of the authors' code (nmaac/acon): p1, p2 normal, beta 1.

    Example:
        >>> F.acon_c(jnp.array([-2.0, 2.0]), 1.0, 0.25, 100.0)
        Array([-0.5,  2. ], dtype=float32)
    """
    return _acon(x, p1, p2, beta)
