"""Piecewise linear activations that learn their pieces."""

from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic
from jax.typing import ArrayLike

from trax_activations._checks import check_several
from trax_activations._spec import Normal, Parameter, Uniform, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import multiply_no_nan, positive_part


def _nan_or_zero(*thresholds: Array) -> Array:
    """Passes on a threshold that is NaN, which no comparison would."""
    total = sum(thresholds[1:], start=thresholds[0])
    return jnp.where(jnp.isnan(total), total, jnp.zeros_like(total))


@activation(
    group="learned",
    parameters=(
        Parameter("t_left", 0.0),
        Parameter("a_left", 0.5, drawn=Uniform(0.0, 1.0)),
        Parameter("t_right", 2.5, drawn=Uniform(0.0, 5.0), lower="t_left"),
        Parameter("a_right", 1.0),
    ),
    num_parameters="channels",
    kinks=lambda t_left, a_left, t_right, a_right: {t_left: a_left, t_right: a_right},
    limits=(-float("inf"), float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def srelu(
    x: Array, t_left: ArrayLike, a_left: ArrayLike, t_right: ArrayLike, a_right: ArrayLike
) -> Array:
    r"""S-shaped rectified linear unit (SReLU): three lines, joined at two learned thresholds.

    .. math::
        f(x) = \begin{cases}
            t_r + a_r (x - t_r) & x \ge t_r \\ x & t_l < x < t_r \\ t_l + a_l (x - t_l) & x \le t_l
        \end{cases}

    At a threshold the derivatives are those of the outer line.

    Args:
        x: Input, any shape, floating point.
        t_left: Left threshold :math:`t_l`: a scalar, or an array that broadcasts against ``x``,
            such as ``(C,)`` for one per channel in the last axis.
        a_left: Slope left of it, likewise.
        t_right: Right threshold :math:`t_r`, likewise. The layer keeps it above ``t_left``.
        a_right: Slope right of it, likewise.

    References:
        Jin, Xu, Feng, Wei, Xiong, Yan, "Deep Learning with S-shaped Rectified Linear Activation
        Units", arXiv:1512.07030, 2015. Initial values of keras-contrib: thresholds 0 and from
        [0, 5), slopes from [0, 1) and 1. (The paper trains the first epochs as a leaky ReLU, and
        then learns from what these have made of the data.)

    Example:
        >>> F.srelu(jnp.array([-2.0, 1.0, 4.0]), 0.0, 0.5, 2.0, 0.25)
        Array([-1. ,  1. ,  2.5], dtype=float32)
    """
    t_left, t_right = jnp.asarray(t_left), jnp.asarray(t_right)
    right = multiply_no_nan(a_right, x - t_right) + t_right
    left = multiply_no_nan(a_left, x - t_left) + t_left
    y = jnp.where(x >= t_right, right, jnp.where(x <= t_left, left, x))
    return y + _nan_or_zero(t_left, t_right)


@srelu.partials
def _(x: Array, t_left: Array, a_left: Array, t_right: Array, a_right: Array) -> tuple[Array, ...]:
    right = x >= t_right
    left = ~right & (x <= t_left)
    zero = jnp.zeros_like(x)
    return (
        jnp.where(right, a_right, jnp.where(left, a_left, jnp.ones_like(x))),
        jnp.where(left, 1 - a_left, zero),
        jnp.where(left, x - t_left, zero),
        jnp.where(right, 1 - a_right, zero),
        jnp.where(right, x - t_right, zero),
    )


def _apl_kinks(a: tuple[float, ...], b: tuple[float, ...]) -> dict[float, float]:
    def derivative(x: float) -> float:
        return float(x > 0) - sum(a_s for a_s, b_s in zip(a, b, strict=True) if x < b_s)

    return {x: derivative(x) for x in (0.0, *b)}


@activation(
    group="learned",
    parameters=(
        Parameter("a", (0.2, -0.1, 0.05, -0.2, 0.15), drawn=Uniform(-0.5, 0.5)),
        Parameter("b", (-1.0, -0.25, 0.25, 0.5, 1.5), drawn=Normal(0.0, 0.5)),
    ),
    num_parameters="channels",
    kinks=_apl_kinks,
    limits=(float("inf"), float("inf")),
)
@elementwise(saves="x")
def apl(x: Array, a: ArrayLike, b: ArrayLike) -> Array:
    r"""Adaptive piecewise linear unit (APL): a ReLU and learned hinges.

    .. math::
        f(x) = \max(0, x) + \sum_{s=1}^{S} a_s \max(0, b_s - x)

    Where a hinge bends, it is flat already: its derivatives are 0.

    Args:
        x: Input, any shape, floating point.
        a: Slopes of the hinges, ``(S,)``, or ``(S, C)`` for their own in each channel of the last
            axis: the first axis counts the hinges, the others broadcast against ``x``.
        b: Where they bend, likewise.

    References:
        Agostinelli, Hoffman, Sadowski, Baldi, "Learning Activation Functions to Improve Deep Neural
        Networks", arXiv:1412.6830, 2014. The authors' experiments (in Caffe, for CIFAR-10) have
        S = 5, slopes from [-0.5, 0.5), bends from N(0, 0.5), both for each unit, and an L2 penalty
        of 0.001 on them.

    Example:
        >>> F.apl(jnp.array([-2.0, 0.5, 3.0]), jnp.array([0.5]), jnp.array([1.0]))
        Array([1.5 , 0.75, 3.  ], dtype=float32)
    """
    a, b = jnp.asarray(a), jnp.asarray(b)
    check_several("apl", a=a, b=b)
    # The line that holds at x, not a sum of hinges: at -inf that would be a sum of infinities.
    slope = jnp.where(x > 0, jnp.ones_like(x), jnp.zeros_like(x))
    offset = jnp.zeros_like(x)
    for s in range(a.shape[0]):
        slope = slope - jnp.where(x < b[s], a[s], jnp.zeros_like(x))
        offset = offset + jnp.where(x < b[s], a[s] * b[s], jnp.zeros_like(x))
    return multiply_no_nan(slope, x) + offset + _nan_or_zero(*b)


@apl.partials
def _(x: Array, a: Array, b: Array) -> tuple[Any, ...]:
    pieces = range(a.shape[0])
    slope = jnp.where(x > 0, jnp.ones_like(x), jnp.zeros_like(x))
    hinges = tuple(jnp.maximum(b[s] - x, 0) for s in pieces)
    active = tuple(jnp.where(x < b[s], a[s], jnp.zeros_like(x)) for s in pieces)
    return slope - sum(active), hinges, active


def _clamped(alpha: ArrayLike) -> Array:
    """The paper's C: a slope between 0.01 and 0.99."""
    return jnp.clip(jnp.asarray(alpha), 0.01, 0.99)


def _arelu_kinks(alpha: float) -> dict[float, float]:
    return {0.0: min(max(alpha, 0.01), 0.99)}


@activation(
    group="learned",
    parameters=(Parameter("alpha", 0.9), Parameter("beta", 2.0)),
    kinks=_arelu_kinks,
    limits=(-float("inf"), float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def arelu(x: Array, alpha: ArrayLike, beta: ArrayLike) -> Array:
    r"""Attention-based rectified linear unit (AReLU): both slopes are learned, within bounds.

    .. math::
        f(x) = \begin{cases} (1 + \sigma(\beta))\,x & x > 0 \\ C(\alpha)\,x & x \le 0 \end{cases}
        \qquad C(\alpha) = \min(\max(\alpha, 0.01), 0.99)

    The derivative at 0 is the lower slope, as in PyTorch for other leaky rectifiers (the authors'
    code, a difference of two ReLUs, has 0). The derivative in :math:`\alpha` is 0 beyond the clamp.

    Args:
        x: Input, any shape, floating point.
        alpha: Slope below 0, before its clamp: a scalar, or an array that broadcasts against ``x``.
        beta: Slope above 0 less 1, before its sigmoid, likewise.

    References:
        Chen, Li, Xu, "AReLU: Attention-based Rectified Linear Unit", arXiv:2006.13858, 2020; code
        densechen/AReLU.

    Example:
        >>> F.arelu(jnp.array([-2.0, 2.0]), 0.9, 0.0)
        Array([-1.8,  3. ], dtype=float32)
    """
    return jnp.where(x > 0, x * (1 + logistic(beta)), x * _clamped(alpha))


@arelu.partials
def _(x: Array, alpha: Array, beta: Array) -> tuple[Array, Array, Array]:
    inside = (alpha >= 0.01) & (alpha <= 0.99)
    zero = jnp.zeros_like(x)
    return (
        jnp.where(x > 0, 1 + logistic(beta), _clamped(alpha)),
        jnp.where((x <= 0) & inside, x, zero),
        jnp.where(x > 0, x * (logistic(beta) * logistic(-beta)), zero),
    )


@activation(
    group="learned",
    parameters=(Parameter("bias", -1.0),),
    kinks={0.0: 0.0},
    limits=(-1.0, float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def flexible_relu(x: Array, bias: ArrayLike) -> Array:
    r"""Flexible rectified linear unit: a ReLU that learns its least value.

    .. math::
        f(x) = \max(x, 0) + b

    It is called FReLU too; here that is the name of :func:`funnel_relu`, by which it is better
    known. The derivative at 0 is 0.

    Args:
        x: Input, any shape, floating point.
        bias: Least value :math:`b`: a scalar, or an array that broadcasts against ``x``, such as
            ``(C,)`` for one per channel in the last axis.

    References:
        Qiu, Xu, Cai, "FReLU: Flexible Rectified Linear Units for Improving Convolutional Neural
        Networks", arXiv:1706.08098, 2017. The initial value, -1, is that of the authors' code
        (kyuusaku/frelu.torch), which has one bias for a layer.

    Example:
        >>> F.flexible_relu(jnp.array([-2.0, 0.0, 3.0]), -0.5)
        Array([-0.5, -0.5,  2.5], dtype=float32)
    """
    return positive_part(x) + bias


@flexible_relu.partials
def _(x: Array, bias: Array) -> tuple[Array, Array]:
    return x > 0, jnp.ones_like(x)
