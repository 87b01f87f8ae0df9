"""Gated linear units: one half of the channels, times a function of the other."""

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic

from trax_activations._checks import check_divisible, positive
from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import (
    bounded,
    clip_to_finite,
    gate_in_tangent,
    gelu_gate,
    gelu_slope,
    multiply_no_nan,
    positive_part,
    self_gated,
    silu_slope,
)


def _halves(owner: str, x: Array, axis: int, interleaved: bool = False) -> tuple[Array, Array]:
    """The first and second half of an axis, or its even and odd elements."""
    position = check_divisible(owner, axis, x, 2)
    size = x.shape[position]
    if interleaved:
        # Not slices with a stride: XLA pads in their transpose, element by element.
        pairs = x.reshape(*x.shape[:position], size // 2, 2, *x.shape[position + 1 :])
        even, odd = jnp.split(pairs, 2, position + 1)
        return even.squeeze(position + 1), odd.squeeze(position + 1)
    first, second = jnp.split(x, [size // 2], position)
    return first, second


def _product(a: Array, b: Array) -> Array:
    """``a * b`` with ``0 * inf = 0``: a closed gate lets nothing through, and NaN is NaN."""
    closed = ((a == 0) & jnp.isinf(b)) | ((b == 0) & jnp.isinf(a))
    return jnp.where(closed, jnp.zeros_like(a), a * b)


def _apart(gate: Array) -> Array:
    """A gate, written so that XLA sees no part of it in common with the other terms of a tangent.

    Else it computes the common part early, and keeps it: a third of what the input takes.
    """
    return bounded(gate, -90, 90)


@activation(group="gated", along_axis=True)
@elementwise(saves="x")
def glu(x: Array, axis: int = -1) -> Array:
    r"""Gated linear unit (GLU): the first half times the sigmoid of the second.

    .. math::
        f([a, b]) = a \cdot \sigma(b)

    The order of the halves is that of PyTorch, Keras and ``jax.nn``. (Trax's ``Glu`` always fails.)

    Args:
        x: Input, floating point; the size of ``axis`` is even.
        axis: The axis that is halved.

    References:
        Dauphin, Fan, Auli, Grangier, "Language Modeling with Gated Convolutional Networks",
        arXiv:1612.08083, 2016.

    Example:
        >>> F.glu(jnp.array([2.0, 4.0, 0.0, jnp.inf]))
        Array([1., 4.], dtype=float32)
    """
    value, gate = _halves("glu", x, axis)
    return multiply_no_nan(logistic(gate), value)


@glu.tangent
def _(x_dot: Array, x: Array, *, axis: int) -> Array:
    value, gate = _halves("glu", x, axis)
    value_dot, gate_dot = _halves("glu", x_dot, axis)
    opening = logistic(bounded(gate))
    return (
        logistic(_apart(gate)) * value_dot
        + opening * (1 - opening) * clip_to_finite(value) * gate_dot
    )


@activation(group="gated", along_axis=True)
@elementwise(saves="x")
def reglu(x: Array, *, axis: int = -1) -> Array:
    r"""ReGLU: the ReLU of the first half times the second.

    .. math::
        f([a, b]) = \max(a, 0) \cdot b

    Where :math:`a = 0` both derivatives are 0, as that of ReLU in PyTorch.

    Args:
        x: Input, floating point; the size of ``axis`` is even.
        axis: The axis that is halved.

    References:
        Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202, 2020.

    Example:
        >>> F.reglu(jnp.array([2.0, -1.0, 3.0, 4.0]))
        Array([6., 0.], dtype=float32)
    """
    gate, value = _halves("reglu", x, axis)
    return _product(positive_part(gate), value)


@reglu.tangent
def _(x_dot: Array, x: Array, *, axis: int) -> Array:
    gate, value = _halves("reglu", x, axis)
    gate_dot, value_dot = _halves("reglu", x_dot, axis)
    open_dot = clip_to_finite(value) * gate_dot + clip_to_finite(gate) * value_dot
    return jnp.where(gate <= 0, jnp.zeros_like(open_dot), open_dot)


@activation(group="gated", along_axis=True)
@elementwise(saves="x")
def geglu(x: Array, *, approximate: bool = False, axis: int = -1) -> Array:
    r"""GEGLU: the GELU of the first half times the second.

    .. math::
        f([a, b]) = \operatorname{gelu}(a) \cdot b

    Args:
        x: Input, floating point; the size of ``axis`` is even.
        approximate: Whether to use GELU's approximation by tanh, as Gemma does.
        axis: The axis that is halved.

    References:
        Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202, 2020.

    Example:
        >>> F.geglu(jnp.array([2.0, 0.0, 2.0, 3.0])).round(4)
        Array([3.909, 0.   ], dtype=float32)
    """
    gate, value = _halves("geglu", x, axis)
    return _product(self_gated(gate, gelu_gate(gate, approximate)), value)


@geglu.tangent
def _(x_dot: Array, x: Array, *, approximate: bool, axis: int) -> Array:
    gate, value = _halves("geglu", x, axis)
    gate_dot, value_dot = _halves("geglu", x_dot, axis)
    gelu = clip_to_finite(gate) * gate_in_tangent(_apart(gate), approximate)
    return gelu_slope(gate, approximate) * clip_to_finite(value) * gate_dot + gelu * value_dot


@activation(group="gated", along_axis=True)
@elementwise(saves="x")
def swiglu(x: Array, *, axis: int = -1) -> Array:
    r"""SwiGLU: the SiLU of the first half times the second.

    .. math::
        f([a, b]) = \frac{a}{1 + e^{-a}} \cdot b

    The first half is the gate, as in the joined ``gate_up`` projections of LLaMA-like models.

    Args:
        x: Input, floating point; the size of ``axis`` is even.
        axis: The axis that is halved.

    References:
        Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202, 2020.

    Example:
        >>> F.swiglu(jnp.array([0.5, 0.0, 2.0, 3.0])).round(4)
        Array([0.6225, 0.    ], dtype=float32)
    """
    gate, value = _halves("swiglu", x, axis)
    return _product(self_gated(gate, logistic(gate)), value)


@swiglu.tangent
def _(x_dot: Array, x: Array, *, axis: int) -> Array:
    gate, value = _halves("swiglu", x, axis)
    gate_dot, value_dot = _halves("swiglu", x_dot, axis)
    silu = clip_to_finite(gate) * logistic(_apart(gate))
    return silu_slope(gate) * clip_to_finite(value) * gate_dot + silu * value_dot


@activation(group="gated", along_axis=True)
@elementwise(saves="x")
def bilinear(x: Array, *, axis: int = -1) -> Array:
    r"""Bilinear unit: the product of the two halves.

    .. math::
        f([a, b]) = a \cdot b

    Args:
        x: Input, floating point; the size of ``axis`` is even.
        axis: The axis that is halved.

    References:
        Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202, 2020; Mnih, Hinton, "Three
        New Graphical Models for Statistical Language Modelling", 2007.

    Example:
        >>> F.bilinear(jnp.array([2.0, -1.0, 3.0, 4.0]))
        Array([ 6., -4.], dtype=float32)
    """
    return _product(*_halves("bilinear", x, axis))


@bilinear.tangent
def _(x_dot: Array, x: Array, *, axis: int) -> Array:
    first, second = (clip_to_finite(half) for half in _halves("bilinear", x, axis))
    first_dot, second_dot = _halves("bilinear", x_dot, axis)
    return second * first_dot + first * second_dot


@activation(group="gated", along_axis=True)
@elementwise(saves="x", checks=[positive("alpha", "limit")])
def clamped_swiglu(
    x: Array, *, alpha: float = 1.702, limit: float = 7.0, interleaved: bool = True, axis: int = -1
) -> Array:
    r"""SwiGLU with clamped inputs, as in gpt-oss.

    .. math::
        f([a, b]) = a' \sigma(\alpha a') \cdot (b' + 1), \quad
        a' = \min(a, L), \quad b' = \min(\max(b, -L), L)

    The derivative at the limits is the inner one, as that of ``clamp`` in PyTorch.

    Args:
        x: Input, floating point; the size of ``axis`` is even.
        alpha: Sharpness :math:`\alpha` of the sigmoid, positive.
        limit: The limit :math:`L`, positive.
        interleaved: Whether gates :math:`a` are the even channels and values :math:`b` the odd
            ones, as in gpt-oss; else they are the first and the second half.
        axis: The axis that is halved.

    Raises:
        ValueError: If a hyperparameter is not positive, or ``x`` lacks ``axis``, or it is odd.

    References:
        OpenAI, "gpt-oss-120b & gpt-oss-20b Model Card", arXiv:2508.10925, 2025; the formula is in
        ``gpt_oss/torch/model.py`` of https://github.com/openai/gpt-oss.

    Example:
        >>> F.clamped_swiglu(jnp.array([1.0, 2.0, 50.0, -50.0])).round(4)
        Array([  2.5374, -41.9997], dtype=float32)
    """
    gate, value = _halves("clamped_swiglu", x, axis, interleaved)
    gate, value = jnp.minimum(gate, limit), jnp.clip(value, -limit, limit)
    return self_gated(gate, logistic(alpha * gate)) * (value + 1)


@clamped_swiglu.tangent
def _(x_dot: Array, x: Array, *, alpha: float, limit: float, interleaved: bool, axis: int) -> Array:
    gate, value = _halves("clamped_swiglu", x, axis, interleaved)
    gate_dot, value_dot = _halves("clamped_swiglu", x_dot, axis, interleaved)
    gate_dot = jnp.where(gate > limit, jnp.zeros_like(gate_dot), gate_dot)
    value_dot = jnp.where(jnp.abs(value) > limit, jnp.zeros_like(value_dot), value_dot)
    gate, value = bounded(gate, -100 / alpha, limit), bounded(value, -limit, limit)
    opening = logistic(alpha * gate)
    slope = opening * (1 + alpha * gate * (1 - opening))
    return slope * (value + 1) * gate_dot + gate * opening * value_dot
