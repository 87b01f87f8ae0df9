"""Activations made of the normal distribution: GELU and the distribution itself."""

import math

import jax.numpy as jnp
from jax import Array
from jax.lax import erf, logistic

from trax_activations._checks import check_positive
from trax_activations._spec import activation
from trax_activations.functional._gradients import elementwise
from trax_activations.functional._swish import bounded, self_gated

_PAPER = "Hendrycks, Gimpel, Gaussian Error Linear Units, arXiv:1606.08415 (2016)"
_SQRT_HALF = math.sqrt(0.5)
_DENSITY = 1 / math.sqrt(2 * math.pi)
_LINEAR, _CUBIC = 2 * math.sqrt(2 / math.pi), 2 * math.sqrt(2 / math.pi) * 0.044715


def gelu_gate(x: Array, approximate: bool = False) -> Array:
    """The normal distribution's ``P(X <= x)``, or its approximation.

    That is ``(1 + tanh(u)) / 2`` with ``u = sqrt(2 / pi) (x + 0.044715 x^3)``, or ``sigmoid(2u)``.
    """
    if approximate:
        return logistic(x * (_LINEAR + _CUBIC * (x * x)))
    return 0.5 + 0.5 * erf(x * _SQRT_HALF)


def gelu_slope(x: Array, approximate: bool = False) -> Array:
    """The derivative of GELU, or of its approximation."""
    z = bounded(x, -30, 30)
    gate = gelu_gate(z, approximate)
    if approximate:
        return gate * (1 + z * (1 - gate) * (_LINEAR + 3 * _CUBIC * (z * z)))
    return gate + z * (_DENSITY * jnp.exp(-0.5 * z * z))


def _gelu_tangent(x_dot: Array, x: Array, *, approximate: bool) -> Array:
    return gelu_slope(x, approximate) * x_dot


@activation(group="smooth", paper=_PAPER, limits=(0.0, float("inf")))
@elementwise(saves="x", tangent=_gelu_tangent, wide=True)
def gelu(x: Array, *, approximate: bool = False) -> Array:
    r"""Gaussian error linear unit (GELU).

    .. math::
        f(x) = x\,\Phi(x) = \frac{x}{2}\left(1 + \operatorname{erf}\frac{x}{\sqrt 2}\right)

    It is exact by default, as in PyTorch, Keras and Trax (``jax.nn.gelu`` approximates by default).
    The least value is -0.1700, at -0.7518. At :math:`-\infty` it is 0, at :math:`\infty` infinity
    (PyTorch has NaN).

    Args:
        x: Input, any shape, floating point.
        approximate: Whether to use the approximation by tanh, :func:`fast_gelu`.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Hendrycks, Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415, 2016.

    Example:
        >>> F.gelu(jnp.array([-jnp.inf, 0.0, 2.0])).round(4)
        Array([-0.    ,  0.    ,  1.9545], dtype=float32)
    """
    return self_gated(x, gelu_gate(x, approximate))


def _fast_gelu_tangent(x_dot: Array, x: Array) -> Array:
    return gelu_slope(x, approximate=True) * x_dot


@activation(
    group="smooth",
    paper=_PAPER,
    limits=(0.0, float("inf")),
    aliases=("gelu_tanh", "gelu_fast", "gelu_new", "gelu_pytorch_tanh"),
)
@elementwise(saves="x", tangent=_fast_gelu_tangent, wide=True)
def fast_gelu(x: Array) -> Array:
    r"""GELU approximated by tanh; ``gelu(x, approximate=True)`` under the name that Trax uses.

    .. math::
        f(x) = \frac{x}{2}\left(1 + \tanh\left(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\right)\right)

    It is at most 0.00048 from GELU.

    Args:
        x: Input, any shape, floating point.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.

    References:
        Hendrycks, Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415, 2016.

    Example:
        >>> F.fast_gelu(jnp.array([-jnp.inf, 0.0, 1.0])).round(4)
        Array([-0.    ,  0.    ,  0.8412], dtype=float32)
    """
    return self_gated(x, gelu_gate(x, approximate=True))


def _check_laplace(mu: float, sigma: float) -> None:
    check_positive("laplace", "sigma", sigma)


def _laplace_tangent(x_dot: Array, x: Array, *, mu: float, sigma: float) -> Array:
    z = bounded((x - mu) / sigma)
    return jnp.exp(-0.5 * z * z) * (_DENSITY / sigma) * x_dot


@activation(
    group="bounded",
    paper="Ma et al., Mega: Moving Average Equipped Gated Attention, arXiv:2209.10655 (2022)",
    limits=(0.0, 1.0),
    monotone=True,
    check=_check_laplace,
)
@elementwise(saves="x", tangent=_laplace_tangent, wide=True)
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

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.
        ValueError: If ``sigma`` is not positive.

    References:
        Ma, Zhou, Kong, He, Gui, Neubig, May, Zettlemoyer, "Mega: Moving Average Equipped Gated
        Attention", arXiv:2209.10655, 2022.

    Example:
        >>> F.laplace(jnp.array([-jnp.inf, 0.5**0.5, 1.0])).round(4)
        Array([0.    , 0.5   , 0.8504], dtype=float32)
    """
    _check_laplace(mu, sigma)
    return 0.5 + 0.5 * erf((x - mu) * (_SQRT_HALF / sigma))


def _check_gaussian(sigma: float) -> None:
    check_positive("gaussian", "sigma", sigma)


def _gaussian_tangent(x_dot: Array, x: Array, *, sigma: float) -> Array:
    z = bounded(x / sigma)
    return (-z / sigma) * jnp.exp(-0.5 * z * z) * x_dot


@activation(
    group="bounded",
    paper="Ramasinghe, Lucey, Beyond Periodicity, arXiv:2111.15135 (2021)",
    limits=(0.0, 0.0),
    check=_check_gaussian,
)
@elementwise(saves="x", tangent=_gaussian_tangent, wide=True)
def gaussian(x: Array, *, sigma: float = 1.0) -> Array:
    r"""Gaussian bell.

    .. math::
        f(x) = e^{-x^2 / (2 \sigma^2)}

    Args:
        x: Input, any shape, floating point.
        sigma: The width :math:`\sigma`, positive.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.
        ValueError: If ``sigma`` is not positive.

    References:
        Ramasinghe, Lucey, "Beyond Periodicity: Towards a Unifying Framework for Activations in
        Coordinate-MLPs", arXiv:2111.15135, 2021.

    Example:
        >>> F.gaussian(jnp.array([-jnp.inf, 0.0, 2.0])).round(4)
        Array([0.    , 1.    , 0.1353], dtype=float32)
    """
    _check_gaussian(sigma)
    scaled = x / sigma
    return jnp.exp(-0.5 * (scaled * scaled))
