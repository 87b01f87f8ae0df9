"""Vectors that sum to one: softmax and its relatives.

The largest input is subtracted first, against overflow; where it is infinite the difference of the
largest ones is taken for 0, which is the limit when they grow alike.
"""

import math

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trax_activations._checks import check_along_axis
from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import positive_part, self_gated

_PAPER = (
    "Bridle, Probabilistic Interpretation of Feedforward Classification Outputs, "
    "doi:10.1007/978-3-642-76153-9_28 (1990)"
)

# Where huge inputs are equal SoLU is as steep as they are: less, times a cotangent, is finite.
_STEEPEST = 1e30


Axis = int | tuple[int, ...]


def _check_axes(owner: str, axis: Axis, shape: tuple[int, ...]) -> None:
    for each in axis if isinstance(axis, tuple) else (axis,):
        check_along_axis(owner, each, shape)


def _of_vector(axis: Axis, x: Array) -> Axis:
    """The axis; of a number, which is a vector of one as in PyTorch, there is none to sum over."""
    return () if x.ndim == 0 and axis in (-1, 0) else axis


def _finite_top(x: Array, axis: Axis) -> Array:
    """The greatest element along an axis, or the nearest finite number."""
    largest = float(jnp.finfo(x.dtype).max)
    return jnp.max(jnp.minimum(x, largest), axis, keepdims=True, initial=-largest)


def _softmax(owner: str, x: Array, axis: Axis, where: Array | None = None) -> Array:
    axis = _of_vector(axis, x)
    _check_axes(owner, axis, x.shape)
    if where is not None:
        x = jnp.where(where, x, -jnp.inf)
    # Infinities count as the largest number in the difference, and as 1e30 in the sum. XLA's
    # library for CPU, which is twice as fast, has no part for a select.
    largest = float(jnp.finfo(x.dtype).max)
    below = jnp.maximum(x, -largest) - _finite_top(x, axis)
    weights = jnp.minimum(jnp.exp(below), 1e30)
    if where is None:
        return weights / jnp.sum(weights, axis, keepdims=True)
    weights = jnp.where(where, weights, 0)
    total = jnp.sum(weights, axis, keepdims=True)
    return weights / jnp.where(total == 0, 1, total)


def _mask(where: ArrayLike | None) -> Array | None:
    return None if where is None else jnp.asarray(where, bool)


def _softmax_tangent(x_dot: Array, y: Array, *, axis: Axis, where: None = None) -> Array:
    return y * (x_dot - jnp.sum(y * x_dot, _of_vector(axis, y), keepdims=True))


# PyTorch's Softmax2d is over the channels, which are last here.
@activation(group="distribution", along_axis=True, aliases=("softmax2d",))
@elementwise(saves="y")
def softmax(x: Array, axis: Axis = -1, where: ArrayLike | None = None) -> Array:
    r"""Softmax: positive weights that sum to one.

    .. math::
        f(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}

    Infinite inputs share the weight equally, and so do inputs that are all :math:`-\infty`
    (PyTorch and ``jax.nn`` have NaN).

    Args:
        x: Input, floating point; a number counts as a vector of one.
        axis: The axis along which the output sums to one, or several.
        where: Booleans that broadcast against ``x``: other inputs have weight 0, as in ``jax.nn``.

    References:
        Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs, with
        Relationships to Statistical Pattern Recognition", 1990, doi:10.1007/978-3-642-76153-9_28.

    Example:
        >>> F.softmax(jnp.array([0.0, 0.0, jnp.log(2.0)]))
        Array([0.25, 0.25, 0.5 ], dtype=float32)
    """
    # No weight is negative; but as the outermost operation it lets XLA CPU keep y alone.
    return positive_part(_softmax("softmax", x, axis, _mask(where)))


softmax.tangent(_softmax_tangent)


