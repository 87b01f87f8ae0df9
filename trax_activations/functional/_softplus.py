"""Smooth forms of ReLU: from 0 on the left to the identity on the right."""

import math
from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.lax import logistic

from trax_activations._checks import number_or_none, positive
from trax_activations._spec import activation
from trax_activations.functional._elementwise import Saved, elementwise
from trax_activations.functional._numerics import log1p_series, log1p_unit, root

_LN2 = 0.6931471805599453


def _softplus_saves(dtype: Any, beta: float, threshold: float | None) -> Saved:
    """Beyond a threshold the output does not tell on which side of it the input was."""
    return "y" if threshold is None else "x"


def _softplus_kinks(beta: float, threshold: float | None) -> dict[float, float]:
    return {} if threshold is None else {threshold / beta: 1 / (1 + math.exp(-threshold))}


def _one_minus_exp(y: Array) -> Array:
    """``1 - exp(-y)``; by tanh, of which XLA's is faster than its ``expm1``."""
    half = jnp.tanh(y / 2)
    return 2 * half / (1 + half)


@activation(group="smooth", kinks=_softplus_kinks, limits=(0.0, float("inf")), monotone=True)
@elementwise(saves=_softplus_saves, checks=[positive("beta"), number_or_none("threshold")])
def softplus(x: Array, beta: float = 1.0, threshold: float | None = None) -> Array:
    r"""Softplus, the integral of the sigmoid.

    .. math::
        f(x) = \frac{1}{\beta} \ln(1 + e^{\beta x})

    PyTorch replaces it by :math:`x` where :math:`\beta x > 20`, against overflow; this form has
    none, so it needs no ``threshold`` (in float32 both agree to the last bit there), but takes it.

    Args:
        x: Input, any shape, floating point.
        beta: Sharpness :math:`\beta`, positive.
        threshold: Where :math:`\beta x` is greater it is :math:`x`, as in PyTorch, which has 20.

    References:
        Dugas, Bengio, Bélisle, Nadeau, Garcia, "Incorporating Second-Order Functional Knowledge
        for Better Option Pricing", NeurIPS 2000, https://www.cirano.qc.ca/en/summaries/2002s-46.

    Example:
        >>> F.softplus(jnp.array([-jnp.inf, 0.0, 100.0])).round(4)
        Array([  0.    ,   0.6931, 100.    ], dtype=float32)
    """
    # The scale is not outermost: there it would make XLA keep more than the output.
    y = jnp.maximum(x, 0) + log1p_unit(jnp.exp(-jnp.abs(beta * x))) / beta
    return y if threshold is None else jnp.where(beta * x > threshold, x, y)


@softplus.slope
def _(saved: Array, *, beta: float, threshold: float | None) -> Array:
    if threshold is None:
        return _one_minus_exp(beta * saved)
    return jnp.where(beta * saved > threshold, jnp.ones_like(saved), logistic(beta * saved))


@activation(group="smooth", limits=(-_LN2, float("inf")), monotone=True)
@elementwise(saves="y", levels=(-_LN2,))
def shifted_softplus(x: Array) -> Array:
    r"""Shifted softplus: softplus that goes through the origin.

    .. math::
        f(x) = \ln\left(\tfrac12 e^x + \tfrac12\right) = \operatorname{softplus}(x) - \ln 2

    Args:
        x: Input, any shape, floating point.

    References:
        Schütt, Kindermans, Sauceda, Chmiela, Tkatchenko, Müller, "SchNet: A Continuous-filter
        Convolutional Neural Network for Modeling Quantum Interactions", arXiv:1706.08566, 2017.

    Example:
        >>> F.shifted_softplus(jnp.array([-jnp.inf, 0.0, 100.0])).round(4)
        Array([-0.6931,  0.    , 99.3069], dtype=float32)
    """
    m = jnp.expm1(-jnp.abs(x))
    return jnp.maximum(x, 0) + log1p_series(m / (4 + m))  # Of m / 2: the difference, not its terms.


