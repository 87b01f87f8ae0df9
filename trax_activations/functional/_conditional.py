"""Rectifiers whose lines are computed from the whole input: funnel and dynamic ReLU."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.lax import logistic
from jax.typing import ArrayLike

from trax_activations._checks import not_negative
from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import multiply_no_nan


@activation(
    group="learned",
    parameters=(Parameter("condition", 0.0, learned=False),),
    kinks=lambda condition: {condition: 0.0},
    limits=(0.0, float("inf")),
    monotone=True,
    aliases=("frelu", "funnel"),
)
@elementwise(saves="y", float32=False, levels=("condition",))
def funnel_relu(x: Array, condition: ArrayLike) -> Array:
    r"""Funnel ReLU (FReLU): rectified at a value that depends on the neighbourhood.

    .. math::
        f(x) = \max(x, T(x))

    In the layer the condition :math:`T(x)` is a normalized depthwise convolution of the input. At
    :math:`x = T(x)` the derivative is 0 in :math:`x` and 1 in :math:`T`. (The flexible ReLU,
    another function, was called FReLU before: :func:`flexible_relu`.)

    Args:
        x: Input, any shape, floating point.
        condition: :math:`T(x)`, of the shape of ``x``, or one that broadcasts against it.

    References:
        Ma, Zhang, Sun, "Funnel Activation for Visual Recognition", arXiv:2007.11824, 2020; code
        megvii-model/FunnelAct and MegEngine/Models.

    Example:
        >>> F.funnel_relu(jnp.array([-2.0, 1.0, 3.0]), jnp.array([-1.0, 2.0, 2.0]))
        Array([-1.,  2.,  3.], dtype=float32)
    """
    return jnp.maximum(x, condition)


@funnel_relu.partials
def _(y: Array, condition: Array) -> tuple[Array, Array]:
    above = y > condition
    return above, ~above


def _lines(theta: Array, lambda_a: float, lambda_b: float) -> tuple[list[Array], list[Array]]:
    """Slopes and offsets: of a ReLU, and how far theta moves them."""
    count = theta.shape[0] // 2
    shift = jnp.tanh(theta / 2)
    slopes = [float(k == 0) + lambda_a * shift[k] for k in range(count)]
    return slopes, [lambda_b * shift[count + k] for k in range(count)]


def _check_theta(theta: Array) -> None:
    if theta.ndim == 0 or theta.shape[0] % 2 or theta.shape[0] == 0:
        raise ValueError(
            f"dy_relu takes a theta with slopes and as many offsets along its first axis, but "
            f"received shape {theta.shape}. Use an even size: 4 for two lines."
        )


def _dy_relu_kinks(
    theta: tuple[float, ...], lambda_a: float, lambda_b: float
) -> dict[float, float]:
    with jax.ensure_compile_time_eval():
        shift = jnp.tanh(jnp.asarray(theta) / 2).tolist()
    first, second = 1 + lambda_a * shift[0], lambda_a * shift[1]
    if first == second:
        return {}
    return {lambda_b * (shift[3] - shift[2]) / (first - second): second}


@activation(
    group="learned",
    parameters=(Parameter("theta", (0.0, 0.0, 0.0, 0.0), learned=False),),
    kinks=_dy_relu_kinks,
    limits=(0.0, float("inf")),
    monotone=True,
    aliases=("dynamic_relu",),
)
@elementwise(saves="x", checks=[not_negative("lambda_a", "lambda_b")])
def dy_relu(x: Array, theta: ArrayLike, *, lambda_a: float = 1.0, lambda_b: float = 0.5) -> Array:
    r"""Dynamic ReLU (DY-ReLU): the greatest of several lines that are computed from the input.

    .. math::
        f(x) = \max_k (a_k x + b_k), \qquad
        a_k = [k = 1] + \lambda_a (2 \sigma(\theta_k) - 1), \quad
        b_k = \lambda_b (2 \sigma(\theta_{K + k}) - 1)

    In the layer :math:`\theta` comes from a small network on the mean over all positions. With
    :math:`\theta = 0` it is the ReLU. Where lines cross the derivative is that of the later one.

    Args:
        x: Input, any shape, floating point.
        theta: :math:`K` values for slopes, then as many for offsets, along the first axis: ``(4,)``
            for two lines; the other axes broadcast against ``x``.
        lambda_a: How far slopes move from those of a ReLU.
        lambda_b: How far offsets move from 0.

    Raises:
        ValueError: If the size of ``theta`` is odd, or a range is negative.

    References:
        Chen, Dai, Liu, Chen, Yuan, Liu, "Dynamic ReLU", arXiv:2003.10027, 2020; order of theta as
        in Islanna/DynamicReLU.

    Example:
        >>> F.dy_relu(jnp.array([-2.0, 0.0, 3.0]), jnp.array([0.0, 50.0, 0.0, 0.0]), lambda_a=0.5)
        Array([-1.,  0.,  3.], dtype=float32)
    """
    theta = jnp.asarray(theta)
    _check_theta(theta)
    slopes, offsets = _lines(theta, lambda_a, lambda_b)
    y = multiply_no_nan(slopes[0], x) + offsets[0]
    for slope, offset in zip(slopes[1:], offsets[1:], strict=True):
        y = jnp.maximum(y, multiply_no_nan(slope, x) + offset)
    return y


@dy_relu.partials
def _(x: Array, theta: Array, *, lambda_a: float, lambda_b: float) -> tuple[Any, ...]:
    slopes, offsets = _lines(theta, lambda_a, lambda_b)
    count = len(slopes)
    best = multiply_no_nan(slopes[0], x) + offsets[0]
    slope = slopes[0] + jnp.zeros_like(x)
    chosen = jnp.zeros(best.shape, jnp.int32)
    for k in range(1, count):
        line = multiply_no_nan(slopes[k], x) + offsets[k]
        lower = line >= best
        best = jnp.where(lower, line, best)
        slope = jnp.where(lower, slopes[k], slope)
        chosen = jnp.where(lower, k, chosen)
    rate = 2 * logistic(theta) * logistic(-theta)
    zero = jnp.zeros_like(x)
    by_slope = [jnp.where(chosen == k, (lambda_a * rate[k]) * x, zero) for k in range(count)]
    by_offset = [jnp.where(chosen == k, lambda_b * rate[count + k], zero) for k in range(count)]
    return slope, (*by_slope, *by_offset)
