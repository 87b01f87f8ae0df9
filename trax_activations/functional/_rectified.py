"""Piecewise linear activations with one kink: ReLU and what learns its slope or its threshold."""

from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import Saved, elementwise
from trax_activations.functional._numerics import multiply_no_nan, negative_part, positive_part


@activation(group="rectifier", kinks={0.0: 0.0}, limits=(0.0, float("inf")), monotone=True)
@elementwise(saves="y", float32=False)
def relu(x: Array) -> Array:
    r"""Rectified linear unit.

    .. math::
        f(x) = \max(x, 0)

    The derivative at 0 is 0, as in PyTorch.

    Args:
        x: Input, any shape, floating point.

    References:
        Nair, Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML 2010,
        https://icml.cc/Conferences/2010/papers/432.pdf.

    Example:
        >>> F.relu(jnp.array([-2.0, 0.0, 3.0]))
        Array([0., 0., 3.], dtype=float32)
    """
    return positive_part(x)  # NaN is not <= 0, and passes.


@relu.slope
def _(y: Array) -> Array:
    return ~(y <= 0)


def _leaky_relu_saves(dtype: Any, negative_slope: float) -> Saved:
    """The output tells the sign of the input only if the slope is positive."""
    return "y" if negative_slope > 0 else "x"


@activation(
    group="rectifier",
    kinks=lambda negative_slope: {0.0: negative_slope},
    limits=(-float("inf"), float("inf")),
    monotone=True,
    argument_aliases={"a": "negative_slope"},
)
@elementwise(saves=_leaky_relu_saves)
def leaky_relu(x: Array, negative_slope: float = 0.01) -> Array:
    r"""Leaky rectified linear unit.

    .. math::
        f(x) = \begin{cases} x & x > 0 \\ s\,x & x \le 0 \end{cases}

    The derivative at 0 is the slope :math:`s`, as in PyTorch (``jax.nn`` has 1 there).

    Args:
        x: Input, any shape, floating point.
        negative_slope: The slope :math:`s` below 0.

    References:
        Maas, Hannun, Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models",
        ICML 2013, https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf.

    Example:
        >>> F.leaky_relu(jnp.array([-2.0, 3.0]), negative_slope=0.1)
        Array([-0.2,  3. ], dtype=float32)
    """
    return jnp.where(x > 0, x, multiply_no_nan(negative_slope, x))


@leaky_relu.slope
def _(saved: Array, *, negative_slope: float) -> Array:
    # Where x * negative_slope underflows to -0, y > 0 is still what x > 0 was.
    return jnp.where(saved > 0, jnp.ones_like(saved), negative_slope)


@activation(
    group="learned",
    parameters=(Parameter("a", 0.25),),
    kinks=lambda a: {0.0: a},
    limits=(-float("inf"), float("inf")),
    monotone=True,
    aliases=("prelu",),
)
@elementwise(saves="x")
def parametric_relu(x: Array, a: ArrayLike) -> Array:
    r"""Parametric rectified linear unit (PReLU): a leaky ReLU that learns its slopes.

    .. math::
        f(x) = \begin{cases} x & x > 0 \\ a\,x & x \le 0 \end{cases}
        \qquad
        \frac{\partial f}{\partial a} = \begin{cases} 0 & x > 0 \\ x & x \le 0 \end{cases}

    The derivative at 0 is the slope :math:`a`, as in PyTorch (Flax has 1 there). Both derivatives
    are right for every slope, also for 0 and below.

    Args:
        x: Input, any shape, floating point.
        a: The slope below 0: a scalar, or an array that broadcasts against ``x``, such as
            ``(C,)`` for one slope per channel in the last axis.

    References:
        He, Zhang, Ren, Sun, "Delving Deep into Rectifiers: Surpassing Human-Level Performance on
        ImageNet Classification", arXiv:1502.01852, 2015.

    Example:
        >>> F.parametric_relu(jnp.array([[-2.0, -2.0], [3.0, 3.0]]), jnp.array([0.25, -1.0]))
        Array([[-0.5,  2. ],
               [ 3. ,  3. ]], dtype=float32)
    """
    return jnp.where(x > 0, x, multiply_no_nan(a, x))


@parametric_relu.partials
def _(x: Array, a: Array) -> tuple[Array, Array]:
    # From x and not from y: with a slope of 0 or below, y no longer tells the sign of x.
    return jnp.where(x > 0, jnp.ones_like(x), a), negative_part(x)
