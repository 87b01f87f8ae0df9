"""S-shaped activations: from one constant to another."""

import jax
import jax.numpy as jnp
from jax import Array

from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import clip_to_finite, squared_sech


@activation(group="bounded", limits=(0.0, 1.0), monotone=True, aliases=("logistic",))
@elementwise(saves="y", levels=(1.0,))
def sigmoid(x: Array) -> Array:
    r"""Logistic sigmoid.

    .. math::
        f(x) = \frac{1}{1 + e^{-x}}

    Args:
        x: Input, any shape, floating point.

    References:
        Rumelhart, Hinton, Williams, "Learning Representations by Back-propagating Errors",
        Nature 323, 1986, doi:10.1038/323533a0.

    Example:
        >>> F.sigmoid(jnp.array([-jnp.inf, 0.0, 0.5])).round(4)
        Array([0.    , 0.5   , 0.6225], dtype=float32)
    """
    return jax.lax.logistic(x)


@sigmoid.slope
def _(y: Array) -> Array:
    return y * (1 - y)


@sigmoid.slope_of_input
def _(x: Array) -> Array:
    return jax.lax.logistic(x) * jax.lax.logistic(-x)


@activation(group="bounded", limits=(-1.0, 1.0), monotone=True)
@elementwise(saves="y", levels=(-1.0, 1.0))
def tanh(x: Array) -> Array:
    r"""Hyperbolic tangent.

    .. math::
        f(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}

    Args:
        x: Input, any shape, floating point.

    References:
        LeCun, Bottou, Orr, Müller, "Efficient BackProp", 1998, doi:10.1007/3-540-49430-8_2.

    Example:
        >>> F.tanh(jnp.array([-jnp.inf, 0.0, 2.0])).round(4)
        Array([-1.   ,  0.   ,  0.964], dtype=float32)
    """
    return jnp.tanh(x)


@tanh.slope
def _(y: Array) -> Array:
    return (1 - y) * (1 + y)


@tanh.slope_of_input
def _(x: Array) -> Array:
    return squared_sech(x)


@activation(group="bounded", limits=(-1.0, 1.0), monotone=True)
@elementwise(saves="y", levels=(-1.0, 1.0))
def soft_sign(x: Array) -> Array:
    r"""Soft sign: as tanh, but with slow tails.

    .. math::
        f(x) = \frac{x}{1 + |x|}

    At :math:`\pm\infty` it is :math:`\pm 1` (PyTorch and ``jax.nn`` have NaN).

    Args:
        x: Input, any shape, floating point.

    References:
        Bergstra, Desjardins, Lamblin, Bengio, "Quadratic Polynomials Learn Better Image Features",
        Université de Montréal, report 1337, 2009; made known by Glorot, Bengio, "Understanding the
        Difficulty of Training Deep Feedforward Neural Networks", 2010,
        https://proceedings.mlr.press/v9/glorot10a.html.

    Example:
        >>> F.soft_sign(jnp.array([-jnp.inf, 0.0, 1.0]))
        Array([-1. ,  0. ,  0.5], dtype=float32)
    """
    bounded = clip_to_finite(x)
    return bounded / (1 + jnp.abs(bounded))


@soft_sign.slope
def _(y: Array) -> Array:
    rest = 1 - jnp.abs(y)
    return rest * rest


@soft_sign.slope_of_input
def _(x: Array) -> Array:
    rest = 1 / (1 + jnp.abs(x))
    return rest * rest
