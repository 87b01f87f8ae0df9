"""Activations with a learned period: snake."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trax_activations._spec import Parameter, activation
from trax_activations.functional._elementwise import elementwise
from trax_activations.functional._numerics import clip_to_finite

# BigVGAN's guard of the division.
_EPSILON = 1e-9


def _sine_over(alpha: ArrayLike, x: Array) -> Array:
    """``sin(alpha x) / alpha``, which is ``x`` for an alpha of 0."""
    flat = jnp.asarray(alpha) == 0
    wave = jnp.sin(clip_to_finite(jnp.asarray(alpha) * x))
    return jnp.where(flat, x, wave / jnp.where(flat, jnp.ones_like(alpha), alpha))


@activation(
    group="periodic",
    parameters=(Parameter("alpha", 1.0),),
    num_parameters="channels",
    limits=(-float("inf"), float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def snake(x: Array, alpha: ArrayLike) -> Array:
    r"""Snake: the identity and a wave of learned period.

    .. math::
        f(x) = x + \frac{1}{\alpha} \sin^2(\alpha x)

    It never decreases. For :math:`\alpha = 0` it is the identity, and its derivative in
    :math:`\alpha` is :math:`x^2`: both are the limits.

    Args:
        x: Input, any shape, floating point.
        alpha: Frequency, any number: a scalar, or an array that broadcasts against ``x``, such as
            ``(C,)`` for one per channel in the last axis.

    References:
        Ziyin, Hartwig, Ueda, "Neural Networks Fail to Learn Periodic Functions and How to Fix It",
        arXiv:2006.08195, 2020. Initial value 1 as in NVIDIA's BigVGAN and TensorFlow Addons
        (EdwardDixon/snake draws it from an exponential distribution).

    Example:
        >>> jax.device_get(F.snake(jnp.array([0.0, jnp.pi / 2]), 1.0)).round(4)
        array([0.    , 2.5708], dtype=float32)
    """
    wide = clip_to_finite(x)
    return x + jnp.sin(clip_to_finite(jnp.asarray(alpha) * wide)) * _sine_over(alpha, wide)


@snake.partials
def _(x: Array, alpha: Array) -> tuple[Array, Array]:
    u = clip_to_finite(alpha * x)
    q = _sine_over(alpha, x)
    sine, cosine = jnp.sin(u), jnp.cos(u)
    return 1 + 2 * sine * cosine, q * clip_to_finite(2 * x * cosine - q)


@activation(
    group="periodic",
    parameters=(Parameter("alpha", 1.0), Parameter("beta", 1.0)),
    num_parameters="channels",
    limits=(-float("inf"), float("inf")),
    monotone=True,
)
@elementwise(saves="x")
def snake_beta(x: Array, alpha: ArrayLike, beta: ArrayLike) -> Array:
    r"""Snake whose wave has a height of its own.

    .. math::
        f(x) = x + \frac{1}{\beta + 10^{-9}} \sin^2(\alpha x)

    It never decreases if and only if :math:`|\alpha| \le |\beta|`. A greater :math:`\beta` makes
    the wave lower.

    Args:
        x: Input, any shape, floating point.
        alpha: Frequency, any number: a scalar, or an array that broadcasts against ``x``.
        beta: What the wave is divided by, likewise.

    References:
        Lee, Ping, Ginsburg, Catanzaro, Yoon, "BigVGAN: A Universal Neural Vocoder with Large-Scale
        Training", arXiv:2206.04658, 2022; ``SnakeBeta`` of its code, which also has the 1e-9.

    Example:
        >>> jax.device_get(F.snake_beta(jnp.array([0.0, jnp.pi / 2]), 1.0, 2.0)).round(4)
        array([0.    , 2.0708], dtype=float32)
    """
    sine = jnp.sin(clip_to_finite(jnp.asarray(alpha) * clip_to_finite(x)))
    return x + jnp.square(sine) * (1 / (jnp.asarray(beta) + _EPSILON))


@snake_beta.partials
def _(x: Array, alpha: Array, beta: Array) -> tuple[Array, Array, Array]:
    u = clip_to_finite(alpha * x)
    share = 1 / (beta + _EPSILON)
    sine, cosine = jnp.sin(u), jnp.cos(u)
    wave = 2 * sine * cosine
    return 1 + (alpha * share) * wave, (x * wave) * share, -jnp.square(sine * share)
