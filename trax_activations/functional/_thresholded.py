"""Piecewise linear activations that learn their threshold."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import multiply_no_nan


@activation(
    group="learned",
    parameters=(Parameter("threshold", 0.0),),
    num_parameters=None,
    kinks=lambda threshold: {threshold: 0.0},
    limits=(0.0, float("inf")),
    monotone=True,
    aliases=("tlu",),
)
@elementwise(saves="y", float32=False, levels=("threshold",))
def thresholded_linear_unit(x: Array, threshold: ArrayLike) -> Array:
    r"""Thresholded linear unit (TLU): a ReLU that learns where it starts.

    .. math::
        f(x) = \max(x, \tau)
        \qquad
        \frac{\partial f}{\partial \tau} = \begin{cases} 0 & x > \tau \\ 1 & x \le \tau \end{cases}

    At :math:`x = \tau` the derivative is 0 in :math:`x` and 1 in :math:`\tau`: at threshold 0 it
    is PyTorch's ReLU. (``jnp.maximum`` and ``torch.maximum`` have a half for each.)

    Args:
        x: Input, any shape, floating point.
        threshold: :math:`\tau`: a scalar, or an array that broadcasts against ``x``, such as
            ``(C,)`` for one per channel in the last axis. It is cast to the dtype of ``x``.

    References:
        Singh, Krishnan, "Filter Response Normalization Layer: Eliminating Batch Dependence in the
        Training of Deep Neural Networks", arXiv:1911.09737, 2019.

    Example:
        >>> F.thresholded_linear_unit(jnp.array([-2.0, 0.0, 3.0]), -1.0)
        Array([-1.,  0.,  3.], dtype=float32)
    """
    # Not jnp.maximum: in this form XLA finds the test again from y, and keeps no x. The sum passes
    # on a threshold that is NaN, which no comparison would.
    nan_or_zero = jnp.where(jnp.isnan(threshold), threshold, jnp.zeros_like(threshold))
    return jnp.where(x <= threshold, threshold, x + nan_or_zero)


@thresholded_linear_unit.partials
def _(y: Array, threshold: Array) -> tuple[Array, Array]:
    on_threshold = y <= threshold
    return ~on_threshold, on_threshold


def _affine_kinks(threshold: float, a: float) -> dict[float, float]:
    return {} if a == 1 else {threshold / (1 - a): a}


@activation(
    group="learned",
    parameters=(Parameter("threshold", 0.0), Parameter("a", 0.0)),
    num_parameters=None,
    kinks=_affine_kinks,
    limits=(0.0, float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def affine_thresholded_linear_unit(x: Array, threshold: ArrayLike, a: ArrayLike) -> Array:
    r"""Affine thresholded linear unit: the threshold is a learned line.

    .. math::
        f(x) = \max(x,\; a\,x + \tau)

    Where both are equal the derivatives are the line's: :math:`a` in :math:`x`, :math:`x` in
    :math:`a`, 1 in :math:`\tau`.

    Args:
        x: Input, any shape, floating point.
        threshold: :math:`\tau`: a scalar, or an array that broadcasts against ``x``.
        a: Slope of the line, likewise.

    References:
        Singh, Krishnan, "Filter Response Normalization Layer: Eliminating Batch Dependence in the
        Training of Deep Neural Networks", arXiv:1911.09737, 2019; the affine form is that of
        TensorFlow Addons' ``TLU(affine=True)``.

    Example:
        >>> F.affine_thresholded_linear_unit(jnp.array([-4.0, 0.0, 3.0]), 1.0, 0.5)
        Array([-1.,  1.,  3.], dtype=float32)
    """
    return jnp.maximum(x, multiply_no_nan(a, x) + threshold)


@affine_thresholded_linear_unit.partials
def _(x: Array, threshold: Array, a: Array) -> tuple[Array, Array, Array]:
    # As x <= a x + threshold, but decided at infinity, where both sides of that are infinite.
    on_line = multiply_no_nan(1 - a, x) <= threshold
    return jnp.where(on_line, a, 1.0), on_line, jnp.where(on_line | jnp.isnan(x), x, 0.0)
