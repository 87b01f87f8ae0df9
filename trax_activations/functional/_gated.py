"""Gated linear units: one half of the channels, times a function of the other."""

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic

from trax_activations._checks import check_positive
from trax_activations._spec import activation
from trax_activations.functional._axes import halves
from trax_activations.functional._gelu import gelu_gate, gelu_slope
from trax_activations.functional._gradients import elementwise
from trax_activations.functional._inputs import finite
from trax_activations.functional._rectified import scaled
from trax_activations.functional._swish import bounded, self_gated, silu_slope

_SHAZEER = "Shazeer, GLU Variants Improve Transformer, arXiv:2002.05202 (2020)"


def _product(a: Array, b: Array) -> Array:
    """``a * b`` with ``0 * inf = 0``: a closed gate lets nothing through, and NaN is NaN."""
    closed = ((a == 0) & jnp.isinf(b)) | ((b == 0) & jnp.isinf(a))
    return jnp.where(closed, jnp.zeros_like(a), a * b)


def _apart(gate: Array) -> Array:
    """A gate, written so that XLA sees no part of it in common with the other terms of a tangent.

    Else it computes the common part early, and keeps it: a third of what the input takes.
    """
    return bounded(gate, -90, 90)


def _glu_tangent(x_dot: Array, x: Array, *, axis: int) -> Array:
    value, gate = halves("glu", x, axis)
    value_dot, gate_dot = halves("glu", x_dot, axis)
    opening = logistic(bounded(gate))
    return logistic(_apart(gate)) * value_dot + opening * (1 - opening) * finite(value) * gate_dot


@activation(
    group="gated",
    paper="Dauphin et al., Language Modeling with Gated Convolutions, arXiv:1612.08083 (2016)",
    along_axis=True,
)
@elementwise(saves="x", tangent=_glu_tangent, wide=True)
def glu(x: Array, *, axis: int = -1) -> Array:
    r"""Gated linear unit (GLU): the first half times the sigmoid of the second.

    .. math::
        f([a, b]) = a \cdot \sigma(b)

    The order of the halves is that of PyTorch, Keras and ``jax.nn``. (Trax's ``Glu`` always fails.)

    Args:
        x: Input, floating point; the size of ``axis`` is even.
        axis: The axis that is halved.

    Returns:
        Array of the dtype of ``x``, with ``axis`` half as long.

    Raises:
        TypeError: If ``x`` is not floating point.
        ValueError: If ``x`` lacks ``axis``, or its size is odd.

    References:
        Dauphin, Fan, Auli, Grangier, "Language Modeling with Gated Convolutional Networks",
        arXiv:1612.08083, 2016.

    Example:
        >>> F.glu(jnp.array([2.0, 4.0, 0.0, jnp.inf]))
        Array([1., 4.], dtype=float32)
    """
    value, gate = halves("glu", x, axis)
    return scaled(logistic(gate), value)


def _reglu_tangent(x_dot: Array, x: Array, *, axis: int) -> Array:
    gate, value = halves("reglu", x, axis)
    gate_dot, value_dot = halves("reglu", x_dot, axis)
    open_dot = finite(value) * gate_dot + finite(gate) * value_dot
    return jnp.where(gate <= 0, jnp.zeros_like(open_dot), open_dot)


@activation(group="gated", paper=_SHAZEER, along_axis=True)
@elementwise(saves="x", tangent=_reglu_tangent, wide=True)
def reglu(x: Array, *, axis: int = -1) -> Array:
    r"""ReGLU: the ReLU of the first half times the second.

    .. math::
        f([a, b]) = \max(a, 0) \cdot b

    Where :math:`a = 0` both derivatives are 0, as that of ReLU in PyTorch.

    Args:
        x: Input, floating point; the size of ``axis`` is even.
        axis: The axis that is halved.

    Returns:
        Array of the dtype of ``x``, with ``axis`` half as long.

    Raises:
        TypeError: If ``x`` is not floating point.
        ValueError: If ``x`` lacks ``axis``, or its size is odd.

    References:
        Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202, 2020.

    Example:
        >>> F.reglu(jnp.array([2.0, -1.0, 3.0, 4.0]))
        Array([6., 0.], dtype=float32)
    """
    gate, value = halves("reglu", x, axis)
    return _product(jnp.where(gate <= 0, jnp.zeros_like(gate), gate), value)


def _geglu_tangent(x_dot: Array, x: Array, *, approximate: bool, axis: int) -> Array:
    gate, value = halves("geglu", x, axis)
    gate_dot, value_dot = halves("geglu", x_dot, axis)
    gelu = finite(gate) * gelu_gate(_apart(gate), approximate)
    return gelu_slope(gate, approximate) * finite(value) * gate_dot + gelu * value_dot


@activation(group="gated", paper=_SHAZEER, along_axis=True)
@elementwise(saves="x", tangent=_geglu_tangent, wide=True)
def geglu(x: Array, *, approximate: bool = False, axis: int = -1) -> Array:
    r"""GEGLU: the GELU of the first half times the second.

    .. math::
        f([a, b]) = \operatorname{gelu}(a) \cdot b

    Args:
        x: Input, floating point; the size of ``axis`` is even.
        approximate: Whether to use GELU's approximation by tanh, as Gemma does.
        axis: The axis that is halved.

    Returns:
        Array of the dtype of ``x``, with ``axis`` half as long.

    Raises:
        TypeError: If ``x`` is not floating point.
        ValueError: If ``x`` lacks ``axis``, or its size is odd.

    References:
        Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202, 2020.

    Example:
        >>> F.geglu(jnp.array([2.0, 0.0, 2.0, 3.0])).round(4)
        Array([3.909, 0.   ], dtype=float32)
    """
    gate, value = halves("geglu", x, axis)
    return _product(self_gated(gate, gelu_gate(gate, approximate)), value)


