"""Activations that are polynomials of the input or of its positive part."""

from typing import Any

import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

from trax_activations._checks import check_along_axis, check_several, not_negative
from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import clip_to_finite, multiply_no_nan, positive_part


@activation(
    group="learned",
    parameters=(Parameter("scale", 1.0), Parameter("bias", 0.0)),
    limits=(0.0, float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def star_relu(x: Array, scale: ArrayLike, bias: ArrayLike) -> Array:
    r"""StarReLU: a squared ReLU with learned scale and bias.

    .. math::
        f(x) = s \max(x, 0)^2 + b

    Args:
        x: Input, any shape, floating point.
        scale: Scale :math:`s`: a scalar, as in the paper, or an array that broadcasts against
            ``x``.
        bias: Value :math:`b` at and below 0, likewise.

    References:
        Yu, Si, Zhou, Luo, Zhou, Feng, Yan, Wang, "MetaFormer Baselines for Vision",
        arXiv:2210.13452, 2022. For normal input the output has mean 0 and variance 1 with
        s = 0.8944, b = -0.4472; the code (sail-sg/metaformer) starts from 1 and 0.

    Example:
        >>> F.star_relu(jnp.array([-1.0, 3.0]), 0.5, -1.0)
        Array([-1. ,  3.5], dtype=float32)
    """
    return multiply_no_nan(scale, jnp.square(positive_part(x))) + bias


@star_relu.partials
def _(x: Array, scale: Array, bias: Array) -> tuple[Array, Array, Array]:
    above = positive_part(x)
    return clip_to_finite(2 * above) * scale, jnp.square(above), jnp.ones_like(x)


def _horner(weight: Array, r: Array) -> Array:
    """The polynomial without constant term: the highest power first."""
    total = jnp.zeros_like(r)
    for j in range(weight.shape[0]):
        total = multiply_no_nan(total + weight[j], r)
    return total


@activation(
    group="learned",
    parameters=(Parameter("weight", (1 / 3, 1 / 3, 1 / 3)), Parameter("bias", 0.0)),
    kinks={0.0: 0.0},
    limits=(0.0, float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def poly_relu(x: Array, weight: ArrayLike, bias: ArrayLike) -> Array:
    r"""PolyReLU: a learned polynomial of the positive part.

    .. math::
        f(x) = w_0\,r^3 + w_1\,r^2 + w_2\,r + b, \qquad r = \max(x, 0)

    The derivative at 0 is 0.

    Args:
        x: Input, any shape, floating point.
        weight: Coefficients, ``(3,)``, the highest power first; more or fewer for another degree.
            The first axis counts them, others broadcast against ``x``.
        bias: Value at and below 0: a scalar, or an array that broadcasts against ``x``.

    References:
        Zhuo, Wang, Zeng, Li, Zhou, Ma, "Polynomial Composition Activations: Unleashing the Dynamics
        of Large Language Models", arXiv:2411.03884, 2024; order of the coefficients and initial
        values of its code (BryceZhuo/PolyCom).

    Example:
        >>> F.poly_relu(jnp.array([-1.0, 2.0]), jnp.array([1.0, 0.5, 0.0]), 0.5)
        Array([ 0.5, 10.5], dtype=float32)
    """
    weight = jnp.asarray(weight)
    check_several("poly_relu", weight=weight)
    return _horner(weight, positive_part(x)) + bias


@poly_relu.partials
def _(x: Array, weight: Array, bias: Array) -> tuple[Any, ...]:
    degree = weight.shape[0]
    above = positive_part(x)
    powers = [above]
    for _ in range(degree - 1):
        powers.append(clip_to_finite(powers[-1] * above))
    falling = jnp.asarray([degree - j for j in range(degree - 1)], x.dtype)
    falling = falling.reshape(-1, *(1,) * (weight.ndim - 1))
    slope = _horner(falling * weight[:-1], above) + weight[-1]
    return (jnp.where(x <= 0, jnp.zeros_like(x), slope), tuple(reversed(powers)), jnp.ones_like(x))


def _normalized(x: Array, power: int, axis: int, epsilon: float) -> Array:
    """``x^power`` over its root mean square: scaled first, so that no power overflows."""
    # The largest numbers have a subnormal reciprocal, which XLA takes for 0.
    largest = float(jnp.finfo(x.dtype).max) / 8
    near = jnp.clip(x, -largest, largest)
    size = jnp.max(jnp.abs(near), axis=axis, keepdims=True, initial=1.0)
    size = lax.stop_gradient(size)  # The result does not depend on it.
    value = (near / size) ** power
    mean = jnp.mean(jnp.square(value), axis=axis, keepdims=True)
    return value * lax.rsqrt(mean + epsilon / size ** (2 * power))


@activation(
    group="normalizing",
    parameters=(Parameter("weight", (1 / 3, 1 / 3, 1 / 3)), Parameter("bias", 0.0)),
    along_axis=True,
)
@elementwise(saves="x", checks=[not_negative("epsilon")])
def poly_norm(
    x: Array, weight: ArrayLike, bias: ArrayLike, *, epsilon: float = 1e-6, axis: int = -1
) -> Array:
    r"""PolyNorm: a learned sum of normalized powers of a vector.

    .. math::
        f(x) = w_0\,N(x^3) + w_1\,N(x^2) + w_2\,N(x) + b, \qquad
        N(v) = \frac{v}{\sqrt{\operatorname{mean}(v^2) + \epsilon}}

    Args:
        x: Input, floating point.
        weight: Coefficients, ``(3,)``, the highest power first; more or fewer for another degree.
            The first axis counts them, others broadcast against ``x``.
        bias: Shift of the output: a scalar, or an array that broadcasts against ``x``.
        epsilon: Added to the mean square, not negative.
        axis: The axis of the vectors.

    References:
        Zhuo, Wang, Zeng, Li, Zhou, Ma, "Polynomial Composition Activations: Unleashing the Dynamics
        of Large Language Models", arXiv:2411.03884, 2024; code BryceZhuo/PolyCom.

    Example:
        >>> F.poly_norm(jnp.array([3.0, 4.0]), jnp.array([0.0, 0.0, 1.0]), 0.0)
        Array([0.8485281, 1.1313708], dtype=float32)
    """
    axis = check_along_axis("poly_norm", axis, x.shape)
    weight = jnp.asarray(weight)
    check_several("poly_norm", weight=weight)
    total = jnp.zeros_like(x) + bias
    for j in range(weight.shape[0]):
        total = total + weight[j] * _normalized(x, weight.shape[0] - j, axis, epsilon)
    return total
