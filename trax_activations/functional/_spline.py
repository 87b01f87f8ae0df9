"""The learned curve of Kolmogorov-Arnold networks."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic
from jax.typing import ArrayLike

from trax_activations._checks import check_several, ordered, refused
from trax_activations._spec import Normal, Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import multiply_no_nan, saturating


def _check_order(owner: str, hyperparameters: Mapping[str, Any]) -> None:
    """Refuses splines that jump."""
    order = hyperparameters["order"]
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise refused(owner, "order", order, "an integer of at least 1", "3")


def _step(count: int, order: int, low: float, high: float) -> float:
    """Distance of neighbouring knots."""
    if count <= order:
        raise ValueError(
            f"b_spline of order {order} takes at least {order + 1} coefficients: one for each "
            f"interval of the grid, and {order} more; but it received {count}."
        )
    return (high - low) / (count - order)


def _bump(s: Array, order: int, derivative: int) -> Array:
    """The basis function as a function of the distance from its middle, or its derivative."""
    power = order - derivative
    total = jnp.zeros_like(s)
    for j in range((order + 2) // 2):
        sign = (-1) ** (j + derivative)
        weight = sign * math.comb(order + 1, j) / math.factorial(power)
        total = total + weight * jnp.maximum((order + 1) / 2 - j - s, 0) ** power
    return total


def _rises(x: Array, count: int, order: int, low: float, high: float) -> list[Array]:
    """The derivative of each basis function; where it jumps that to the right."""
    step = _step(count, order, low, high)
    if order > 1:
        offsets = [(x - middle) / step for middle in _middles(count, order, low, high)]
        return [jnp.sign(o) * _bump(jnp.abs(o), order, 1) / step for o in offsets]
    # By the number of the interval: x is in one, however its distances from knots are rounded.
    place = jnp.floor((x - low) / step)
    return [((place == i - 1).astype(x.dtype) - (place == i)) / step for i in range(count)]


def _kinks(
    coefficients: Sequence[float],
    scale_base: float,
    scale_spline: float,
    order: int,
    low: float,
    high: float,
) -> dict[float, float]:
    """Those of a broken line, with the slope to the right."""
    if order > 1:
        return {}
    step = _step(len(coefficients), order, low, high)
    padded = (0.0, *coefficients, 0.0, 0.0)
    kinks = {}
    for i in range(len(coefficients) + 2):
        x = low + (i - 1) * step
        gate = 1 / (1 + math.exp(-x))
        base = scale_base * gate * (1 + x * (1 - gate))
        kinks[x] = base + scale_spline * (padded[i + 1] - padded[i]) / step
    return kinks


def _middles(count: int, order: int, low: float, high: float) -> list[float]:
    step = _step(count, order, low, high)
    return [low + (i + (1 - order) / 2) * step for i in range(count)]


@activation(
    group="learned",
    parameters=(
        Parameter(
            "coefficients", (0.1, -0.2, 0.15, 0.05, -0.1, 0.2, -0.05, 0.1), drawn=Normal(0.0, 0.1)
        ),
        Parameter("scale_base", 1.0),
        Parameter("scale_spline", 1.0),
    ),
    num_parameters="channels",
    kinks=_kinks,
    limits=(0.0, float("inf")),
    aliases=("kan_spline",),
)
@elementwise(saves="x", checks=[_check_order, ordered("low", "high")])
def b_spline(
    x: Array,
    coefficients: ArrayLike,
    scale_base: ArrayLike,
    scale_spline: ArrayLike,
    *,
    order: int = 3,
    low: float = -1.0,
    high: float = 1.0,
) -> Array:
    r"""The curve on an edge of a Kolmogorov-Arnold network: a SiLU and a learned spline.

    .. math::
        f(x) = w_b \operatorname{silu}(x) + w_s \sum_i c_i\,B_i(x)

    The :math:`B_i` are B-splines on a uniform grid from ``low`` to ``high`` that goes on for
    ``order`` intervals on both sides; beyond it the sum is 0.

    Args:
        x: Input, any shape, floating point.
        coefficients: Coefficients :math:`c`, ``(G + order,)`` for a grid of :math:`G` intervals:
            the first axis counts them, others broadcast against ``x``, such as ``(G + order, C)``
            for a curve of its own for each channel in the last axis.
        scale_base: Weight :math:`w_b` of the SiLU: a scalar, or an array that broadcasts against
            ``x``.
        scale_spline: Weight :math:`w_s` of the spline, likewise.
        order: Order of the splines: 3 for cubic ones, 1 for a broken line, whose derivative where
            it bends is that to the right.
        low: Lower end of the grid.
        high: Upper end of the grid.

    Raises:
        ValueError: If the order or the grid is out of range, or there are too few coefficients.

    References:
        Liu, Wang, Vaidya, Ruehle, Halverson, Soljacic, Hou, Tegmark, "KAN: Kolmogorov-Arnold
        Networks", arXiv:2404.19756, 2024: grid of 5 intervals on [-1, 1], order 3, c normal with
        standard deviation 0.1, weight 1 of the spline; code KindXiaoming/pykan.

    Example:
        >>> F.b_spline(jnp.array([-9.0, 0.0, 0.5]), jnp.ones(8), 0.0, 1.0).round(5)
        Array([0., 1., 1.], dtype=float32)
    """
    coefficients = jnp.asarray(coefficients)
    check_several("b_spline", coefficients=coefficients)
    count = coefficients.shape[0]
    step = _step(count, order, low, high)
    spline = jnp.zeros_like(x)
    for i, middle in enumerate(_middles(count, order, low, high)):
        spline = spline + coefficients[i] * _bump(jnp.abs(x - middle) / step, order, 0)
    return multiply_no_nan(scale_base, multiply_no_nan(logistic(x), x)) + scale_spline * spline


@b_spline.partials
def _(
    x: Array,
    coefficients: Array,
    scale_base: Array,
    scale_spline: Array,
    *,
    order: int,
    low: float,
    high: float,
) -> tuple[Any, ...]:
    step = _step(coefficients.shape[0], order, low, high)
    count = coefficients.shape[0]
    middles, rises = _middles(count, order, low, high), _rises(x, count, order, low, high)
    bumps = tuple(_bump(jnp.abs(x - middle) / step, order, 0) for middle in middles)
    slope, spline = jnp.zeros_like(x), jnp.zeros_like(x)
    for i, rise in enumerate(rises):
        slope = slope + coefficients[i] * rise
        spline = spline + coefficients[i] * bumps[i]
    z = saturating(x)
    on = logistic(z)
    return (
        scale_base * (on * (1 + z * logistic(-z))) + scale_spline * slope,
        tuple(scale_spline * bump for bump in bumps),
        multiply_no_nan(on, x),
        spline,
    )