@shifted_softplus.slope
def _(y: Array) -> Array:
    return _one_minus_exp(y + _LN2)


@shifted_softplus.slope_of_input
def _(x: Array) -> Array:
    return logistic(x)


@activation(group="smooth", limits=(-float("inf"), 0.0), monotone=True)
@elementwise(saves="y")
def log_sigmoid(x: Array) -> Array:
    r"""Logarithm of the sigmoid, also where the sigmoid itself is 0.

    .. math::
        f(x) = \ln\frac{1}{1 + e^{-x}} = -\operatorname{softplus}(-x)

    Args:
        x: Input, any shape, floating point.

    References:
        Collobert, Kavukcuoglu, Farabet, "Torch7: A Matlab-like Environment for Machine Learning",
        https://ronan.collobert.com/pub/matos/2011_torch7_nipsw.pdf, 2011: ``nn.LogSigmoid``.

    Example:
        >>> F.log_sigmoid(jnp.array([-1000.0, 0.0, jnp.inf])).round(4)
        Array([-1.000e+03, -6.931e-01,  0.000e+00], dtype=float32)
    """
    return jnp.minimum(x, 0) - log1p_unit(jnp.exp(-jnp.abs(x)))


@log_sigmoid.slope
def _(y: Array) -> Array:
    return _one_minus_exp(-y)


@activation(group="smooth", limits=(0.0, float("inf")), monotone=True)
@elementwise(saves="y", checks=[positive("b")])
def squareplus(x: Array, b: float = 4.0) -> Array:
    r"""Squareplus: an algebraic softplus.

    .. math::
        f(x) = \frac{x + \sqrt{x^2 + b}}{2}

    It is evaluated without cancellation and without overflow (``jax.nn`` and Keras have infinity
    from 260 in float16 and NaN at :math:`-\infty`). At :math:`b = 4` it agrees with softplus's
    value, slope and curvature in 0 up to the value, which is 1.

    Args:
        x: Input, any shape, floating point.
        b: Width :math:`b` of the bend, positive; at 0 it would be ReLU.

    References:
        Barron, "Squareplus: A Softplus-Like Algebraic Rectifier", arXiv:2112.11687, 2021.

    Example:
        >>> F.squareplus(jnp.array([-jnp.inf, 0.0, 1.5]))
        Array([0., 1., 2.], dtype=float32)
    """
    size = jnp.abs(x)
    bounded = jnp.minimum(size, 1e18)
    length = jnp.maximum(jnp.sqrt(bounded * bounded + b), size)
    return jnp.maximum(x, 0) + (b / 2) / (length + size)


@squareplus.slope
def _(y: Array, *, b: float) -> Array:
    bounded = jnp.minimum(y, 1e18)  # Its square is finite, and b is nothing to it.
    square = bounded * bounded
    return square / (square + b / 4)


@activation(group="smooth", limits=(0.0, float("inf")), monotone=True)
@elementwise(saves="y")
def sparse_plus(x: Array) -> Array:
    r"""Sparse plus: softplus that reaches 0, the integral of ``sparse_sigmoid``.

    .. math::
        f(x) = \begin{cases} 0 & x \le -1 \\ (x + 1)^2 / 4 & -1 < x < 1 \\ x & x \ge 1 \end{cases}

    Args:
        x: Input, any shape, floating point.

    References:
        Blondel, Martins, Niculae, "Learning with Fenchel-Young Losses", arXiv:1901.02324, 2019.

    Example:
        >>> F.sparse_plus(jnp.array([-2.0, 0.0, 3.0]))
        Array([0.  , 0.25, 3.  ], dtype=float32)
    """
    half = (jnp.clip(x, -1, 1) + 1) / 2
    return jnp.where(x >= 1, x, half * half)


@sparse_plus.slope
def _(y: Array) -> Array:
    return jnp.minimum(root(y), 1)
