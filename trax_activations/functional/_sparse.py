"""Sparse relatives of softmax: weights that sum to one, many of them exactly 0."""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trax_activations._checks import check_along_axis
from trax_activations._spec import Parameter, activation
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
    excess = jnp.cumsum(descending, axis=axis) - 1
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
    mean = jnp.cumsum(descending, axis=axis) / ranks
    spread = jnp.cumsum(descending * descending, axis=axis) - ranks * mean * mean
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


def _deformed_exp(x: Array, epsilon: Array) -> Array:
    """``(1 + epsilon x)^(1 / epsilon)``, or 0 where that has no root; the exponential for 0."""
    t = jnp.clip(epsilon * x, -1, jnp.finfo(x.dtype).max)
    safe = jnp.where(t == 0, jnp.ones_like(t), t)
    return jnp.exp(x * jnp.where(t == 0, jnp.ones_like(t), jnp.log1p(safe) / safe))


@activation(
    group="distribution",
    along_axis=True,
    parameters=(Parameter("alpha", 1.5, per_channel=False, lower=1.0),),
    num_parameters=None,
)
@elementwise(saves="y", prevent_cse=True)
def entmax(x: Array, alpha: ArrayLike, *, axis: int = -1) -> Array:
    r"""Entmax of any :math:`\alpha`, also a learned one: from softmax (1) to sparsemax (2).

    .. math::
        f(x) = \operatorname{argmax}_{p \in \Delta} p^\top x + H_\alpha(p)
        = \max((\alpha - 1)\,x - \tau(x), 0)^{1 / (\alpha - 1)}

    It is found by bisection, to the last digits. Where :math:`\alpha` is fixed at 1, 1.5 or 2,
    ``softmax``, ``entmax15`` and ``sparsemax`` take less time.

    Args:
        x: Input, floating point, one axis at least.
        alpha: The exponent :math:`\alpha`, positive: a scalar, or an array that broadcasts against
            ``x``. A layer learns one that stays above 1.
        axis: The axis along which the output sums to one.

    References:
        Correia, Niculae, Martins, "Adaptively Sparse Transformers", arXiv:1909.00015, 2019, for a
        learned alpha; Peters, Niculae, Martins, "Sparse Sequence-to-Sequence Models",
        arXiv:1905.05702, 2019.

    Example:
        >>> jax.device_get(F.entmax(jnp.array([0.5, 0.0, -1.0]), 1.75)).round(4)
        array([0.7082, 0.2918, 0.    ], dtype=float32)
    """
    below = jnp.maximum(_below_top("entmax", x, axis), jnp.finfo(x.dtype).min)
    if not (size := x.shape[axis]):
        return x
    epsilon = jnp.asarray(alpha, x.dtype) - 1
    # The greatest weight is at most 1 and at least 1 / size: so far the threshold is from the top.
    least = _deformed_log(size, jnp.broadcast_to(epsilon, x.shape))
    low = jnp.max(below, axis, keepdims=True)
    high = low + jnp.max(least, axis, keepdims=True)

    def halved(_: int, bounds: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bounds
        middle = (low + high) / 2
        total = jnp.sum(_deformed_exp(below - middle, epsilon), axis, keepdims=True)
        return jnp.where(total > 1, middle, low), jnp.where(total > 1, high, middle)

    steps = jnp.finfo(x.dtype).nmant + 5
    low, high = jax.lax.fori_loop(0, steps, halved, (low, high))
    weights = _deformed_exp(below - (low + high) / 2, epsilon)
    return weights / jnp.sum(weights, axis, keepdims=True)


def _deformed_log(size: int, epsilon: Array) -> Array:
    """Minus that of ``1 / size``."""
    safe = jnp.where(epsilon == 0, jnp.ones_like(epsilon), epsilon)
    log = jnp.log(jnp.asarray(size, epsilon.dtype))
    return jnp.where(epsilon == 0, log, -jnp.expm1(-log * safe) / safe)


@entmax.tangent
def _(dots: Sequence[Array], y: Array, alpha: Array, *, axis: int) -> Array:
    epsilon = alpha - 1
    inside = y > 0
    log = jnp.log(jnp.where(inside, y, jnp.ones_like(y)))
    weight = jnp.where(inside, jnp.exp(jnp.minimum((1 - epsilon) * log, 80)), jnp.zeros_like(y))
    # By alpha each weight changes by (y - weight - y u) / epsilon^2, where u = epsilon log y, less
    # what keeps the sum. Where u is small the three cancel but for -y log(y)^2 (1 - u / 3 + ...).
    u = epsilon * log
    small = jnp.clip(u, -0.5, 0.5)
    series = jnp.zeros_like(u)
    for k in range(13, -1, -1):
        series = (-1) ** k / math.factorial(k + 2) + small * series
    far = jnp.abs(u) > 0.5
    square = jnp.square(jnp.where(far, epsilon, jnp.ones_like(u)))
    bend = jnp.where(far, (y - weight - y * u) / square, -y * log * log * series)
    moved = weight * dots[0] + bend * dots[1]
    share = weight / jnp.sum(weight, axis, keepdims=True)
    return moved - share * jnp.sum(moved, axis, keepdims=True)