@activation(group="distribution", along_axis=True)
@elementwise(saves="y")
def softmin(x: Array, axis: Axis = -1) -> Array:
    r"""Softmin: softmax of the negative input.

    .. math::
        f(x)_i = \frac{e^{-x_i}}{\sum_j e^{-x_j}}

    Args:
        x: Input, floating point; a number counts as a vector of one.
        axis: The axis along which the output sums to one.

    References:
        Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs, with
        Relationships to Statistical Pattern Recognition", 1990, doi:10.1007/978-3-642-76153-9_28.
        The name is PyTorch's.

    Example:
        >>> F.softmin(jnp.array([0.0, 0.0, -jnp.log(2.0)]))
        Array([0.25, 0.25, 0.5 ], dtype=float32)
    """
    return positive_part(_softmax("softmin", -x, axis))  # As in softmax.


@softmin.tangent
def _(x_dot: Array, y: Array, *, axis: Axis) -> Array:
    return _softmax_tangent(-x_dot, y, axis=axis)


@activation(group="distribution", along_axis=True)
@elementwise(saves="y")
def log_softmax(x: Array, axis: Axis = -1, where: ArrayLike | None = None) -> Array:
    r"""Logarithm of softmax, also where softmax itself is 0.

    .. math::
        f(x)_i = x_i - \ln \sum_j e^{x_j}

    Args:
        x: Input, floating point; a number counts as a vector of one.
        axis: The axis along which the exponentials of the output sum to one, or several.
        where: Booleans that broadcast against ``x``: for other inputs it is :math:`-\infty`, as in
            ``jax.nn``.

    References:
        Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs, with
        Relationships to Statistical Pattern Recognition", 1990, doi:10.1007/978-3-642-76153-9_28.

    Example:
        >>> F.log_softmax(jnp.array([0.0, -1000.0]))
        Array([    0., -1000.], dtype=float32)
    """
    axis = _of_vector(axis, x)
    _check_axes("log_softmax", axis, x.shape)
    if (mask := _mask(where)) is not None:
        return jnp.where(mask, log_softmax.body(jnp.where(mask, x, -jnp.inf), axis), -jnp.inf)
    # Beside an infinite input the others get the lowest number of the dtype.
    below = jnp.minimum(x - _finite_top(x, axis), 16)
    total = jnp.sum(jnp.exp(below), axis, keepdims=True)
    y = below - jnp.log(total)
    # Where all inputs are -inf they are alike. Outermost, it lets XLA CPU keep y alone.
    axes = axis if isinstance(axis, tuple) else (axis,)
    alike = -math.log(max(math.prod(x.shape[each] for each in axes), 1))
    return jnp.where((total == 0) | (y >= 0), jnp.where(total == 0, alike, 0.0), y)


@log_softmax.tangent
def _(x_dot: Array, y: Array, *, axis: Axis, where: None) -> Array:
    return x_dot - jnp.sum(jnp.exp(y) * x_dot, _of_vector(axis, y), keepdims=True)


@activation(group="distribution", along_axis=True)
@elementwise(saves="x", prevent_cse=True)
def solu(x: Array, *, axis: int = -1) -> Array:
    r"""Softmax linear unit (SoLU): inputs times their softmax.

    .. math::
        f(x)_i = x_i\,\frac{e^{x_i}}{\sum_j e^{x_j}}

    The authors put a LayerNorm after it, to keep the scale; it is not part of this function.

    Args:
        x: Input, floating point; a number counts as a vector of one.
        axis: The axis of the softmax.

    References:
        Elhage, Hume, Olsson, Nanda et al., "Softmax Linear Units", Transformer Circuits Thread,
        https://transformer-circuits.pub/2022/solu/index.html, 2022.

    Example:
        >>> F.solu(jnp.array([4.0, 4.0, -jnp.inf]))
        Array([ 2.,  2., -0.], dtype=float32)
    """
    return self_gated(x, _softmax("solu", x, axis))


@solu.tangent
def _(x_dot: Array, x: Array, *, axis: int) -> Array:
    weights = _softmax("solu", x, axis)
    # First of all, so that the transpose adds it last: the others cancel for a dominant input.
    direct = weights * x_dot
    inner = x_dot - jnp.sum(weights * x_dot, _of_vector(axis, x), keepdims=True)
    return direct + jnp.clip(x, -_STEEPEST, _STEEPEST) * weights * inner
