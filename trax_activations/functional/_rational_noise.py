"""Rational activations whose coefficients are random in training: version D."""

from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trax_activations._checks import check_several
from trax_activations._spec import Parameter, activation
from trax_activations.functional._derivatives import from_derivatives
from trax_activations.functional._gradients import elementwise
from trax_activations.functional._noise import uniform
from trax_activations.functional._rational import (
    _PAPER,
    LEAKY_RELU,
    _partial_derivatives,
    _quotient,
)


def check_deviation(deviation: float) -> None:
    """Refuses noise that could change the sign of a coefficient."""
    if not 0 <= deviation < 1:
        raise ValueError(
            f"randomized_rational takes 0 <= deviation < 1, but received deviation={deviation}. "
            "Coefficients are drawn from (1 - deviation, 1 + deviation) times their value."
        )


def _factors(key: Array, x: Array, a: Array, b: Array, deviation: float) -> tuple[Any, Any]:
    """Draws for each element and coefficient of numerator and denominator."""
    count = a.shape[0]
    shape = (count + b.shape[0], *x.shape)
    draws = uniform(key, shape, 1 - deviation, 1 + deviation).astype(x.dtype)
    return draws[:count], draws[count:]


def _noisy(draws: Array, coefficients: Array) -> list[Array]:
    return [draw * value for draw, value in zip(draws, coefficients, strict=True)]


def _randomized_derivatives(
    x: Array, key: Array, a: Array, b: Array, *, deviation: float
) -> tuple[Any, ...]:
    u, v = _factors(key, x, a, b, deviation)
    dx, da, db = _partial_derivatives(x, _noisy(u, a), _noisy(v, b), "B")
    return (
        dx,
        None,
        tuple(u_j * d for u_j, d in zip(u, da, strict=True)),
        tuple(v_k * d for v_k, d in zip(v, db, strict=True)),
    )


@activation(
    group="random",
    paper=_PAPER,
    parameters=(
        Parameter("numerator", LEAKY_RELU["B"][0]),
        Parameter("denominator", LEAKY_RELU["B"][1]),
    ),
    limits=(-float("inf"), float("inf")),
    random=True,
    aliases=("randomized_pau",),
    check=check_deviation,
)
@elementwise(
    saves="x",
    tangent=from_derivatives(_randomized_derivatives),
    arrays=("x", "key", "numerator", "denominator"),
    wide=True,
)
def randomized_rational(
    x: Array, key: Array, numerator: ArrayLike, denominator: ArrayLike, *, deviation: float = 0.1
) -> Array:
    r"""Randomized rational activation, version D: every element draws its coefficients.

    .. math::
        f(x) = \frac{\sum_{j=0}^{m} u_j a_j x^j}{1 + \bigl|\sum_{k=1}^{n} v_k b_k x^k\bigr|}
        \qquad u_j, v_k \sim U[1 - \delta, 1 + \delta)

    This is the training form. Outside training nothing is drawn, and it is version B of
    :func:`rational`; the layer does this by its mode. The backward pass draws the noise again
    instead of keeping it.

    Args:
        x: Input, any shape, floating point.
        key: A JAX random key.
        numerator: Coefficients :math:`a`, ``(m + 1,)``, the lowest power first; the first axis
            counts them, others broadcast against ``x``.
        denominator: Coefficients :math:`b`, ``(n,)``, likewise.
        deviation: Half width :math:`\delta` of the noise, at least 0 and below 1.

    Returns:
        Array of the shape and dtype of ``x``.

    Raises:
        TypeError: If ``x`` is not floating point.
        ValueError: If ``deviation`` is out of range.

    References:
        Molina, Schramowski, Kersting, "Pade Activation Units", arXiv:1907.06732, 2019; noise for
        each element as in the CUDA and Keras code of ml-research/rational_activations (its PyTorch
        code for CPU draws once for all elements, and for the numerator only).

    Example:
        >>> a, b = jnp.array([0.0, 1.0]), jnp.array([0.0])
        >>> y = F.randomized_rational(jnp.ones(2), jax.random.key(0), a, b)
        >>> bool((abs(y - 1) <= 0.1).all() and y[0] != y[1])
        True
    """
    check_deviation(deviation)
    a, b = jnp.asarray(numerator), jnp.asarray(denominator)
    check_several("randomized_rational", numerator=a, denominator=b)
    u, v = _factors(key, x, a, b, deviation)
    return _quotient(x, _noisy(u, a), _noisy(v, b), "B")
