"""Self-gated activations: an input times a sigmoid of it, the swish family."""

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic

from trax_activations._spec import activation
from trax_activations.functional._gradients import elementwise


def self_gated(x: Array, gate: Array) -> Array:
    """``x * gate``, where a gate of 0 holds at -inf too."""
    return jnp.maximum(x, jnp.finfo(x.dtype).min) * gate


def bounded(x: Array, low: float = -100.0, high: float = 100.0) -> Array:
    """``x`` within bounds outside which a derivative has its limit: no infinity meets a 0.

    It also keeps XLA from recognising the forward pass in the tangent, and keeping its parts.
    """
    return jnp.clip(x, low, high)


def silu_slope(x: Array) -> Array:
    """The derivative of ``x * sigmoid(x)``."""
    z = bounded(x)
    gate = logistic(z)
    return gate * (1 + z * (1 - gate))


def _silu_tangent(x_dot: Array, x: Array) -> Array:
    return silu_slope(x) * x_dot


@activation(
    group="smooth",
    paper="Elfwing et al., Sigmoid-Weighted Linear Units, arXiv:1702.03118 (2017)",
    limits=(0.0, float("inf")),
    aliases=("swish",),
    layer_aliases=("Swish",),
)
@elementwise(saves="x", tangent=_silu_tangent, wide=True)
def silu(x: Array) -> Array:
    r"""Sigmoid linear unit (SiLU), also called swish.

    .. math::
        f(x) = \frac{x}{1 + e^{-x}}

    The least value is -0.2785, at -1.2785. At :math:`-\infty` it is 0 (PyTorch and ``jax.nn`` have
    NaN).

    Args:
        x: Input, any shape, floating point.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Elfwing, Uchibe, Doya, "Sigmoid-Weighted Linear Units for Neural Network Function
        Approximation in Reinforcement Learning", arXiv:1702.03118, 2017; Ramachandran, Zoph, Le,
        "Searching for Activation Functions", arXiv:1710.05941, 2017.

    Example:
        >>> F.silu(jnp.array([-jnp.inf, 0.0, 0.5])).round(4)
        Array([-0.    ,  0.    ,  0.3112], dtype=float32)
    """
    return self_gated(x, logistic(x))


def _e_swish_tangent(x_dot: Array, x: Array, *, beta: float) -> Array:
    return (beta * silu_slope(x)) * x_dot  # In the other order the joined tangent keeps two more.


@activation(
    group="smooth",
    paper="Alcaide, E-swish: Adjusting Activations to Network Depths, arXiv:1801.07145 (2018)",
    limits=(0.0, float("inf")),
)
@elementwise(saves="x", tangent=_e_swish_tangent, wide=True)
def e_swish(x: Array, *, beta: float = 1.375) -> Array:
    r"""E-swish: swish, stretched.

    .. math::
        f(x) = \frac{\beta x}{1 + e^{-x}}

    Args:
        x: Input, any shape, floating point.
        beta: The factor :math:`\beta`; the paper takes 1 to 2, less for deeper networks.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Alcaide, "E-swish: Adjusting Activations to Different Network Depths", arXiv:1801.07145,
        2018.

    Example:
        >>> F.e_swish(jnp.array([-jnp.inf, 0.0, 0.5]), beta=2.0).round(4)
        Array([-0.    ,  0.    ,  0.6225], dtype=float32)
    """
    return self_gated(x, beta * logistic(x))


def _quick_gelu_tangent(x_dot: Array, x: Array) -> Array:
    return silu_slope(1.702 * x) * x_dot


@activation(
    group="smooth",
    paper="Hendrycks, Gimpel, Gaussian Error Linear Units, arXiv:1606.08415 (2016)",
    limits=(0.0, float("inf")),
)
@elementwise(saves="x", tangent=_quick_gelu_tangent, wide=True)
def quick_gelu(x: Array) -> Array:
    r"""Quick GELU: the sigmoid approximation of GELU, which CLIP uses.

    .. math::
        f(x) = \frac{x}{1 + e^{-1.702 x}}

    It is at most 0.0203 from GELU. The least value is -0.1636, at -0.7512.

    Args:
        x: Input, any shape, floating point.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Hendrycks, Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415, 2016.

    Example:
        >>> F.quick_gelu(jnp.array([-jnp.inf, 0.0, 1.0])).round(4)
        Array([-0.    ,  0.    ,  0.8458], dtype=float32)
    """
    return self_gated(x, logistic(1.702 * x))


def _lisht_tangent(x_dot: Array, x: Array) -> Array:
    z = bounded(x)
    t = jnp.tanh(z)
    return (t + z * ((1 - t) * (1 + t))) * x_dot


@activation(
    group="smooth",
    paper="Roy et al., LiSHT: Non-Parametric Linearly Scaled Hyperbolic Tangent (2019)",
    limits=(float("inf"), float("inf")),
)
@elementwise(saves="x", tangent=_lisht_tangent, wide=True)
def lisht(x: Array) -> Array:
    r"""Linearly scaled hyperbolic tangent (LiSHT).

    .. math::
        f(x) = x \tanh(x)

    It is even: the same for :math:`x` and :math:`-x`.

    Args:
        x: Input, any shape, floating point.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Roy, Manna, Dubey, Chaudhuri, "LiSHT: Non-Parametric Linearly Scaled Hyperbolic Tangent
        Activation Function for Neural Networks", arXiv:1901.05894, 2019.

    Example:
        >>> F.lisht(jnp.array([-jnp.inf, 0.0, 2.0])).round(4)
        Array([   inf, 0.    , 1.9281], dtype=float32)
    """
    return x * jnp.tanh(x)
