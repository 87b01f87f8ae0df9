"""Sparse relatives of softmax: weights that sum to one, many of them exactly 0."""

import jax.numpy as jnp
from jax import Array

from trax_activations._checks import check_along_axis
from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import root


def _below_top(owner: str, x: Array, axis: int) -> Array:
    """``x`` minus its greatest element along an axis: 0 there, also where that is infinite."""
    check_along_axis(owner, axis, x.shape)
    top = jnp.max(x, axis, keepdims=True, initial=-jnp.inf)
    return jnp.where(x == top, jnp.zeros_like(x), x - top)


def _sorted(x: Array, axis: int) -> tuple[Array, Array]:
    """``x`` in descending order along an axis, with the rank of each element from 1."""
    descending = jnp.flip(jnp.sort(x, axis), axis)
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    ranks = jnp.arange(1, x.shape[axis] + 1, dtype=x.dtype).reshape(shape)
    return descending, ranks


@activation(group="distribution", along_axis=True)
@elementwise(saves="y")
def sparsemax(x: Array, *, axis: int = -1) -> Array:
    r"""Sparsemax: the point of the probability simplex next to the input.

    .. math::
        f(x) = \operatorname{argmin}_{p \in \Delta} \lVert p - x \rVert^2
        = \max(x - \tau(x), 0)

    Args:
        x: Input, floating point, one axis at least.
        axis: The axis along which the output sums to one.

    References:
        Martins, Astudillo, "From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label
        Classification", arXiv:1602.02068, 2016.

    Example:
        >>> F.sparsemax(jnp.array([0.5, 0.0, -1.0]))
        Array([0.75, 0.25, 0.  ], dtype=float32)
    """
    below = jnp.maximum(_below_top("sparsemax", x, axis), -2)  # From -1 on all weights are 0.
    if not x.shape[axis]:
        return x
    descending, ranks = _sorted(below, axis)
    excess = jnp.cumsum(descending, axis) - 1
    inside = ranks * descending > excess
    count = jnp.sum(inside, axis, keepdims=True)
    threshold = jnp.max(jnp.where(inside, excess / ranks, -jnp.inf), axis, keepdims=True)
    threshold = jnp.where(count > 0, threshold, jnp.nan)
    return jnp.where(below <= threshold, jnp.zeros_like(x), below - threshold)


@sparsemax.tangent
def _(x_dot: Array, y: Array, *, axis: int) -> Array:
    support = (y > 0).astype(y.dtype)
    count = jnp.maximum(jnp.sum(support, axis, keepdims=True), 1)
    return support * (x_dot - jnp.sum(support * x_dot, axis, keepdims=True) / count)


@activation(group="distribution", along_axis=True)
@elementwise(saves="y")
def entmax15(x: Array, *, axis: int = -1) -> Array:
    r"""Entmax with :math:`\alpha = 1.5`: half way between softmax and sparsemax.

    .. math::
        f(x) = \operatorname{argmax}_{p \in \Delta} p^\top x + H_{1.5}(p)
        = \max(x / 2 - \tau(x), 0)^2

    Args:
        x: Input, floating point, one axis at least.
        axis: The axis along which the output sums to one.

    References:
        Peters, Niculae, Martins, "Sparse Sequence-to-Sequence Models", arXiv:1905.05702, 2019.

    Example:
        >>> F.entmax15(jnp.array([0.0, 0.0, -3.0])).round(4)
        Array([0.5, 0.5, 0. ], dtype=float32)
    """
    below = jnp.maximum(_below_top("entmax15", x, axis) / 2, -2)  # From -1 on all weights are 0.
    if not x.shape[axis]:
        return x
    descending, ranks = _sorted(below, axis)
    mean = jnp.cumsum(descending, axis) / ranks
    spread = jnp.cumsum(descending * descending, axis) - ranks * mean * mean
    thresholds = mean - jnp.sqrt(jnp.maximum((1 - spread) / ranks, 0))
    inside = thresholds <= descending
    count = jnp.sum(inside, axis, keepdims=True)
    last = ranks == jnp.maximum(count, 1)
    threshold = jnp.sum(jnp.where(last, thresholds, 0), axis, keepdims=True)
    return jnp.where(below <= threshold, jnp.zeros_like(x), jnp.square(below - threshold))


@entmax15.tangent
def _(x_dot: Array, y: Array, *, axis: int) -> Array:
    weight = root(y)
    total = jnp.sum(weight, axis, keepdims=True)
    return weight * (x_dot - jnp.sum(weight * x_dot, axis, keepdims=True) / total)
