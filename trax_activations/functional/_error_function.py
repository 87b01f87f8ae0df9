"""Activations gated by an error function of learned shape."""

import math

import jax.numpy as jnp
from jax import Array
from jax.lax import erf, logistic
from jax.typing import ArrayLike

from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import clip_to_finite, multiply_no_nan, stable_softplus


def _bell(v: Array) -> Array:
    """The derivative of the error function."""
    return (2 / math.sqrt(math.pi)) * jnp.exp(-jnp.square(v))


@activation(
    group="learned",
    parameters=(Parameter("gamma", 1.25), Parameter("delta", 0.85)),
    limits=(0.0, float("inf")),
)
@elementwise(saves="x")
def pserf(x: Array, gamma: ArrayLike, delta: ArrayLike) -> Array:
    r"""Parametric serf: an input gated by the error function of a softplus.

    .. math::
        f(x) = x \operatorname{erf}(\gamma \ln(1 + e^{\delta x}))

    Args:
        x: Input, any shape, floating point.
        gamma: Scale of the gate: a scalar, or an array that broadcasts against ``x``, such as
            ``(C,)`` for one per channel in the last axis.
        delta: Sharpness of the gate, likewise.

    References:
        Biswas, Kumar, Banerjee, Pandey, "ErfAct and Pserf: Non-monotonic Smooth Trainable
        Activation Functions", arXiv:2109.04386, 2021.

    Example:
        >>> jax.device_get(F.pserf(jnp.array([-jnp.inf, -1.0, 2.0]), 1.25, 0.85)).round(4)
        array([ 0.    , -0.4707,  1.9981], dtype=float32)
    """
    u = multiply_no_nan(delta, x)
    return multiply_no_nan(erf(multiply_no_nan(gamma, stable_softplus(u))), x)


@pserf.partials
def _(x: Array, gamma: Array, delta: Array) -> tuple[Array, Array, Array]:
    u = clip_to_finite(delta * x)
    height = stable_softplus(u)
    v = gamma * height
    bell = clip_to_finite(x * _bell(v))
    return (
        erf(v) + gamma * clip_to_finite(delta * clip_to_finite(bell * logistic(u))),
        bell * height,
        gamma * clip_to_finite(bell * (x * logistic(u))),
    )


@activation(
    group="learned",
    parameters=(Parameter("alpha", 0.75), Parameter("beta", 0.75)),
    limits=(0.0, float("inf")),
)
@elementwise(saves="x")
def erf_act(x: Array, alpha: ArrayLike, beta: ArrayLike) -> Array:
    r"""ErfAct: an input gated by the error function of an exponential.

    .. math::
        f(x) = x \operatorname{erf}(\alpha e^{\beta x})

    Args:
        x: Input, any shape, floating point.
        alpha: Scale of the gate: a scalar, or an array that broadcasts against ``x``, such as
            ``(C,)`` for one per channel in the last axis.
        beta: Sharpness of the gate, likewise.

    References:
        Biswas, Kumar, Banerjee, Pandey, "ErfAct and Pserf: Non-monotonic Smooth Trainable
        Activation Functions", arXiv:2109.04386, 2021.

    Example:
        >>> jax.device_get(F.erf_act(jnp.array([-jnp.inf, -1.0, 2.0]), 0.75, 0.75)).round(4)
        array([ 0.    , -0.3836,  2.    ], dtype=float32)
    """
    return multiply_no_nan(erf(multiply_no_nan(alpha, jnp.exp(multiply_no_nan(beta, x)))), x)


@erf_act.partials
def _(x: Array, alpha: Array, beta: Array) -> tuple[Array, Array, Array]:
    u = clip_to_finite(beta * x)
    growth = clip_to_finite(jnp.exp(u))
    v = clip_to_finite(alpha * growth)
    bell = _bell(v)
    # v * bell vanishes where the exponential is 0, and where it is large: never 0 times infinity.
    return (
        erf(v) + (v * bell) * u,
        clip_to_finite(x * bell) * growth,
        clip_to_finite(x * (v * bell)) * x,
    )
