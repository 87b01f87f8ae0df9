"""Piecewise linear activations with one kink: ReLU and what learns its slope or its threshold."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trax_activations._spec import Parameter, activation
from trax_activations.functional._gradients import Saved, elementwise
from trax_activations.functional._inputs import finite


def scaled(slope: ArrayLike, x: Array) -> Array:
    """``slope * x`` with ``0 * inf = 0``: a flat branch stays flat at infinity, and NaN is NaN."""
    if isinstance(slope, float) and slope != 0:
        return x * slope
    return jnp.where(jnp.isinf(x) & (jnp.asarray(slope) == 0), jnp.zeros_like(x), x * slope)


def _relu_tangent(x_dot: Array, y: Array) -> Array:
    return jnp.where(y <= 0, jnp.zeros_like(x_dot), x_dot)


@activation(
    group="rectifier",
    paper="Nair, Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines (2010)",
    kinks={0.0: 0.0},
    limits=(0.0, float("inf")),
    monotone=True,
)
@elementwise(saves="y", tangent=_relu_tangent)
def relu(x: Array) -> Array:
    r"""Rectified linear unit.

    .. math::
        f(x) = \max(x, 0)

    The derivative at 0 is 0, as in PyTorch.

    Args:
        x: Input, any shape, floating point.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Nair, Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML 2010,
        https://icml.cc/Conferences/2010/papers/432.pdf.

    Example:
        >>> F.relu(jnp.array([-2.0, 0.0, 3.0]))
        Array([0., 0., 3.], dtype=float32)
    """
    return jnp.where(x <= 0, jnp.zeros_like(x), x)  # NaN is not <= 0, and passes.


def _leaky_relu_saves(negative_slope: float) -> Saved:
    """The output tells the sign of the input only if the slope is positive."""
    return "y" if negative_slope > 0 else "x"


def _leaky_relu_tangent(x_dot: Array, saved: Array, *, negative_slope: float) -> Array:
    # Where x * negative_slope underflows to -0, y > 0 is still what x > 0 was.
    return jnp.where(saved > 0, x_dot, negative_slope * x_dot)


@activation(
    group="rectifier",
    paper="Maas et al., Rectifier Nonlinearities Improve Neural Network Acoustic Models (2013)",
    kinks=lambda negative_slope: {0.0: negative_slope},
    limits=(-float("inf"), float("inf")),
    monotone=True,
    argument_aliases={"a": "negative_slope"},
)
@elementwise(saves=_leaky_relu_saves, tangent=_leaky_relu_tangent)
def leaky_relu(x: Array, *, negative_slope: float = 0.01) -> Array:
    r"""Leaky rectified linear unit.

    .. math::
        f(x) = \begin{cases} x & x > 0 \\ s\,x & x \le 0 \end{cases}

    The derivative at 0 is the slope :math:`s`, as in PyTorch (``jax.nn`` has 1 there).

    Args:
        x: Input, any shape, floating point.
        negative_slope: The slope :math:`s` below 0.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Maas, Hannun, Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models",
        ICML 2013, https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf.

    Example:
        >>> F.leaky_relu(jnp.array([-2.0, 3.0]), negative_slope=0.1)
        Array([-0.2,  3. ], dtype=float32)
    """
    return jnp.where(x > 0, x, scaled(negative_slope, x))


def _parametric_relu_tangent(x_dot: Array, a_dot: Array, x: Array, a: Array) -> Array:
    # From x and not from y: with a slope of 0 or below, y no longer tells the sign of x.
    below = jnp.where(x > 0, jnp.zeros_like(x), finite(x))
    return jnp.where(x > 0, x_dot, a * x_dot) + below * a_dot


@activation(
    group="learned",
    paper="He et al., Delving Deep into Rectifiers, arXiv:1502.01852 (2015)",
    parameters=(Parameter("a", 0.25),),
    kinks=lambda a: {0.0: a},
    limits=(-float("inf"), float("inf")),
    monotone=True,
    aliases=("prelu",),
)
@elementwise(saves="x", tangent=_parametric_relu_tangent)
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
            ``(C,)`` for one slope per channel in the last axis. It is cast to the dtype of ``x``.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        He, Zhang, Ren, Sun, "Delving Deep into Rectifiers: Surpassing Human-Level Performance on
        ImageNet Classification", arXiv:1502.01852, 2015.

    Example:
        >>> F.parametric_relu(jnp.array([[-2.0, -2.0], [3.0, 3.0]]), jnp.array([0.25, -1.0]))
        Array([[-0.5,  2. ],
               [ 3. ,  3. ]], dtype=float32)
    """
    return jnp.where(x > 0, x, scaled(a, x))
