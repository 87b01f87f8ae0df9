"""Activations made of the normal distribution: GELU and the distribution itself."""

import math
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.lax import erfc

from trax_activations._checks import positive, refused
from trax_activations._spec import activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import (
    DENSITY,
    bounded,
    gelu_gate,
    gelu_slope,
    self_gated,
)

_SQRT_HALF = math.sqrt(0.5)


@activation(group="smooth", limits=(0.0, float("inf")), aliases=("gelu_python",))
@elementwise(saves="x")
def gelu(x: Array, approximate: bool = False) -> Array:
    r"""Gaussian error linear unit (GELU).

    .. math::
        f(x) = x\,\Phi(x) = \frac{x}{2}\left(1 + \operatorname{erf}\frac{x}{\sqrt 2}\right)

    It is exact by default, as in PyTorch, Keras and Trax (``jax.nn.gelu`` approximates by default).
    The least value is -0.1700, at -0.7518. At :math:`-\infty` it is 0, at :math:`\infty` infinity
    (PyTorch has NaN).

    Args:
        x: Input, any shape, floating point.
        approximate: Whether to use the approximation by tanh, :func:`fast_gelu`.

    References:
        Hendrycks, Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415, 2016.

    Example:
        >>> F.gelu(jnp.array([-jnp.inf, 0.0, 2.0])).round(4)
        Array([-0.    ,  0.    ,  1.9545], dtype=float32)
    """
    return self_gated(x, gelu_gate(x, approximate))


@gelu.slope
def _(x: Array, *, approximate: bool) -> Array:
    return gelu_slope(x, approximate)


def _check_ceiling(owner: str, hyperparameters: Mapping[str, Any]) -> None:
    """Refuses a ceiling so low that the input does not tell when it is reached."""
    value = hyperparameters["max_value"]
    if isinstance(value, int | float) and not 6 <= value < math.inf:
        raise refused(owner, "max_value", value, "a finite number of at least 6", "10.0")


@activation(
    group="smooth",
    kinks=lambda max_value: {max_value: 0.0},
    limits=(0.0, 10.0),
    aliases=("gelu_10",),
)
@elementwise(saves="x", checks=[_check_ceiling])
def clipped_gelu(x: Array, max_value: float = 10.0) -> Array:
    r"""Clipped GELU: a GELU with a ceiling, for quantized models.

    .. math::
        f(x) = \min(x\,\Phi(x), M)

    From 6 on GELU is the identity to the last bit. The derivative at the ceiling is 0. (The
    ``gelu_10`` of Hugging Face has a floor of -10 too, which GELU never reaches.)

    Args:
        x: Input, any shape, floating point.
        max_value: The ceiling :math:`M`, 6 at least.

    References:
        Wu, Judd, Zhang, Isaev, Micikevicius, "Integer Quantization for Deep Learning Inference:
        Principles and Empirical Evaluation", arXiv:2004.09602, 2020: the ceiling of 10.

    Example:
        >>> F.clipped_gelu(jnp.array([-jnp.inf, 2.0, 50.0])).round(4)
        Array([-0.    ,  1.9545, 10.    ], dtype=float32)
    """
    y = self_gated(x, gelu_gate(x))
    return jnp.where(x >= max_value, jnp.full_like(x, max_value), y)


@clipped_gelu.slope
def _(x: Array, *, max_value: float) -> tuple[Array, Array]:
    return ~(x >= max_value), gelu_slope(x)


@activation(
    group="smooth",
    limits=(0.0, float("inf")),
    aliases=(
        *("gelu_tanh", "gelu_fast", "gelu_new", "gelu_pytorch_tanh"),
        *("gelu_accurate", "gelu_python_tanh"),
    ),
)
@elementwise(saves="x")
def fast_gelu(x: Array) -> Array:
    r"""GELU approximated by tanh; ``gelu(x, approximate=True)`` under the name that Trax uses.

    .. math::
        f(x) = \frac{x}{2}\left(1 + \tanh\left(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\right)\right)

    It is at most 0.00048 from GELU.

    Args:
        x: Input, any shape, floating point.

    References:
        Hendrycks, Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415, 2016.

    Example:
        >>> F.fast_gelu(jnp.array([-jnp.inf, 0.0, 1.0])).round(4)
        Array([-0.    ,  0.    ,  0.8412], dtype=float32)
    """
    return self_gated(x, gelu_gate(x, approximate=True))


@fast_gelu.slope
def _(x: Array) -> Array:
    return gelu_slope(x, approximate=True)


@activation(group="bounded", limits=(0.0, 1.0), monotone=True)
@elementwise(saves="x", checks=[positive("sigma")])
def laplace(x: Array, *, mu: float = _SQRT_HALF, sigma: float = math.sqrt(0.25 / math.pi)) -> Array:
    r"""Laplace attention function: a normal distribution that approximates the squared ReLU.

    .. math::
        f(x) = \frac12\left(1 + \operatorname{erf}\frac{x - \mu}{\sigma\sqrt 2}\right)

    With the default values it agrees with :func:`squared_relu` in value and slope at
    :math:`\sqrt{1/2}`, and is bounded.

    Args:
        x: Input, any shape, floating point.
        mu: The mean :math:`\mu`.
        sigma: The standard deviation :math:`\sigma`, positive.

    References:
        Ma, Zhou, Kong, He, Gui, Neubig, May, Zettlemoyer, "Mega: Moving Average Equipped Gated
        Attention", arXiv:2209.10655, 2022.

    Example:
        >>> F.laplace(jnp.array([-jnp.inf, 0.5**0.5, 1.0])).round(4)
        Array([0.    , 0.5   , 0.8504], dtype=float32)
    """
    return 0.5 * erfc((mu - x) * (_SQRT_HALF / sigma))


@laplace.slope
def _(x: Array, *, mu: float, sigma: float) -> Array:
    z = bounded((x - mu) / sigma)
    return jnp.exp(-0.5 * z * z) * (DENSITY / sigma)


@activation(group="bounded", limits=(0.0, 0.0))
@elementwise(saves="x", checks=[positive("sigma")])
def gaussian(x: Array, *, sigma: float = 1.0) -> Array:
    r"""Gaussian bell.

    .. math::
        f(x) = e^{-x^2 / (2 \sigma^2)}

    Args:
        x: Input, any shape, floating point.
        sigma: The width :math:`\sigma`, positive.

    References:
        Ramasinghe, Lucey, "Beyond Periodicity: Towards a Unifying Framework for Activations in
        Coordinate-MLPs", arXiv:2111.15135, 2021.

    Example:
        >>> F.gaussian(jnp.array([-jnp.inf, 0.0, 2.0])).round(4)
        Array([0.    , 1.    , 0.1353], dtype=float32)
    """
    scaled = x / sigma
    return jnp.exp(-0.5 * (scaled * scaled))


@gaussian.slope
def _(x: Array, *, sigma: float) -> Array:
    z = bounded(x / sigma)
    return (-z / sigma) * jnp.exp(-0.5 * z * z)
