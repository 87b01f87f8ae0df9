"""Activations gated by an error function of learned shape."""

import math

import jax.numpy as jnp
from jax import Array
from jax.lax import erf, logistic
from jax.typing import ArrayLike

from trax_activations._spec import Parameter, activation
from trax_activations.functional._derivatives import from_derivatives
from trax_activations.functional._gradients import elementwise
from trax_activations.functional._inputs import finite
from trax_activations.functional._rectified import scaled
from trax_activations.functional._softplus import softplus_of

_PAPER = "Biswas et al., ErfAct and Pserf, arXiv:2109.04386 (2021)"


def _bell(v: Array) -> Array:
    """The derivative of the error function."""
    return (2 / math.sqrt(math.pi)) * jnp.exp(-jnp.square(v))


def _pserf_derivatives(x: Array, gamma: Array, delta: Array) -> tuple[Array, Array, Array]:
    u = finite(delta * x)
    height = softplus_of(u)
    v = gamma * height
    bell = finite(x * _bell(v))
    return (
        erf(v) + gamma * finite(delta * finite(bell * logistic(u))),
        bell * height,
        gamma * finite(bell * (x * logistic(u))),
    )


@activation(
    group="learned",
    paper=_PAPER,
    parameters=(Parameter("gamma", 1.25), Parameter("delta", 0.85)),
    limits=(0.0, float("inf")),
)
@elementwise(saves="x", tangent=from_derivatives(_pserf_derivatives), wide=True)
def pserf(x: Array, gamma: ArrayLike, delta: ArrayLike) -> Array:
    r"""Parametric serf: an input gated by the error function of a softplus.

    .. math::
        f(x) = x \operatorname{erf}(\gamma \ln(1 + e^{\delta x}))

    Args:
        x: Input, any shape, floating point.
        gamma: Scale of the gate: a scalar, or an array that broadcasts against ``x``, such as
            ``(C,)`` for one per channel in the last axis.
        delta: Sharpness of the gate, likewise.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Biswas, Kumar, Banerjee, Pandey, "ErfAct and Pserf: Non-monotonic Smooth Trainable
        Activation Functions", arXiv:2109.04386, 2021.

    Example:
        >>> jax.device_get(F.pserf(jnp.array([-jnp.inf, -1.0, 2.0]), 1.25, 0.85)).round(4)
        array([ 0.    , -0.4707,  1.9981], dtype=float32)
    """
    u = scaled(delta, x)
    return scaled(erf(scaled(gamma, softplus_of(u))), x)


def _erf_act_derivatives(x: Array, alpha: Array, beta: Array) -> tuple[Array, Array, Array]:
    u = finite(beta * x)
    growth = finite(jnp.exp(u))
    v = finite(alpha * growth)
    bell = _bell(v)
    # v * bell vanishes where the exponential is 0, and where it is large: never 0 times infinity.
    return erf(v) + (v * bell) * u, finite(x * bell) * growth, finite(x * (v * bell)) * x


@activation(
    group="learned",
    paper=_PAPER,
    parameters=(Parameter("alpha", 0.75), Parameter("beta", 0.75)),
    limits=(0.0, float("inf")),
)
@elementwise(saves="x", tangent=from_derivatives(_erf_act_derivatives), wide=True)
def erf_act(x: Array, alpha: ArrayLike, beta: ArrayLike) -> Array:
    r"""ErfAct: an input gated by the error function of an exponential.

    .. math::
        f(x) = x \operatorname{erf}(\alpha e^{\beta x})

    Args:
        x: Input, any shape, floating point.
        alpha: Scale of the gate: a scalar, or an array that broadcasts against ``x``, such as
            ``(C,)`` for one per channel in the last axis.
        beta: Sharpness of the gate, likewise.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Biswas, Kumar, Banerjee, Pandey, "ErfAct and Pserf: Non-monotonic Smooth Trainable
        Activation Functions", arXiv:2109.04386, 2021.

    Example:
        >>> jax.device_get(F.erf_act(jnp.array([-jnp.inf, -1.0, 2.0]), 0.75, 0.75)).round(4)
        array([ 0.    , -0.3836,  2.    ], dtype=float32)
    """
    return scaled(erf(scaled(alpha, jnp.exp(scaled(beta, x)))), x)