def _swiglu_tangent(x_dot: Array, x: Array, *, axis: int) -> Array:
    gate, value = halves("swiglu", x, axis)
    gate_dot, value_dot = halves("swiglu", x_dot, axis)
    silu = finite(gate) * logistic(_apart(gate))
    return silu_slope(gate) * finite(value) * gate_dot + silu * value_dot


@activation(group="gated", paper=_SHAZEER, along_axis=True)
@elementwise(saves="x", tangent=_swiglu_tangent, wide=True)
def swiglu(x: Array, *, axis: int = -1) -> Array:
    r"""SwiGLU: the SiLU of the first half times the second.

    .. math::
        f([a, b]) = \frac{a}{1 + e^{-a}} \cdot b

    The first half is the gate, as in the joined ``gate_up`` projections of LLaMA-like models.

    Args:
        x: Input, floating point; the size of ``axis`` is even.
        axis: The axis that is halved.

    Returns:
        Array of the dtype of ``x``, with ``axis`` half as long.

    Raises:
        TypeError: If ``x`` is not floating point.
        ValueError: If ``x`` lacks ``axis``, or its size is odd.

    References:
        Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202, 2020.

    Example:
        >>> F.swiglu(jnp.array([0.5, 0.0, 2.0, 3.0])).round(4)
        Array([0.6225, 0.    ], dtype=float32)
    """
    gate, value = halves("swiglu", x, axis)
    return _product(self_gated(gate, logistic(gate)), value)


def _bilinear_tangent(x_dot: Array, x: Array, *, axis: int) -> Array:
    first, second = (finite(half) for half in halves("bilinear", x, axis))
    first_dot, second_dot = halves("bilinear", x_dot, axis)
    return second * first_dot + first * second_dot


@activation(group="gated", paper=_SHAZEER, along_axis=True)
@elementwise(saves="x", tangent=_bilinear_tangent, wide=True)
def bilinear(x: Array, *, axis: int = -1) -> Array:
    r"""Bilinear unit: the product of the two halves.

    .. math::
        f([a, b]) = a \cdot b

    Args:
        x: Input, floating point; the size of ``axis`` is even.
        axis: The axis that is halved.

    Returns:
        Array of the dtype of ``x``, with ``axis`` half as long.

    Raises:
        TypeError: If ``x`` is not floating point.
        ValueError: If ``x`` lacks ``axis``, or its size is odd.

    References:
        Shazeer, "GLU Variants Improve Transformer", arXiv:2002.05202, 2020; Mnih, Hinton, "Three
        New Graphical Models for Statistical Language Modelling", 2007.

    Example:
        >>> F.bilinear(jnp.array([2.0, -1.0, 3.0, 4.0]))
        Array([ 6., -4.], dtype=float32)
    """
    return _product(*halves("bilinear", x, axis))


def _check_clamped(alpha: float, limit: float, interleaved: bool, axis: int) -> None:
    check_positive("clamped_swiglu", "alpha", alpha)
    check_positive("clamped_swiglu", "limit", limit)


def _clamped_swiglu_tangent(
    x_dot: Array, x: Array, *, alpha: float, limit: float, interleaved: bool, axis: int
) -> Array:
    gate, value = halves("clamped_swiglu", x, axis, interleaved)
    gate_dot, value_dot = halves("clamped_swiglu", x_dot, axis, interleaved)
    gate_dot = jnp.where(gate > limit, jnp.zeros_like(gate_dot), gate_dot)
    value_dot = jnp.where(jnp.abs(value) > limit, jnp.zeros_like(value_dot), value_dot)
    gate, value = bounded(gate, -100 / alpha, limit), bounded(value, -limit, limit)
    opening = logistic(alpha * gate)
    slope = opening * (1 + alpha * gate * (1 - opening))
    return slope * (value + 1) * gate_dot + gate * opening * value_dot


@activation(
    group="gated",
    paper="OpenAI, gpt-oss-120b & gpt-oss-20b Model Card, arXiv:2508.10925 (2025)",
    along_axis=True,
    check=_check_clamped,
)
@elementwise(saves="x", tangent=_clamped_swiglu_tangent, wide=True)
def clamped_swiglu(
    x: Array,
    *,
    alpha: float = 1.702,
    limit: float = 7.0,
    interleaved: bool = True,
    axis: int = -1,
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

    Returns:
        Array of the dtype of ``x``, with ``axis`` half as long.

    Raises:
        TypeError: If ``x`` is not floating point.
        ValueError: If a hyperparameter is not positive, or ``x`` lacks ``axis``, or it is odd.

    References:
        OpenAI, "gpt-oss-120b & gpt-oss-20b Model Card", arXiv:2508.10925, 2025; the formula is in
        ``gpt_oss/torch/model.py`` of https://github.com/openai/gpt-oss.

    Example:
        >>> F.clamped_swiglu(jnp.array([1.0, 2.0, 50.0, -50.0])).round(4)
        Array([  2.5374, -41.9997], dtype=float32)
    """
    _check_clamped(alpha, limit, interleaved, axis)
    gate, value = halves("clamped_swiglu", x, axis, interleaved)
    gate, value = jnp.minimum(gate, limit), jnp.clip(value, -limit, limit)
    return self_gated(gate, logistic(alpha * gate)) * (value + 1)
