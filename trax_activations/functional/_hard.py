"""Piecewise quadratic activations: an input times its own hard gate."""

import jax.numpy as jnp
from jax import Array

from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise


@activation(
    group="smooth",
    kinks={-3.0: 0.0, 3.0: 1.0},
    limits=(0.0, float("inf")),
    aliases=("hard_silu", "hswish"),
)
@elementwise(saves="x")
def hard_swish(x: Array) -> Array:
    r"""Hard swish: the input times its hard sigmoid.

    .. math::
        f(x) = x\,\frac{\min(\max(x + 3, 0), 6)}{6}

    The derivative is 0 at -3 and 1 at 3, as in PyTorch; the least value is -0.375, at -1.5. At
    :math:`-\infty` it is 0 (PyTorch and ``jax.nn`` have NaN).

    Args:
        x: Input, any shape, floating point.

    References:
        Howard, Sandler, Chu et al., "Searching for MobileNetV3", arXiv:1905.02244, 2019.

    Example:
        >>> F.hard_swish(jnp.array([-4.0, -1.5, 1.0, 5.0])).round(4)
        Array([ 0.    , -0.375 ,  0.6667,  5.    ], dtype=float32)
    """
    gated = jnp.where(x <= -3, jnp.zeros_like(x), x * ((x + 3) / 6))
    return jnp.where(x >= 3, x, gated)


@hard_swish.slope
def _(x: Array) -> tuple[Array, Array]:
    return ~(x <= -3), jnp.where(x >= 3, jnp.ones_like(x), (2 * jnp.maximum(x, -3) + 3) / 6)


@activation(group="smooth", kinks={-2.0: -1.0}, limits=(0.0, float("inf")))
@elementwise(saves="x")
def hard_mish(x: Array) -> Array:
    r"""Hard Mish: a piecewise quadratic that resembles Mish.

    .. math::
        f(x) = \frac{x}{2}\,\min(\max(x + 2, 0), 2)

    The derivative at -2 is -1, as of this formula in PyTorch and of timm's ``hard_mish``; the least
    value is -0.5, at -1.

    Args:
        x: Input, any shape, floating point.

    References:
        Misra, "H-Mish", https://github.com/digantamisra98/H-Mish, 2020.

    Example:
        >>> F.hard_mish(jnp.array([-3.0, -1.0, 0.0, 2.0]))
        Array([ 0. , -0.5,  0. ,  2. ], dtype=float32)
    """
    gated = jnp.where(x < -2, jnp.zeros_like(x), x * (x / 2 + 1))
    return jnp.where(x >= 0, x, gated)


@hard_mish.slope
def _(x: Array) -> tuple[Array, Array]:
    return ~(x < -2), jnp.where(x >= 0, jnp.ones_like(x), jnp.maximum(x, -2) + 1)
