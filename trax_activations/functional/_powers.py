"""Activations made of squares and roots."""

import jax.numpy as jnp
from jax import Array

from trax_activations._checks import positive
from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import positive_part, root


@activation(
    group="rectifier", limits=(0.0, float("inf")), monotone=True, aliases=("relu2", "relu_squared")
)
@elementwise(saves="y")
def squared_relu(x: Array) -> Array:
    r"""Squared ReLU.

    .. math::
        f(x) = \max(x, 0)^2

    Args:
        x: Input, any shape, floating point.

    References:
        So, Mańke, Liu, Dai, Shazeer, Le, "Primer: Searching for Efficient Transformers for
        Language Modeling", arXiv:2109.08668, 2021.

    Example:
        >>> F.squared_relu(jnp.array([-2.0, 0.5, 3.0]))
        Array([0.  , 0.25, 9.  ], dtype=float32)
    """
    return jnp.where(x <= 0, jnp.zeros_like(x), x * x)


@squared_relu.slope
def _(y: Array) -> Array:
    return 2 * root(y)


@squared_relu.slope_of_input
def _(x: Array) -> Array:
    return 2 * positive_part(x)


def _over_root(x: Array, alpha: float) -> Array:
    """``x / sqrt(1 + alpha x^2)`` without overflow: above 1e18 the quotient does not change."""
    bounded = jnp.clip(x, -1e18, 1e18)
    return bounded / jnp.sqrt(1 + alpha * (bounded * bounded))


def _slope_from(y: Array, alpha: float) -> Array:
    """``(y / x)^3``, which is ``(1 - alpha y^2)^(3/2)``."""
    left = jnp.maximum(1 - alpha * (y * y), 0)
    return left * jnp.sqrt(jnp.maximum(left, jnp.finfo(y.dtype).tiny))


@activation(group="bounded", limits=(-1.0, 1.0), monotone=True)
@elementwise(
    saves="y", levels=lambda alpha: (-(alpha**-0.5), alpha**-0.5), checks=[positive("alpha")]
)
def isru(x: Array, *, alpha: float = 1.0) -> Array:
    r"""Inverse square root unit (ISRU): an algebraic tanh.

    .. math::
        f(x) = \frac{x}{\sqrt{1 + \alpha x^2}}

    Args:
        x: Input, any shape, floating point.
        alpha: :math:`\alpha`, positive; the limits are :math:`\pm 1 / \sqrt\alpha`.

    References:
        Carlile, Delamarter, Kinney, Marti, Whitney, "Improving Deep Learning by Inverse Square Root
        Linear Units (ISRLUs)", arXiv:1710.09967, 2017.

    Example:
        >>> F.isru(jnp.array([-jnp.inf, 0.0, 1.0]), alpha=4.0).round(4)
        Array([-0.5   ,  0.    ,  0.4472], dtype=float32)
    """
    return _over_root(x, alpha)


@isru.slope
def _(y: Array, *, alpha: float) -> Array:
    return _slope_from(y, alpha)


def _slope_at(x: Array, alpha: float) -> Array:
    bounded = jnp.clip(x, -1e18, 1e18)
    inverse = 1 / jnp.sqrt(1 + alpha * (bounded * bounded))
    return inverse * (inverse * inverse)


@isru.slope_of_input
def _(x: Array, *, alpha: float) -> Array:
    return _slope_at(x, alpha)


@activation(group="rectifier", limits=(-1.0, float("inf")), monotone=True)
@elementwise(saves="y", levels=lambda alpha: (-(alpha**-0.5),), checks=[positive("alpha")])
def isrlu(x: Array, *, alpha: float = 1.0) -> Array:
    r"""Inverse square root linear unit (ISRLU): an algebraic ELU.

    .. math::
        f(x) = \begin{cases} x & x \ge 0 \\ x / \sqrt{1 + \alpha x^2} & x < 0 \end{cases}

    Value, slope and curvature are continuous at 0.

    Args:
        x: Input, any shape, floating point.
        alpha: :math:`\alpha`, positive; the limit at :math:`-\infty` is :math:`-1 / \sqrt\alpha`.

    References:
        Carlile, Delamarter, Kinney, Marti, Whitney, "Improving Deep Learning by Inverse Square Root
        Linear Units (ISRLUs)", arXiv:1710.09967, 2017.

    Example:
        >>> F.isrlu(jnp.array([-jnp.inf, -1.0, 2.0]), alpha=3.0)[1:]
        Array([-0.5,  2. ], dtype=float32)
    """
    return jnp.where(x >= 0, x, _over_root(jnp.minimum(x, 0), alpha))


@isrlu.slope
def _(y: Array, *, alpha: float) -> Array:
    return jnp.where(y >= 0, jnp.ones_like(y), _slope_from(jnp.minimum(y, 0), alpha))


@isrlu.slope_of_input
def _(x: Array, *, alpha: float) -> Array:
    return _slope_at(jnp.minimum(x, 0), alpha)


@activation(group="smooth", limits=(-float("inf"), float("inf")), monotone=True)
@elementwise(saves="y")
def bent_identity(x: Array) -> Array:
    r"""Bent identity: slope one half on the left, three halves on the right.

    .. math::
        f(x) = \frac{\sqrt{x^2 + 1} - 1}{2} + x

    Args:
        x: Input, any shape, floating point.

    References:
        Unke, Maennel, "E3x: E(3)-Equivariant Deep Learning Made Easy", arXiv:2401.07595, 2024:
        ``bent_identity`` of its code. Who wrote it first is not known.

    Example:
        >>> F.bent_identity(jnp.array([-jnp.inf, 0.0, 0.75]))
        Array([ -inf, 0.   , 0.875], dtype=float32)
    """
    bounded = jnp.clip(x, -1e18, 1e18)
    bend = bounded / (jnp.sqrt(bounded * bounded + 1) + 1)  # (sqrt(x^2 + 1) - 1) / x
    return x * (1 + bend / 2)


@bent_identity.slope
def _(y: Array) -> Array:
    bounded = jnp.clip(y + 0.5, -1e18, 1e18)
    length = jnp.sqrt(4 * (bounded * bounded) + 3)
    return 0.75 * length / (length - bounded)
