"""Self-gated activations with gates made of two functions, the Mish family."""

import math

import jax
import jax.numpy as jnp
from jax import Array
from jax.lax import erf, logistic

from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import (
    bounded,
    gate_in_tangent,
    gelu_gate,
    gelu_slope,
    log1p_series,
    self_gated,
    squared_sech,
    stable_softplus,
)

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)


@activation(group="smooth", limits=(0.0, float("inf")))
@elementwise(saves="x")
def mish(x: Array) -> Array:
    r"""Mish.

    .. math::
        f(x) = x \tanh(\operatorname{softplus}(x)) = x\,\frac{n}{n + 2}, \quad n = e^x (e^x + 2)

    The second form has one exponential, and no cancellation. The least value is -0.3088, at
    -1.1924. At :math:`-\infty` it is 0 (PyTorch and ``jax.nn`` have NaN).

    Args:
        x: Input, any shape, floating point.

    References:
        Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", arXiv:1908.08681, 2019.

    Example:
        >>> F.mish(jnp.array([-jnp.inf, 0.0, 2.0])).round(4)
        Array([-0.   ,  0.   ,  1.944], dtype=float32)
    """
    e = jnp.exp(jnp.minimum(x, 40))  # Its square is finite, and the gate is 1 from 10 on.
    n = e * (e + 2)
    return self_gated(x, n / (n + 2))


@mish.slope
def _(x: Array) -> Array:
    # From there on it is 1; further on, the fourth power in the second derivative would overflow.
    z = bounded(x, high=20 if x.dtype == jnp.float64 else 10)
    e = jnp.exp(z)
    n = e * (e + 2)
    m = n + 2
    # One quotient: with more, XLA CPU splits the tangent, and computes and keeps a part early.
    return (n * m + 4 * z * e * (e + 1)) / (m * m)


@activation(group="smooth", limits=(0.0, float("inf")))
@elementwise(saves="x")
def serf(x: Array) -> Array:
    r"""Serf.

    .. math::
        f(x) = x \operatorname{erf}(\operatorname{softplus}(x))

    The least value is -0.3484, at -1.1930.

    Args:
        x: Input, any shape, floating point.

    References:
        Nag, Bhattacharyya, "SERF: Towards better training of deep neural networks using
        log-Softplus ERror activation Function", arXiv:2108.09598, 2021.

    Example:
        >>> F.serf(jnp.array([-jnp.inf, 0.0, 1.0])).round(4)
        Array([-0.    ,  0.    ,  0.9367], dtype=float32)
    """
    return self_gated(x, erf(stable_softplus(x)))


@jax.custom_jvp
def _softplus(z: Array) -> Array:
    """As ``stable_softplus``, with one exponential: with two XLA CPU would split the tangent."""
    return jnp.maximum(z, 0) + log1p_series(1 / (1 + 2 * jnp.exp(jnp.abs(z))))


@_softplus.defjvp
def _softplus_rule(operands: tuple[Array], dots: tuple[Array]) -> tuple[Array, Array]:
    return _softplus(*operands), logistic(operands[0]) * dots[0]


@serf.slope
def _(x: Array) -> Array:
    z = bounded(x)
    s = _softplus(z)
    return erf(s) + z * (_TWO_OVER_ROOT_PI * jnp.exp(-s * s) * logistic(z))


@activation(group="smooth", limits=(0.0, float("inf")), aliases=("telu",))
@elementwise(saves="x")
def tanh_exp(x: Array) -> Array:
    r"""TanhExp, published again as TeLU.

    .. math::
        f(x) = x \tanh(e^x)

    The least value is -0.3533, at -1.0789.

    Args:
        x: Input, any shape, floating point.

    References:
        Liu, Di, "TanhExp: A Smooth Activation Function with High Convergence Speed for Lightweight
        Neural Networks", arXiv:2003.09855, 2020; Fernandez, Mali, "TeLU Activation Function for
        Fast and Stable Deep Learning", arXiv:2412.20269, 2024.

    Example:
        >>> F.tanh_exp(jnp.array([-jnp.inf, 0.0, 1.0])).round(4)
        Array([-0.    ,  0.    ,  0.9913], dtype=float32)
    """
    return self_gated(x, jnp.tanh(jnp.exp(x)))


@tanh_exp.slope
def _(x: Array) -> Array:
    z = bounded(x, high=10)
    e = jnp.exp(z)
    return jnp.tanh(e) + z * e * squared_sech(e)


@activation(group="smooth", limits=(0.0, float("inf")))
@elementwise(saves="x")
def phish(x: Array) -> Array:
    r"""Phish.

    .. math::
        f(x) = x \tanh(\operatorname{gelu}(x))

    Args:
        x: Input, any shape, floating point.

    References:
        Naveen, "Phish: A Novel Hyper-Optimizable Activation Function", TechRxiv, 2021,
        doi:10.36227/techrxiv.17283824.v1.

    Example:
        >>> F.phish(jnp.array([-jnp.inf, 0.0, 0.5])).round(4)
        Array([0.    , 0.    , 0.1663], dtype=float32)
    """
    return self_gated(x, jnp.tanh(self_gated(x, gelu_gate(x))))


@phish.slope
def _(x: Array) -> Array:
    z = bounded(x, -30, 30)
    u = z * gate_in_tangent(z)
    return jnp.tanh(u) + z * squared_sech(u) * gelu_slope(z)


@activation(group="smooth", limits=(0.0, float("inf")))
@elementwise(saves="x")
def golu(x: Array) -> Array:
    r"""Gompertz linear unit (GoLU).

    .. math::
        f(x) = x\,e^{-e^{-x}}

    The least value is -0.0973, at -0.5671.

    Args:
        x: Input, any shape, floating point.

    References:
        Das, Safari, Adriaensen, Hutter, "Gompertz Linear Units: Leveraging Asymmetry for Enhanced
        Learning Dynamics", NeurIPS 2025, arXiv:2502.03654.

    Example:
        >>> F.golu(jnp.array([-jnp.inf, 0.0, 1.0])).round(4)
        Array([-0.    ,  0.    ,  0.6922], dtype=float32)
    """
    return self_gated(x, jnp.exp(-jnp.exp(-x)))


@golu.slope
def _(x: Array) -> Array:
    z = bounded(x, low=-10)
    e = jnp.exp(-z)
    return jnp.exp(-e) * (1 + z * e)
