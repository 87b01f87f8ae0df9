"""Rational activations: a quotient of two learned polynomials, safe from poles."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trax_activations._checks import check_several
from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._noise import uniform
from trax_activations.functional._numerics import clip_to_finite, quotient

Version = Literal["A", "B", "C", "N"]

# Numerator and denominator of the leaky ReLU with slope 0.01, fitted on [-3, 3] with degrees
# (5, 4): rationals_config.json of ml-research/rational_activations, in float32.
LEAKY_RELU: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "A": (
        (0.0297927787, 0.618373526, 2.32330906, 3.05193624, 1.48542033, 0.251024496),
        (-1.14195484, 4.39315997, 0.871471231, 0.347196623),
    ),
    "B": (
        (0.0335581573, 0.505005919, 1.65346973, 2.01005016, 0.931919559, 0.152426464),
        (4.81283186e-05, 3.98024791, 1.58375877e-05, 0.301833828),
    ),
    "C": (
        (0.863943144, 13.0011311, 42.5676392, 51.747577, 23.9916515, 3.92412083),
        (25.6449747, -0.00134958664, 102.473082, -0.00179319704, 7.77090006),
    ),
}


def _check_version(owner: str, hyperparameters: Mapping[str, Any]) -> None:
    """Refuses a version that there is not."""
    if (version := hyperparameters["version"]) not in get_args(Version):
        raise ValueError(
            f"{owner} has the versions 'A', 'B', 'C' and 'N', but received version={version!r}. "
            "The random version D is randomized_rational."
        )


def _size(x: Array) -> Array:
    """The absolute value, whose derivative at 0 is 0 (``jnp.abs`` has 1 there)."""
    return x * jnp.sign(x)


def _polynomial(coefficients: Sequence[Array], x: Array) -> Array:
    """The sum of ``coefficients[j] * x^j``."""
    total = jnp.zeros_like(x)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def _derivative(coefficients: Sequence[Array], x: Array) -> Array:
    """The derivative of the polynomial."""
    return _polynomial([j * c for j, c in enumerate(coefficients)][1:], x)


def _below(x: Array, b: Sequence[Array], version: Version) -> tuple[Array, Array, list[Array]]:
    """The denominator, and its derivatives in ``x`` and, over a power of ``x``, in each ``b``."""
    if version == "A":
        size, sign, heights = jnp.abs(x), jnp.sign(x), [0 * b[0], *map(_size, b)]
        # The powers are of x: with an odd one comes the sign.
        signs = [jnp.sign(b_k) * (sign if k % 2 == 0 else 1) for k, b_k in enumerate(b)]
        return 1 + _polynomial(heights, size), sign * _derivative(heights, size), signs
    terms = b if version == "C" else [0 * b[0], *b]
    inner, slope = _polynomial(terms, x), _derivative(terms, x)
    if version == "N":
        return 1 + inner, slope, [jnp.ones_like(x) for _ in b]
    sign = jnp.sign(inner)
    return (0.1 if version == "C" else 1) + jnp.abs(inner), sign * slope, [sign for _ in b]


def _degree(coefficients: Sequence[Array], lowest: int) -> Array:
    """The highest power with a coefficient, for each channel."""
    degree = jnp.int32(0)
    for j, coefficient in enumerate(coefficients):
        degree = jnp.where(coefficient != 0, lowest + j, degree)
    return degree


def _bound(x: Array, a: Sequence[Array], b: Sequence[Array]) -> float:
    """Up to here no power of ``x`` overflows, and from here on only the highest one counts."""
    return float(jnp.finfo(x.dtype).max) ** (0.9 / max(len(a) - 1, len(b), 2))


def _times_power(value: Array, base: Array, power: Array, most: int, least: int) -> Array:
    """``value * base**power`` for powers that differ between channels."""
    for k in range(1, most + 1):
        value = value * jnp.where(power >= k, base, jnp.ones_like(base))
    for k in range(1, least + 1):
        value = value / jnp.where(power <= -k, base, jnp.ones_like(base))
    return value


def _quotient(x: Array, a: Sequence[Array], b: Sequence[Array], version: Version) -> Array:
    """Both polynomials up to the bound; beyond, the power of ``x`` that they tend to."""
    bound, lowest = _bound(x, a, b), int(version != "C")
    near = jnp.clip(x, -bound, bound)
    value = _polynomial(a, near) / _below(near, b, version)[0]
    excess = _degree(a, 0) - _degree(b, lowest)
    beyond = jnp.maximum(jnp.abs(x) / bound, 1)
    return _times_power(value, beyond, excess, len(a) - 1, len(b) - 1 + lowest)


def _partial_derivatives(
    x: Array, a: Sequence[Array], b: Sequence[Array], version: Version
) -> tuple[Array, tuple[Array, ...], tuple[Array, ...]]:
    """Derivatives of the quotient with respect to everything, on every element.

    They are (P' - y Q') / Q and the like: by autodiff, 1 / Q^2 would be 0 where x is large.
    """
    bound, lowest = _bound(x, a, b), int(version != "C")
    far = jnp.clip(x, -1e3 * bound, 1e3 * bound)
    near = jnp.clip(far, -bound, bound)
    below, below_slope, signs = _below(near, b, version)
    value = quotient(_polynomial(a, near), below)
    near_slope = quotient(_derivative(a, near) - value * below_slope, below)
    least = len(b) - 1 + lowest
    excess = _degree(a, 0) - _degree(b, lowest)
    beyond = jnp.maximum(jnp.abs(far) / bound, 1)
    y = _times_power(value, beyond, excess, len(a) - 1, least)
    inside = beyond <= 1
    far_slope = excess * (y / jnp.where(inside, jnp.ones_like(far), far))
    # Powers of x over the denominator.
    one = jnp.ones_like(x)
    ratio = _times_power(one, beyond, -_degree(b, lowest), 0, least)
    powers, shares = one, []
    for _ in range(max(len(a), len(b) + lowest)):
        shares.append(clip_to_finite(quotient(powers, below) * ratio))
        powers, ratio = powers * near, ratio * beyond
    b_shares = shares[lowest : len(b) + lowest]
    return (
        jnp.where(inside, near_slope, far_slope),
        tuple(shares[: len(a)]),
        tuple((-y * sign) * share for sign, share in zip(signs, b_shares, strict=True)),
    )


def _rational_kinks(
    numerator: tuple[float, ...], denominator: tuple[float, ...], version: Version
) -> dict[float, float]:
    # B and C bend where their inner polynomial is 0, which is no number to write down.
    return {0.0: numerator[1]} if version == "A" and denominator[0] else {}


@activation(
    group="learned",
    parameters=(
        Parameter("numerator", LEAKY_RELU["A"][0]),
        Parameter("denominator", LEAKY_RELU["A"][1]),
    ),
    kinks=_rational_kinks,
    limits=(-float("inf"), float("inf")),
    aliases=("pau", "pade"),
)
@elementwise(saves="x", checks=[_check_version])
def rational(
    x: Array, numerator: ArrayLike, denominator: ArrayLike, *, version: Version = "A"
) -> Array:
    r"""Rational activation (Pade activation unit, PAU): a learned quotient of polynomials.

    .. math::
        f(x) = \frac{\sum_{j=0}^{m} a_j x^j}{Q(x)}, \qquad
        Q_A = 1 + \sum_{k=1}^{n} |b_k x^k|, \quad
        Q_B = 1 + \Bigl|\sum_{k=1}^{n} b_k x^k\Bigr|, \quad
        Q_C = 0.1 + \Bigl|\sum_{k=0}^{n} b_k x^k\Bigr|, \quad
        Q_N = 1 + \sum_{k=1}^{n} b_k x^k

    The derivative of an absolute value at 0 is 0, as in PyTorch: version A bends at 0, versions B
    and C where their inner polynomial is 0. At infinity it is the limit, of whatever degree.

    Args:
        x: Input, any shape, floating point.
        numerator: Coefficients :math:`a`, ``(m + 1,)``, the lowest power first; the first axis
            counts them, others broadcast against ``x``.
        denominator: Coefficients :math:`b`, ``(n,)``, likewise; ``(n + 1,)`` for version 'C'.
        version: 'A', 'B', 'C' or 'N', which is not safe from poles. Version D is
            :func:`randomized_rational`.

    References:
        Molina, Schramowski, Kersting, "Pade Activation Units: End-to-end Learning of Flexible
        Activation Functions in Deep Networks", arXiv:1907.06732, 2019; versions and initial values
        (a leaky ReLU) of ml-research/rational_activations.

    Example:
        >>> F.rational(jnp.array([-1.0, 0.0, 2.0]), jnp.array([0.0, 1.0]), jnp.array([0.5]))
        Array([-0.6666667,  0.       ,  1.       ], dtype=float32)
    """
    a, b = jnp.asarray(numerator), jnp.asarray(denominator)
    check_several("rational", numerator=a, denominator=b)
    return _quotient(x, list(a), list(b), version)


@rational.partials
def _(x: Array, a: Array, b: Array, *, version: Version) -> tuple[Any, ...]:
    return _partial_derivatives(x, list(a), list(b), version)


def _check_deviation(owner: str, hyperparameters: Mapping[str, Any]) -> None:
    """Refuses noise that could change the sign of a coefficient."""
    if not 0 <= (deviation := hyperparameters["deviation"]) < 1:
        raise ValueError(
            f"{owner} takes 0 <= deviation < 1, but received deviation={deviation}. "
            "Coefficients are drawn from (1 - deviation, 1 + deviation) times their value."
        )


def _factors(key: Array, x: Array, a: Array, b: Array, deviation: float) -> tuple[Any, Any]:
    """Draws for each element and coefficient of numerator and denominator."""
    count = a.shape[0]
    shape = (count + b.shape[0], *x.shape)
    draws = uniform(key, shape, 1 - deviation, 1 + deviation).astype(x.dtype)
    draws = draws + jnp.zeros_like(x)  # Which has the sharding of x.
    return draws[:count], draws[count:]


def _noisy(draws: Array, coefficients: Array) -> list[Array]:
    return [draw * value for draw, value in zip(draws, coefficients, strict=True)]


@activation(
    group="random",
    parameters=(
        Parameter("numerator", LEAKY_RELU["B"][0]),
        Parameter("denominator", LEAKY_RELU["B"][1]),
    ),
    limits=(-float("inf"), float("inf")),
    random=True,
    aliases=("randomized_pau",),
)
@elementwise(saves="x", checks=[_check_deviation])
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
    a, b = jnp.asarray(numerator), jnp.asarray(denominator)
    check_several("randomized_rational", numerator=a, denominator=b)
    u, v = _factors(key, x, a, b, deviation)
    return _quotient(x, _noisy(u, a), _noisy(v, b), "B")


@randomized_rational.partials
def _(x: Array, key: Array, a: Array, b: Array, *, deviation: float) -> tuple[Any, ...]:
    u, v = _factors(key, x, a, b, deviation)
    dx, da, db = _partial_derivatives(x, _noisy(u, a), _noisy(v, b), "B")
    return (
        dx,
        None,
        tuple(u_j * d for u_j, d in zip(u, da, strict=True)),
        tuple(v_k * d for v_k, d in zip(v, db, strict=True)),
    )
