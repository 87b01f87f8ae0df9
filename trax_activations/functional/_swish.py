"""Self-gated activations: an input times a sigmoid of it, the swish family."""

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic

from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import bounded, self_gated, silu_slope, squared_sech


@activation(
    group="smooth", limits=(0.0, float("inf")), aliases=("swish",), layer_aliases=("Swish",)
)
@elementwise(saves="x")
def silu(x: Array) -> Array:
    r"""Sigmoid linear unit (SiLU), also called swish.

    .. math::
        f(x) = \frac{x}{1 + e^{-x}}

    The least value is -0.2785, at -1.2785. At :math:`-\infty` it is 0 (PyTorch and ``jax.nn`` have
    NaN).

    Args:
        x: Input, any shape, floating point.

    References:
        Elfwing, Uchibe, Doya, "Sigmoid-Weighted Linear Units for Neural Network Function
        Approximation in Reinforcement Learning", arXiv:1702.03118, 2017; Ramachandran, Zoph, Le,
        "Searching for Activation Functions", arXiv:1710.05941, 2017.

    Example:
        >>> F.silu(jnp.array([-jnp.inf, 0.0, 0.5])).round(4)
        Array([-0.    ,  0.    ,  0.3112], dtype=float32)
    """
    return self_gated(x, logistic(x))


@silu.slope
def _(x: Array) -> Array:
    return silu_slope(x)


@activation(group="smooth", limits=(0.0, float("inf")))
@elementwise(saves="x")
def e_swish(x: Array, *, beta: float = 1.375) -> Array:
    r"""E-swish: swish, stretched.

    .. math::
        f(x) = \frac{\beta x}{1 + e^{-x}}

    Args:
        x: Input, any shape, floating point.
        beta: The factor :math:`\beta`; the paper takes 1 to 2, less for deeper networks.

    References:
        Alcaide, "E-swish: Adjusting Activations to Different Network Depths", arXiv:1801.07145,
        2018.

    Example:
        >>> F.e_swish(jnp.array([-jnp.inf, 0.0, 0.5]), beta=2.0).round(4)
        Array([-0.    ,  0.    ,  0.6225], dtype=float32)
    """
    return self_gated(x, beta * logistic(x))


@e_swish.slope
def _(x: Array, *, beta: float) -> Array:
    z = bounded(x)
    return beta * (logistic(z) * (1 + z * logistic(-z)))


@activation(group="smooth", limits=(0.0, float("inf")))
@elementwise(saves="x")
def quick_gelu(x: Array) -> Array:
    r"""Quick GELU: the sigmoid approximation of GELU, which CLIP uses.

    .. math::
        f(x) = \frac{x}{1 + e^{-1.702 x}}

    It is at most 0.0203 from GELU. The least value is -0.1636, at -0.7512.

    Args:
        x: Input, any shape, floating point.

    References:
        Hendrycks, Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415, 2016.

    Example:
        >>> F.quick_gelu(jnp.array([-jnp.inf, 0.0, 1.0])).round(4)
        Array([-0.    ,  0.    ,  0.8458], dtype=float32)
    """
    return self_gated(x, logistic(1.702 * x))


@quick_gelu.slope
def _(x: Array) -> Array:
    return silu_slope(1.702 * x)


@activation(group="smooth", limits=(float("inf"), float("inf")))
@elementwise(saves="x")
def lisht(x: Array) -> Array:
    r"""Linearly scaled hyperbolic tangent (LiSHT).

    .. math::
        f(x) = x \tanh(x)

    It is even: the same for :math:`x` and :math:`-x`.

    Args:
        x: Input, any shape, floating point.

    References:
        Roy, Manna, Dubey, Chaudhuri, "LiSHT: Non-Parametric Linearly Scaled Hyperbolic Tangent
        Activation Function for Neural Networks", arXiv:1901.05894, 2019.

    Example:
        >>> F.lisht(jnp.array([-jnp.inf, 0.0, 2.0])).round(4)
        Array([   inf, 0.    , 1.9281], dtype=float32)
    """
    return x * jnp.tanh(x)


@lisht.slope
def _(x: Array) -> Array:
    z = bounded(x)
    return jnp.tanh(z) + z * squared_sech(z)
